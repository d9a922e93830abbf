/* SPDX-License-Identifier: Apache-2.0 */
/* ops/optimizers.c -- one step of Adagrad, Adam or Momentum.
 *
 * Operands: the learning rate r, the number t of steps done, then n weights x,
 * n gradients g and n of each state; results: n weights, n of each state.
 * With g' = norm_coefficient * x + g:
 *
 *     Adagrad   h = h + g'^2
 *               x = x - r / (1 + t * decay_factor) * g' / (sqrt(h) + epsilon)
 *     Adam      v = alpha * v + (1 - alpha) * g'
 *               h = beta * h + (1 - beta) * g'^2
 *               x = (1 - norm_coefficient_post) *
 *                   (x - r' * v / (sqrt(h) + epsilon))
 *               r' = r * sqrt(1 - beta^t) / (1 - alpha^t), or r where t is 0
 *     Momentum  v = alpha * v + (t > 0 ? beta : 1) * g'
 *               x = x - r * v, or "nesterov": x - r * (g' + alpha * v)
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "ops/op.h"

enum { RATE, STEPS, FIRST };

struct step {
	double r, norm, post, alpha, beta, epsilon;
	bool nesterov;
	/* X and the states of one element; G is regularized. */
	void (*take)(const struct step *s, double *x, double g, double *state);
};

static void adagrad(const struct step *s, double *x, double g, double *state)
{
	state[0] += g * g;
	*x -= s->r * g / (sqrt(state[0]) + s->epsilon);
}

static void adam(const struct step *s, double *x, double g, double *state)
{
	state[0] = s->alpha * state[0] + (1 - s->alpha) * g;
	state[1] = s->beta * state[1] + (1 - s->beta) * g * g;
	*x -= s->r * state[0] / (sqrt(state[1]) + s->epsilon);
	*x *= 1 - s->post;
}

static void momentum(const struct step *s, double *x, double g, double *state)
{
	state[0] = s->alpha * state[0] + s->beta * g;
	*x -= s->r * (s->nesterov ? g + s->alpha * state[0] : state[0]);
}

/* States of each weight. */
static uint32_t count_states(const struct node *n)
{
	return strcmp(n->type, "Adam") ? 1 : 2;
}

static bool parse(struct step *s, const struct node *n, double r, double t,
		  struct err *e)
{
	*s = (struct step){.r = r, .take = adagrad};
	s->norm = (double)attr_float(n, "norm_coefficient");
	if (!strcmp(n->type, "Adagrad")) {
		s->epsilon = (double)attr_float(n, "epsilon");
		s->r /= 1 + t * (double)attr_float(n, "decay_factor");
		return true;
	}
	s->alpha = (double)attr_float(n, "alpha");
	s->beta = (double)attr_float(n, "beta");
	if (!strcmp(n->type, "Adam")) {
		s->take = adam;
		s->epsilon = (double)attr_float(n, "epsilon");
		s->post = (double)attr_float(n, "norm_coefficient_post");
		if (t > 0)
			s->r *= sqrt(1 - pow(s->beta, t)) /
				(1 - pow(s->alpha, t));
		return true;
	}
	s->take = momentum;
	s->nesterov = !strcmp(attr_string(n, "mode"), "nesterov");
	if (t <= 0)
		s->beta = 1;
	return s->nesterov || !strcmp(attr_string(n, "mode"), "standard") ||
	       err_set(e, ERR_FORMAT, "mode is '%s', want standard or nesterov",
		       attr_string(n, "mode"));
}

static bool count_weights(const struct node *n, uint32_t *count, struct err *e)
{
	uint32_t kinds = 2 + count_states(n);

	*count = (n->nin - FIRST) / kinds;
	if ((n->nin - FIRST) % kinds || n->nout != *count * (kinds - 1))
		return err_set(e, ERR_FORMAT,
			       "has %u operands and %u results, want 2 + %u n "
			       "and %u n",
			       n->nin, n->nout, kinds, kinds - 1);
	return true;
}

