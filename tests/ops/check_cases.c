/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/check_cases.c -- what operators compute, by testdata/ops.
 *
 * Each case is run in every way in which a model may reach its operators: with
 * constant operands, which the plan folds; with operands that are fed, by the
 * reference engine and by the default one; and its types are inferred with
 * first dimensions of the operands known by name only.  In the end every row
 * of the registry must have been run.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec/plan.h"
#include "formats/onnxtxt.h"
#include "graph/element.h"
#include "tests/ops/case_file.h"
#include "tests/ops/datum_text.h"

enum { MOST_OPERANDS = 64 };

static struct op_cases cases;

/* ---- models of a case ---------------------------------------------------- */

static void outputs_text(struct str *s, const struct op_case *c)
{
	str_add(s, " => (");
	for (size_t i = 0; i < c->nwant; i++)
		str_addf(s, "%s%s", i ? ", " : "", c->want[i].name);
	if (!c->nwant)
		str_add(s, "Y");
	str_add(s, ")");
}

static bool parse(struct model **m, struct str *s, struct err *e)
{
	bool ok = onnxtxt_parse(m, (struct bytes){(uint8_t *)s->text, s->len},
				&limits_default, e);

	str_release(s);
	return ok;
}

/* Operands are constants. */
static bool parse_folded(struct model **m, const struct op_case *c,
			 struct err *e)
{
	struct str s = {0};

	str_addf(&s, "<ir_version: 13, %s>\ng (%s)", c->opsets,
		 c->map ? c->map : "");
	outputs_text(&s, c);
	str_addf(&s, "\n<%s>\n{\n%s}\n", c->consts, c->body);
	return parse(m, &s, e);
}

/* The constants of FROM are inputs.  NAMED: their first dims are names, equal
 * ones for equal numbers. */
static bool parse_fed(struct model **m, const struct op_case *c,
		      const struct model *from, bool named, struct err *e)
{
	const struct graph *g = from->main;
	struct str s = {0};

	str_addf(&s, "<ir_version: 13, %s>\ng (%s", c->opsets,
		 c->map ? c->map : "");
	for (uint32_t i = 0; i < g->nkonst; i++) {
		const struct shape *have = &g->konst[i]->konst->shape;

		str_addf(&s, "%s%s[", i || c->map ? ", " : "",
			 dtype_info[g->konst[i]->konst->dtype].text);
		for (int32_t k = 0; k < have->rank; k++)
			str_addf(&s, "%s%s%lld", k ? "," : "",
				 named && k == 0 ? "N" : "",
				 (long long)have->dim[k]);
		str_addf(&s, "] %s", g->konst[i]->name);
	}
	str_add(&s, ")");
	outputs_text(&s, c);
	str_addf(&s, "\n{\n%s}\n", c->body);
	return parse(m, &s, e);
}

/* ---- running ------------------------------------------------------------- */

/* A plan and the budget that it holds on to. */
struct run {
	struct budget budget;
	struct limits limits;
	struct plan *plan;
};

static bool run_model(struct run *r, struct model *m,
		      const struct datum *const *in, const char *engine,
		      struct err *e)
{
	struct plan_opts o = {.engine = engine_find(engine)};

	r->budget = (struct budget){.limit = (size_t)64 << 20};
	r->limits = (struct limits){.memory = &r->budget, .steps = 1000};
	o.limits = &r->limits;
	op_bind_model(m);
	return infer_model(m, e) && plan_build(&r->plan, m, &o, e) &&
	       plan_run(r->plan, in, NULL, e);
}

static void judge(const struct op_case *c, const struct run *r, bool ran,
		  const struct err *e, const char *how)
{
	if (!ran) {
		ck_assert_msg(c->says && e->code == c->code,
			      "%s:%d: %s: error %d: %s", c->file, c->line, how,
			      (int)e->code, e->msg);
		ck_assert_msg(strstr(e->msg, c->says) != NULL,
			      "%s:%d: %s: '%s' does not say '%s'", c->file,
			      c->line, how, e->msg, c->says);
		return;
	}
	ck_assert_msg(!c->says, "%s:%d: %s: works", c->file, c->line, how);
	for (uint32_t i = 0; i < c->nwant; i++) {
		struct str s = {0};

		datum_text(&s, plan_output(r->plan, i));
		ck_assert_msg(datum_text_agrees(s.text, c->want[i].text),
			      "%s:%d: %s: %s\nfound  %s\nwanted %s", c->file,
			      c->line, how, c->want[i].name, s.text,
			      c->want[i].text);
		str_release(&s);
	}
}

