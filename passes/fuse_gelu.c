/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fuse_gelu.c -- the Gaussian error linear unit written out.
 *
 *     0.5 x (1 + erf(x / sqrt 2))                          ->  Gelu(x)
 *     0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))    ->  Gelu(x, tanh)
 *
 * in every order of the factors.  ROUNDING: constants may differ from those
 * of the definition by what float rounding explains (1e-6 relative; float16
 * and bfloat16 models write them in that type: 1e-2).  The two forms are
 * different functions and never exchanged.  Needs opset 20.
 * Source: ONNX Gelu-20.
 */
#include <math.h>
#include <string.h>

#include "passes/constant.h"

static const double sqrt_2 = 1.4142135623730951;
static const double sqrt_2_over_pi = 0.7978845608028654;
static const double cubic = 0.044715;

/* Every element of constant NAME is X, as well as its type can say, and the
 * constant does not grow the result. */
static bool is_about(const struct match *m, const char *name, double x)
{
	const struct tensor *t = match_const(m, name);
	size_t n = tensor_count(t);
	double close = 1e-6;

	if (!dtype_is_float(t->dtype) ||
	    !broadcasts_into(match_value(m, name), match_value(m, "x")))
		return false;
	if (t->dtype == DTYPE_F16)
		close = 1e-3;
	if (t->dtype == DTYPE_BF16)
		close = 1e-2;
	for (size_t i = 0; i < n; i++)
		if (!(fabs(tensor_double(t, i) - x) <= close * fabs(x)))
			return false;
	return n > 0;
}

static bool has_gelu(const struct match *m)
{
	return model_opset(m->root->graph->model, "") >= 20 &&
	       dtype_is_float(match_value(m, "x")->type.dtype);
}

static bool is_erf(const struct match *m)
{
	const struct node *inner = match_node(m, "in");

	return has_gelu(m) && is_about(m, "half", 0.5) &&
	       is_about(m, "one", 1) &&
	       is_about(m, "c",
			strcmp(inner->type, "Div") ? 1 / sqrt_2 : sqrt_2);
}

static bool is_tanh(const struct match *m)
{
	return has_gelu(m) && is_about(m, "half", 0.5) &&
	       is_about(m, "one", 1) && is_about(m, "k", cubic) &&
	       is_about(m, "c", sqrt_2_over_pi);
}

static bool is_tanh_pow(const struct match *m)
{
	return is_tanh(m) && const_is_all(match_value(m, "three"), 3) &&
	       broadcasts_into(match_value(m, "three"), match_value(m, "x"));
}

static void replace(struct edit *ed, const struct match *m,
		    const char *approximate)
{
	struct node *n = edit_node(ed, "Gelu", VALUES(match_value(m, "x")));

	if (approximate)
		node_set_string(n, "approximate", approximate);
	edit_replace(ed, m->root->out[0], n->out[0]);
}

static bool to_erf(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	replace(ed, m, NULL);
	return true;
}

static bool to_tanh(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	replace(ed, m, "tanh");
	return true;
}

/* The three ways to multiply x, 1/2 and the bracket. */
#define LAST_HALF(bracket) "Mul~(Mul~(x, " bracket "), #half)"
#define LAST_BRACKET(bracket) "Mul~(Mul~(x, #half), " bracket ")"
#define LAST_X(bracket) "Mul~(x, Mul~(" bracket ", #half))"

#define ERF_DIV "Add~(Erf(in:Div(x, #c)), #one)"
#define ERF_MUL "Add~(Erf(in:Mul~(x, #c)), #one)"
#define TANH(cube) "Add~(Tanh(Mul~(Add~(Mul~(" cube ", #k), x), #c)), #one)"
#define POW "Pow(x, #three)"
#define CUBE "Mul~(Mul(x, x), x)"
/* k x^3 as ((k x) x) x. */
#define NESTED \
	"Add~(Tanh(Mul~(Add~(Mul~(Mul~(Mul~(x, #k), x), x), x), #c)), #one)"

static const struct rule rules[] = {
	{"erf-div-half", LAST_HALF(ERF_DIV), is_erf, to_erf},
	{"erf-div-bracket", LAST_BRACKET(ERF_DIV), is_erf, to_erf},
	{"erf-div-x", LAST_X(ERF_DIV), is_erf, to_erf},
	{"erf-mul-half", LAST_HALF(ERF_MUL), is_erf, to_erf},
	{"erf-mul-bracket", LAST_BRACKET(ERF_MUL), is_erf, to_erf},
	{"erf-mul-x", LAST_X(ERF_MUL), is_erf, to_erf},
	{"tanh-pow-half", LAST_HALF(TANH(POW)), is_tanh_pow, to_tanh},
	{"tanh-pow-bracket", LAST_BRACKET(TANH(POW)), is_tanh_pow, to_tanh},
	{"tanh-pow-x", LAST_X(TANH(POW)), is_tanh_pow, to_tanh},
	{"tanh-cube-half", LAST_HALF(TANH(CUBE)), is_tanh, to_tanh},
	{"tanh-cube-bracket", LAST_BRACKET(TANH(CUBE)), is_tanh, to_tanh},
	{"tanh-cube-x", LAST_X(TANH(CUBE)), is_tanh, to_tanh},
	{"tanh-nested-half", LAST_HALF(NESTED), is_tanh, to_tanh},
	{"tanh-nested-bracket", LAST_BRACKET(NESTED), is_tanh, to_tanh},
	{"tanh-nested-x", LAST_X(NESTED), is_tanh, to_tanh},
	{0}};

const struct pass pass_rows_fuse_gelu[] = {
	{.name = "fuse-gelu",
	 .summary = "recognise Gelu, exact and tanh (opset 20)",
	 .fidelity = ROUNDING,
	 .rules = rules},
	{0}};
