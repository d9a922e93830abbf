/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_ensemble_ops.c -- TreeEnsemble, TreeEnsembleClassifier and
 * TreeEnsembleRegressor.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/ml_ensemble.h"

static bool is_old(const struct node *n)
{
	return strcmp(n->type, "TreeEnsemble") != 0;
}

static bool classifies(const struct node *n)
{
	return !strcmp(n->type, "TreeEnsembleClassifier");
}

/* ---- what inference and execution need --------------------------------- */

static bool targets_of(const struct node *n, struct ensemble *m, struct err *e)
{
	int64_t targets = attr_int(n, "n_targets");

	if (targets < 1)
		return err_set(e, ERR_FORMAT, "n_targets is %" PRId64, targets);
	if (targets > INT32_MAX)
		return err_set(e, ERR_LIMIT, "n_targets is %" PRId64, targets);
	m->targets = (size_t)targets;
	return true;
}

static bool aggregate_named(const struct node *n, struct ensemble *m,
			    struct err *e)
{
	static const char *const names[] = {[TREES_AVERAGE] = "AVERAGE",
					    [TREES_SUM] = "SUM",
					    [TREES_MIN] = "MIN",
					    [TREES_MAX] = "MAX"};
	const char *name = attr_string(n, "aggregate_function");

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcmp(names[i], name)) {
			m->aggregate = (enum aggregate)i;
			return true;
		}
	return err_set(e, ERR_FORMAT, "aggregate_function '%s' is not known",
		       name);
}

/* Both are numbers in TreeEnsemble. */
static bool numbered_of(const struct node *n, struct ensemble *m, struct err *e)
{
	int64_t aggregate = attr_int(n, "aggregate_function");
	int64_t post = attr_int(n, "post_transform");

	if (aggregate < TREES_AVERAGE || aggregate > TREES_MAX)
		return err_set(e, ERR_FORMAT, "aggregate_function is %" PRId64,
			       aggregate);
	if (post < ML_NONE || post > ML_PROBIT)
		return err_set(e, ERR_FORMAT, "post_transform is %" PRId64,
			       post);
	m->aggregate = (enum aggregate)aggregate;
	m->post = (enum ml_post)post;
	return targets_of(n, m, e);
}

static bool head_of(const struct node *n, struct ensemble *m, struct err *e)
{
	*m = (struct ensemble){.aggregate = TREES_SUM};
	if (!is_old(n))
		return numbered_of(n, m, e);
	if (!ml_post_of(n, &m->post, e) ||
	    !ml_floats(n, "base_values", &m->start, e))
		return false;
	if (!classifies(n)) {
		if (!targets_of(n, m, e) || !aggregate_named(n, m, e))
			return false;
	} else {
		m->classifies = true;
		if (!ml_labels_of(n, "classlabels_int64s",
				  "classlabels_strings", &m->labels, e))
			return false;
		m->targets = m->labels.count;
	}
	if (m->start.count && m->start.count != m->targets &&
	    !(m->classifies && m->start.count < m->targets))
		return err_set(e, ERR_FORMAT, "%zu base_values for %zu %s",
			       m->start.count, m->targets,
			       m->classifies ? "classes" : "targets");
	return true;
}

static bool infer_ensemble(struct infer *c, struct err *e)
{
	struct shape y = {.rank = 1};
	int64_t rows, cols;
	struct ensemble m;

	if (!ml_matrix(infer_shape(c, 0), &rows, &cols, e) ||
	    !head_of(c->node, &m, e))
		return false;
	y.dim[0] = rows;
	if (m.classifies)
		infer_set(c, 0, ml_labels_dtype(&m.labels), &y);
	ml_set_matrix(c, m.classifies,
		      is_old(c->node) ? DTYPE_F32 : infer_dtype(c, 0), rows,
		      (int64_t)m.targets);
	return true;
}

/* ---- the model ---------------------------------------------------------- */

static void release(struct prepared *self)
{
	struct ensemble *m = (struct ensemble *)self;

	trees_release(&m->trees);
	free(m);
}

/* What the votes of all leaves have in common. */
static void note_classes(const struct node *n, struct ensemble *m,
			 struct err *e)
{
	const struct attr *ids = ml_list(n, "class_ids", ATTR_INTS);
	struct ml_numbers weight;

	m->positive = m->one_class = true;
	if (!ids || !ml_floats(n, "class_weights", &weight, e))
		return;
	for (uint32_t i = 0; i < ids->count; i++) {
		if (ids->u.ints[i] != ids->u.ints[0])
			m->one_class = false;
		if (ml_number(&weight, i) < 0)
			m->positive = false;
	}
}

static bool fill(struct ensemble *m, const struct node *n, enum dtype x,
		 struct err *e)
{
	const char *prefix = m->classifies ? "class" : "target";