static void run_and_judge(const struct op_case *c, struct model *m,
			  const struct datum *const *in, const char *engine,
			  const char *how)
{
	struct run r = {.plan = NULL};
	struct err e = {.code = ERR_NONE};
	bool ran = run_model(&r, m, in, engine, &e);

	judge(c, &r, ran, &e, how);
	plan_free(r.plan);
}

static const struct tensor *const_named(const struct graph *g, const char *name)
{
	for (uint32_t i = 0; i < g->nkonst; i++)
		if (!strcmp(g->konst[i]->name, name))
			return g->konst[i]->konst;
	ck_abort_msg("no operand is called '%s'", name);
}

/* What the models of a case are fed. */
struct operands {
	struct datum data[MOST_OPERANDS], item[MOST_OPERANDS];
	struct type type;
	const struct datum *in[MOST_OPERANDS];
};

static struct datum make_map(const struct op_case *c, const struct graph *g,
			     struct operands *o)
{
	const struct tensor *values = const_named(g, c->map_values);
	struct datum map = {.type = {.kind = TYPE_MAP}, .item = o->item};

	map.tensor = *const_named(g, c->map_keys);
	map.count = tensor_count(&map.tensor);
	map.type.dtype = map.tensor.dtype;
	ck_assert_uint_eq(map.count, tensor_count(values));
	ck_assert_uint_le(map.count, MOST_OPERANDS);
	o->type = type_tensor(values->dtype, &(struct shape){.rank = 0});
	map.type.elem = &o->type;
	for (size_t i = 0; i < map.count; i++) {
		struct tensor x = {.dtype = values->dtype};

		x.bytes = values->dtype == DTYPE_STRING
				  ? sizeof(struct text)
				  : dtype_bytes(values->dtype, 1);
		x.data = (const char *)values->data + i * x.bytes;
		o->item[i] = datum_tensor(&x);
	}
	return map;
}

/* The map of a case, which every model of it has as an input, then the
 * constants of M, as data for the model of parse_fed(). */
static void gather_operands(const struct op_case *c, const struct model *m,
			    struct operands *o)
{
	const struct graph *g = m->main;
	uint32_t n = 0;

	ck_assert_uint_lt(g->nkonst, MOST_OPERANDS);
	if (c->map)
		o->data[n++] = make_map(c, g, o);
	for (uint32_t i = 0; i < g->nkonst; i++)
		o->data[n++] = datum_tensor(g->konst[i]->konst);
	for (uint32_t i = 0; i < n; i++)
		o->in[i] = &o->data[i];
}

START_TEST(gives_the_same_folded_and_fed_on_every_engine)
{
	const struct op_case *c = &cases.at[_i];
	static struct operands o;
	const struct datum *const *in = o.in;
	struct model *folded, *fed;
	struct err e = {.code = ERR_NONE};

	ck_assert_msg(parse_folded(&folded, c, &e), "%s:%d: %s", c->file,
		      c->line, e.msg);
	gather_operands(c, folded, &o);
	run_and_judge(c, folded, in, "reference", "folded");
	ck_assert_msg(parse_fed(&fed, c, folded, false, &e), "%s:%d: %s",
		      c->file, c->line, e.msg);
	run_and_judge(c, fed, in, "reference", "reference");
	run_and_judge(c, fed, in, "blas", "blas");
	model_free(fed);
	model_free(folded);
}
END_TEST

/* ---- inference ----------------------------------------------------------- */

/* Give the names N1, N2 ... of first dims their numbers. */
static void fix_named(struct model *m, const struct model *folded)
{
	const struct graph *g = folded->main;

	for (uint32_t i = 0; i < g->nkonst; i++) {
		const struct shape *s = &g->konst[i]->konst->shape;
		struct err e = {.code = ERR_NONE};
		char name[32];

		if (s->rank < 1)
			continue;
		snprintf(name, sizeof(name), "N%lld", (long long)s->dim[0]);
		/* False where an equal dim had it fixed before. */
		(void)!model_fix_dim(m, name, s->dim[0], &e);
	}
}