static bool infer_optimizer(struct infer *c, struct err *e)
{
	struct step ignored;
	uint32_t n;

	if (!count_weights(c->node, &n, e) ||
	    !parse(&ignored, c->node, 1, 1, e))
		return false;
	for (uint32_t i = 0; i < c->node->nin - FIRST; i++) {
		const struct shape *x = infer_shape(c, FIRST + i % n);
		const struct shape *s = infer_shape(c, FIRST + i);

		if (shape_is_known(x) && shape_is_known(s) &&
		    !shape_equal(x, s))
			return err_set(e, ERR_SHAPE,
				       "operand %u has another shape than its "
				       "weights",
				       FIRST + i);
	}
	for (uint32_t i = 0; i < c->node->nout; i++)
		infer_set_type(c, i, c->in[i < n ? FIRST + i : FIRST + n + i]);
	return true;
}

/* Weight I of N. */
static void take_step(const struct call *c, const struct step *s, uint32_t i,
		      uint32_t n)
{
	const struct tensor *x = call_in(c, FIRST + i);
	const struct tensor *g = call_in(c, FIRST + n + i);
	uint32_t states = count_states(c->node);

	for (size_t k = 0; k < tensor_count(x); k++) {
		double w = tensor_double(x, k), state[2];
		double slope = s->norm * w + tensor_double(g, k);

		for (uint32_t j = 0; j < states; j++)
			state[j] = tensor_double(
				call_in(c, FIRST + (2 + j) * n + i), k);
		s->take(s, &w, slope, state);
		for (uint32_t j = 0; j <= states; j++) {
			struct tensor *y = call_out(c, j * n + i);

			if (y)
				element_set_double(y->dtype, tensor_mut(y), k,
						   j ? state[j - 1] : w);
		}
	}
}

static bool run_optimizer(const struct call *c, struct err *e)
{
	struct step s;
	uint32_t n;

	if (!count_weights(c->node, &n, e) ||
	    !parse(&s, c->node, tensor_double(call_in(c, RATE), 0),
		   tensor_double(call_in(c, STEPS), 0), e))
		return false;
	for (uint32_t i = 0; i < n; i++)
		take_step(c, &s, i, n);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "optimizer", .engine = "reference", .run = run_optimizer},
	{0}};

#define F (TYPE_BIT(F32) | TYPE_BIT(F64))
#define OPTIMIZER(name, attributes)                                           \
	{                                                                     \
		.domain = "ai.onnx.preview.training", .type = name,           \
		.since = 1,                                                   \
		.in = PARAMS(IN("R", "T1", F), IN("T", "T2", TYPES_I64),      \
			     MANY("inputs", "T3", F)),                        \
		.out = PARAMS(MANY("outputs", "T3", F)), .attrs = attributes, \
		.infer = infer_optimizer, .kernels = kernels,                 \
	}

const struct op op_rows_optimizers[] = {
	OPTIMIZER("Adagrad", ATTRS(ATTR("decay_factor", FLOAT, "0"),
				   ATTR("epsilon", FLOAT, "1e-6"),
				   ATTR("norm_coefficient", FLOAT, "0"))),
	OPTIMIZER("Adam", ATTRS(ATTR("alpha", FLOAT, "0.9"),
				ATTR("beta", FLOAT, "0.999"),
				ATTR("epsilon", FLOAT, "1e-6"),
				ATTR("norm_coefficient", FLOAT, "0"),
				ATTR("norm_coefficient_post", FLOAT, "0"))),
	OPTIMIZER("Momentum", ATTRS(ATTR_REQUIRED("alpha", FLOAT),
				    ATTR_REQUIRED("beta", FLOAT),
				    ATTR_REQUIRED("mode", STRING),
				    ATTR_REQUIRED("norm_coefficient", FLOAT))),
	{0}};