	if (is_old(n) ? !trees_read_old(&m->trees, n, prefix, m->targets, e)
		      : !trees_read(&m->trees, n, m->targets, e))
		return false;
	m->rounds = !m->trees.has_doubles && !m->start.is_double &&
		    x != DTYPE_F64 && x != DTYPE_F16;
	if (m->classifies)
		note_classes(n, m, e);
	m->base.release = release;
	m->base.bytes = sizeof(*m) + trees_bytes(&m->trees);
	return true;
}

static bool make(const struct call *c, struct ensemble **out, struct err *e)
{
	struct ensemble *m = malloc(sizeof(*m));

	if (!m)
		die_oom();
	if (head_of(c->node, m, e) &&
	    fill(m, c->node, call_in(c, 0)->dtype, e)) {
		*out = m;
		return true;
	}
	release(&m->base);
	return false;
}

/* ---- execution ---------------------------------------------------------- */

struct ensemble_job {
	struct job job;
	const struct ensemble *m;
	const struct tensor *x;
	struct tensor *y, *z; /* labels, scores; NULL: not wanted */
	size_t cols;
	void *scratch;
};

/* Room for results behind the ballot, as doubles. */
static size_t row_doubles(const struct ensemble *m)
{
	return ballot_doubles(m) + m->targets;
}

static void regress(const struct ensemble_job *j, size_t r, struct ballot *s,
		    float *post)
{
	const struct ensemble *m = j->m;
	size_t n = m->targets;
	struct tensor *z = j->z;

	ballot_regress(m, s);
	if (!z)
		return;
	if (m->post != ML_NONE) {
		for (size_t k = 0; k < n; k++)
			post[k] = (float)s->score[k];
		ml_post_apply(m->post, post, n);
		for (size_t k = 0; k < n; k++)
			s->score[k] = post[k];
	}
	element_store(z->dtype, tensor_mut(z), r * n, n, s->score);
}

static void classify(const struct ensemble_job *j, size_t r, struct ballot *s,
		     float *z)
{
	const struct ensemble *m = j->m;
	size_t best = ballot_classify(m, s, z);

	if (j->y && m->targets == 1)
		ml_label_binary(&m->labels, j->y, r, best);
	else if (j->y)
		ml_label_set(&m->labels, j->y, r, best);
	if (j->z)
		memcpy(tensor_f32_mut(j->z) + r * m->targets, z,
		       m->targets * sizeof(float));
}

static void ensemble_run(struct job *self, size_t begin, size_t end)
{
	const struct ensemble_job *j = (const struct ensemble_job *)self;
	double *row = ml_row_memory(j->scratch, j->cols, row_doubles(j->m));
	struct ballot s = ballot_make(j->m, row + j->cols);
	float *z = (float *)(row + j->cols + ballot_doubles(j->m));

	for (size_t r = begin; r < end; r++) {
		ml_load_row(j->x, r, j->cols, row);
		if (dtype_is_integer(j->x->dtype))
			ml_round_row(row, j->cols);
		ballot_trees(j->m, row, &s);
		if (j->m->classifies)
			classify(j, r, &s, z);
		else
			regress(j, r, &s, z);
	}
}

static bool run_with(const struct call *c, const struct ensemble *m,
		     struct err *e)
{
	struct ensemble_job j = {.job = {ensemble_run}, .m = m};
	int64_t rows, cols;

	j.x = call_in(c, 0);
	if (!ml_matrix(&j.x->shape, &rows, &cols, e))
		return false;
	if ((uint64_t)cols < m->trees.features)
		return err_set(e, ERR_SHAPE,
			       "'X' has %" PRId64
			       " features, the trees read %zu",
			       cols, m->trees.features);
	j.cols = (size_t)cols;
	j.scratch = c->scratch;
	j.y = m->classifies ? call_out(c, 0) : NULL;
	j.z = call_out(c, m->classifies);
	if (rows)
		parallel_for(&j.job, (size_t)rows,
			     1024 / (m->trees.nroots + 1) + 1);
	return true;
}

static size_t scratch_ensemble(const struct call *c)
{
	struct ensemble m;
	struct err e;

	return head_of(c->node, &m, &e) ? ml_row_scratch(c, row_doubles(&m))
					: 0;
}

static bool prepare_ensemble(struct call *c, struct err *e)
{
	struct ensemble *m;

	if (!make(c, &m, e))
		return false;
	c->prepared = &m->base;
	return true;
}

static bool run_ensemble(const struct call *c, struct err *e)
{
	struct ensemble *m;
	bool ok;

	if (c->prepared)
		return run_with(c, (const struct ensemble *)c->prepared, e);
	if (!make(c, &m, e))
		return false;
	ok = run_with(c, m, e);
	release(&m->base);
	return ok;
}