/* What was inferred does not contradict what came out. */
static void compare_type(const struct op_case *c, const struct value *v,
			 const struct datum *d)
{
	struct type found = v->type;
	struct symbols none = {0};
	struct err e = {.code = ERR_NONE};

	if (found.kind == TYPE_UNKNOWN)
		return;
	ck_assert_msg(infer_merge(&found, &d->type, &none, &e),
		      "%s:%d: inferred type of '%s': %s", c->file, c->line,
		      v->name, e.msg);
}

START_TEST(infers_what_comes_out_with_named_dimensions)
{
	const struct op_case *c = &cases.at[_i];
	static struct operands o;
	const struct datum *const *in = o.in;
	struct model *folded, *named;
	struct run r = {.plan = NULL};
	struct err e = {.code = ERR_NONE};

	if (c->says)
		return;
	ck_assert(parse_folded(&folded, c, &e));
	gather_operands(c, folded, &o);
	ck_assert_msg(run_model(&r, folded, in, "reference", &e), "%s", e.msg);
	ck_assert(parse_fed(&named, c, folded, true, &e));
	op_bind_model(named);
	ck_assert_msg(infer_model(named, &e), "%s:%d: %s", c->file, c->line,
		      e.msg);
	fix_named(named, folded);
	for (uint32_t i = 0; i < c->nwant; i++) {
		const struct datum *d = plan_output(r.plan, i);

		compare_type(c, folded->main->out[i].read.value, d);
		compare_type(c, named->main->out[i].read.value, d);
	}
	plan_free(r.plan);
	model_free(named);
	model_free(folded);
}
END_TEST

/* ---- completeness -------------------------------------------------------- */

static void note_rows(const struct model *m, const struct op **seen,
		      size_t *count, size_t most)
{
	for (const struct node *n = model_first(m); n; n = model_next(n)) {
		size_t i = 0;

		while (i < *count && seen[i] != n->op)
			i++;
		if (i == *count && n->op && *count < most)
			seen[(*count)++] = n->op;
	}
}

static size_t count_unseen(const struct op *const *seen, size_t count)
{
	size_t missing = 0;

	for (const struct op *o = op_next(NULL); o; o = op_next(o)) {
		size_t i = 0;

		/* Ours alone: made by plans, tested with them.  And what
		 * is refused, since nothing here can run it. */
		if (!strcmp(o->domain, "mlopt") || !o->kernels)
			continue;
		while (i < count && seen[i] != o)
			i++;
		if (i < count)
			continue;
		fprintf(stderr, "no case of testdata/ops runs %s%s%s-%d\n",
			o->domain, *o->domain ? "." : "", o->type, o->since);
		missing++;
	}
	return missing;
}

START_TEST(every_row_of_the_registry_has_a_case)
{
	static const struct op *seen[4096];
	size_t count = 0;

	for (size_t i = 0; i < cases.count; i++) {
		struct err e = {.code = ERR_NONE};
		struct model *m;

		if (cases.at[i].says || !parse_folded(&m, &cases.at[i], &e))
			continue;
		op_bind_model(m);
		note_rows(m, seen, &count, COUNT_OF(seen));
		model_free(m);
	}
	ck_assert_uint_eq(count_unseen(seen, count), 0);
}
END_TEST

int main(void)
{
	const char *top = getenv("top_srcdir");
	struct str dir = {0};
	Suite *s = suite_create("ops");
	TCase *t = tcase_create("cases");
	SRunner *r = srunner_create(s);
	int failed;

	str_addf(&dir, "%s/testdata/ops", top ? top : ".");
	op_cases_read(&cases, dir.text);
	str_release(&dir);
	tcase_add_loop_test(t, gives_the_same_folded_and_fed_on_every_engine, 0,
			    (int)cases.count);
	tcase_add_loop_test(t, infers_what_comes_out_with_named_dimensions, 0,
			    (int)cases.count);
	tcase_add_test(t, every_row_of_the_registry_has_a_case);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	arena_release(&cases.arena);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
