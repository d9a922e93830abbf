/* SPDX-License-Identifier: Apache-2.0 */
/* ops/adamw.c -- com.microsoft's AdamWOptimizer, on sequences of weights.
 *
 *     m = alpha * m + (1 - alpha) * g,    v = beta * v + (1 - beta) * g * g
 *
 * adam_mode 0 (PyTorch), with a = 1 - alpha^step and b = 1 - beta^step, or 1
 * where correct_bias is 0:
 *     w = w * (1 - lr * weight_decay) - lr * m / (a * (sqrt(v / b) + epsilon))
 * adam_mode 1 (Hugging Face):
 *     w = (w - lr * sqrt(b) / a * m / (sqrt(v) + epsilon))
 *         * (1 - lr * weight_decay)
 *
 * A false update_signal leaves everything as it is.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"

enum { LR, STEP, WEIGHTS, GRADIENTS, M, V, SIGNAL };

static bool infer_adamw(struct infer *c, struct err *e)
{
	static const uint32_t from[] = {STEP, WEIGHTS, M, V};
	int64_t mode = attr_int(c->node, "adam_mode");

	if (mode != 0 && mode != 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "adam_mode is %" PRId64 ", want 0 or 1", mode);
	for (uint32_t i = WEIGHTS; i <= V; i++)
		if (c->in[i]->kind != TYPE_SEQUENCE &&
		    c->in[i]->kind != TYPE_UNKNOWN)
			return err_set(e, ERR_TYPE, "'%s' is no sequence",
				       c->node->op->in[i].name);
	for (uint32_t i = 0; i < c->node->nout; i++)
		infer_set_type(c, i, c->in[from[i]]);
	return true;
}

struct adamw {
	double lr, alpha, beta, epsilon, decay, a, b;
	bool late; /* mode 1 */
};

static void step(const struct adamw *k, double *w, double g, double *m,
		 double *v)
{
	double keep = 1 - k->lr * k->decay;

	*m = k->alpha * *m + (1 - k->alpha) * g;
	*v = k->beta * *v + (1 - k->beta) * g * g;
	if (k->late)
		*w = (*w - k->lr * sqrt(k->b) / k->a * *m /
				   (sqrt(*v) + k->epsilon)) *
		     keep;
	else
		*w = *w * keep -
		     k->lr * *m / (k->a * (sqrt(*v / k->b) + k->epsilon));
}

static void put(struct datum *d, size_t item, size_t i, double x)
{
	struct tensor *t = d ? &d->item[item].tensor : NULL;

	if (t)
		element_set_double(t->dtype, tensor_mut(t), i, x);
}

/* Sequences of equally many tensors of the same shapes. */
static bool check(const struct call *c, struct err *e)
{
	const struct datum *w = c->in[WEIGHTS];

	for (uint32_t k = GRADIENTS; k <= V; k++) {
		if (c->in[k]->count != w->count)
			return err_set(e, ERR_SHAPE,
				       "%zu weights and %zu tensors in '%s'",
				       w->count, c->in[k]->count,
				       c->node->op->in[k].name);
		for (size_t i = 0; i < w->count; i++)
			if (!shape_equal(&w->item[i].tensor.shape,
					 &c->in[k]->item[i].tensor.shape))
				return err_set(e, ERR_SHAPE,
					       "item %zu of '%s' has another "
					       "shape than the weights",
					       i, c->node->op->in[k].name);
	}
	for (uint32_t k = WEIGHTS; k <= V; k++)
		for (size_t i = 0; i < w->count; i++)
			if (!dtype_is_float(c->in[k]->item[i].tensor.dtype))
				return err_set(e, ERR_TYPE,
					       "item %zu of '%s' is no float",
					       i, c->node->op->in[k].name);
	return true;
}

static void update(const struct adamw *k, const struct call *c)
{
	struct datum *out[] = {c->nout > 1 ? c->out[1] : NULL,
			       c->nout > 2 ? c->out[2] : NULL,
			       c->nout > 3 ? c->out[3] : NULL};

	for (size_t item = 0; item < c->in[WEIGHTS]->count; item++) {
		const struct tensor *t = &c->in[WEIGHTS]->item[item].tensor;

		for (size_t i = 0; i < tensor_count(t); i++) {
			double w = tensor_double(t, i), m, v;

			m = tensor_double(&c->in[M]->item[item].tensor, i);
			v = tensor_double(&c->in[V]->item[item].tensor, i);
			step(k, &w,
			     tensor_double(&c->in[GRADIENTS]->item[item].tensor,
					   i),
			     &m, &v);
			put(out[0], item, i, w);
			put(out[1], item, i, m);
			put(out[2], item, i, v);
		}
	}
}

static bool run_adamw(const struct call *c, struct err *e)
{
	static const uint32_t from[] = {STEP, WEIGHTS, M, V};
	bool apply = call_scalar(c, SIGNAL, 1) != 0;
	bool correct = attr_int(c->node, "correct_bias") != 0;
	double steps = call_scalar(c, STEP, 1);
	struct adamw k = {
		.lr = call_scalar(c, LR, 0),
		.alpha = attr_float(c->node, "alpha"),
		.beta = attr_float(c->node, "beta"),
		.epsilon = attr_float(c->node, "epsilon"),
		.decay = attr_float(c->node, "weight_decay"),
		.a = 1,
		.b = 1,
		.late = attr_int(c->node, "adam_mode") == 1,
	};
	struct tensor *flag = call_out(c, 0);

	if (!check(c, e))
		return false;
	for (uint32_t i = 1; i < c->nout; i++)
		if (c->out[i] &&
		    !datum_copy(c->services, c->out[i], c->in[from[i]], e))
			return false;
	if (correct) {
		k.a = 1 - pow(k.alpha, steps);
		k.b = 1 - pow(k.beta, steps);
	}
	if (apply)
		update(&k, c);
	for (size_t i = 0; flag && i < tensor_count(flag); i++)
		element_set_int(flag->dtype, tensor_mut(flag), i, apply);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "adamw-ref", .engine = "reference", .run = run_adamw}, {0}};

#define SEQUENCE(name)                         \
	{                                      \
		name, NULL, 0, PARAM_CONTAINER \
	}
#define OPTIONAL_SEQUENCE(name)                                 \
	{                                                       \
		name, NULL, 0, PARAM_CONTAINER | PARAM_OPTIONAL \
	}

const struct op op_rows_adamw[] = {
	{.domain = "com.microsoft",
	 .type = "AdamWOptimizer",
	 .since = 1,
	 .in = PARAMS(IN("lr", "T1", TYPE_BIT(F32)),
		      IN("step", "T2", TYPES_I64), SEQUENCE("weights"),
		      SEQUENCE("gradients"), SEQUENCE("momentums_1"),
		      SEQUENCE("momentums_2"),
		      OPTIONAL("update_signal", "T_BOOL", TYPES_BOOL)),
	 .out = PARAMS(IN("updated_flag", "T2", TYPES_I64),
		       OPTIONAL_SEQUENCE("updated_weights"),
		       OPTIONAL_SEQUENCE("updated_momentums_1"),
		       OPTIONAL_SEQUENCE("updated_momentums_2")),
	 .attrs = ATTRS(
		 ATTR("adam_mode", INT, "0"), ATTR("alpha", FLOAT, "0.9"),
		 ATTR("beta", FLOAT, "0.999"), ATTR("correct_bias", INT, "1"),
		 ATTR("epsilon", FLOAT, "1e-08"),
		 ATTR("weight_decay", FLOAT, "0.01")),
	 .infer = infer_adamw,
	 .kernels = kernels},
	{0}};