static const struct kernel kernels[] = {{.name = "trees-prepared",
					 .engine = "reference",
					 .scratch = scratch_ensemble,
					 .prepare = prepare_ensemble,
					 .run = run_ensemble},
					{.name = "trees",
					 .engine = "reference",
					 .scratch = scratch_ensemble,
					 .run = run_ensemble},
					{0}};

#define NODES                                                        \
	ATTR("nodes_falsenodeids", INTS, NULL),                      \
		ATTR("nodes_featureids", INTS, NULL),                \
		ATTR("nodes_hitrates", FLOATS, NULL),                \
		ATTR("nodes_missing_value_tracks_true", INTS, NULL), \
		ATTR("nodes_modes", STRINGS, NULL),                  \
		ATTR("nodes_nodeids", INTS, NULL),                   \
		ATTR("nodes_treeids", INTS, NULL),                   \
		ATTR("nodes_truenodeids", INTS, NULL),               \
		ATTR("nodes_values", FLOATS, NULL),                  \
		ATTR("base_values", FLOATS, NULL),                   \
		ATTR("post_transform", STRING, "NONE")
/* Version 3 has numbers in double precision beside those in single. */
#define NODES_3                                                 \
	NODES, ATTR("base_values_as_tensor", TENSOR, NULL),     \
		ATTR("nodes_hitrates_as_tensor", TENSOR, NULL), \
		ATTR("nodes_values_as_tensor", TENSOR, NULL)

#define CLASSIFIER(opset, ...)                                             \
	{                                                                  \
		.domain = "ai.onnx.ml", .type = "TreeEnsembleClassifier",  \
		.since = opset, .in = PARAMS(IN("X", "T1", ML_NUMBERS)),   \
		.out = PARAMS(IN("Y", "T2", ML_LABELS),                    \
			      IN("Z", NULL, TYPE_BIT(F32))),               \
		.attrs = ATTRS(ATTR("class_ids", INTS, NULL),              \
			       ATTR("class_nodeids", INTS, NULL),          \
			       ATTR("class_treeids", INTS, NULL),          \
			       ATTR("class_weights", FLOATS, NULL),        \
			       ATTR("classlabels_int64s", INTS, NULL),     \
			       ATTR("classlabels_strings", STRINGS, NULL), \
			       __VA_ARGS__),                               \
		.infer = infer_ensemble, .kernels = kernels,               \
	}

#define REGRESSOR(opset, ...)                                             \
	{                                                                 \
		.domain = "ai.onnx.ml", .type = "TreeEnsembleRegressor",  \
		.since = opset, .in = PARAMS(IN("X", "T", ML_NUMBERS)),   \
		.out = PARAMS(IN("Y", NULL, TYPE_BIT(F32))),              \
		.attrs = ATTRS(ATTR("aggregate_function", STRING, "SUM"), \
			       ATTR("n_targets", INT, NULL),              \
			       ATTR("target_ids", INTS, NULL),            \
			       ATTR("target_nodeids", INTS, NULL),        \
			       ATTR("target_treeids", INTS, NULL),        \
			       ATTR("target_weights", FLOATS, NULL),      \
			       __VA_ARGS__),                              \
		.infer = infer_ensemble, .kernels = kernels,              \
	}

/* Deprecated since version 5, but the same. */
const struct op op_rows_ml_ensemble_ops[] = {
	CLASSIFIER(1, NODES),
	CLASSIFIER(3, NODES_3, ATTR("class_weights_as_tensor", TENSOR, NULL)),
	REGRESSOR(1, NODES),
	REGRESSOR(3, NODES_3, ATTR("target_weights_as_tensor", TENSOR, NULL)),
	{.domain = "ai.onnx.ml",
	 .type = "TreeEnsemble",
	 .since = 5,
	 .in = PARAMS(IN("X", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("Y", "T", TYPES_IEEE)),
	 .attrs = ATTRS(ATTR("aggregate_function", INT, "1"),
			ATTR_REQUIRED("leaf_targetids", INTS),
			ATTR_REQUIRED("leaf_weights", TENSOR),
			ATTR("membership_values", TENSOR, NULL),
			ATTR("n_targets", INT, NULL),
			ATTR_REQUIRED("nodes_falseleafs", INTS),
			ATTR_REQUIRED("nodes_falsenodeids", INTS),
			ATTR_REQUIRED("nodes_featureids", INTS),
			ATTR("nodes_hitrates", TENSOR, NULL),
			ATTR("nodes_missing_value_tracks_true", INTS, NULL),
			ATTR_REQUIRED("nodes_modes", TENSOR),
			ATTR_REQUIRED("nodes_splits", TENSOR),
			ATTR_REQUIRED("nodes_trueleafs", INTS),
			ATTR_REQUIRED("nodes_truenodeids", INTS),
			ATTR("post_transform", INT, "0"),
			ATTR_REQUIRED("tree_roots", INTS)),
	 .infer = infer_ensemble,
	 .kernels = kernels},
	{0}};
