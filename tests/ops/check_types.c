/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/check_types.c -- every element type that a row allows is executed.
 *
 * The nodes of testdata/ops are run by their reference kernels once for each
 * type that their schema allows for a type variable, with the operands that
 * are tied to it cast.  Values may then be senseless (an index of another
 * sign, a shape that does not fit), which ends in an error of its own; what no
 * kernel may say is that it does not know a type which its row promises.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "exec/eval.h"
#include "formats/onnxtxt.h"
#include "graph/element.h"
#include "ops/op.h"
#include "tests/ops/case_file.h"

static struct op_cases cases;

/* ---- operands of another type -------------------------------------------- */

static void cast_to_strings(struct arena *a, const struct tensor *x,
			    struct text *y)
{
	for (size_t i = 0; i < tensor_count(x); i++) {
		struct str s = {0};

		str_add_double(&s, tensor_double(x, i));
		y[i].len = s.len;
		y[i].at = arena_strdup(a, s.text);
		str_release(&s);
	}
}

static void cast_to_complex(const struct tensor *x, enum dtype part, void *y)
{
	for (size_t i = 0; i < tensor_count(x); i++)
		element_set_double(part, y, 2 * i, tensor_double(x, i));
}

/* X as elements of type T; false for strings and complex numbers, of which
 * there is no telling. */
static bool cast_tensor(struct arena *a, const struct tensor *x, enum dtype t,
			struct tensor *y)
{
	enum dtype_class from = dtype_info[x->dtype].class;

	if (from == CLASS_STRING || from == CLASS_COMPLEX)
		return false;
	*y = tensor_in_arena(a, t, &x->shape);
	if (t == DTYPE_STRING)
		cast_to_strings(a, x, tensor_mut(y));
	else if (t == DTYPE_C64 || t == DTYPE_C128)
		cast_to_complex(x, t == DTYPE_C64 ? DTYPE_F32 : DTYPE_F64,
				tensor_mut(y));
	else
		element_cast(x->dtype, x->data, t, tensor_mut(y),
			     tensor_count(x), SATURATE_YES);
	return true;
}

/* ---- type variables ------------------------------------------------------ */

static const struct param *param_of(const struct op *op, uint32_t i)
{
	const struct param *p = op->in;

	while (i && p[1].name && !(p->flags & PARAM_VARIADIC)) {
		p++;
		i--;
	}
	return p;
}

static bool same_variable(const struct param *a, const struct param *b)
{
	return a == b || (a->var && b->var && !strcmp(a->var, b->var));
}

/* Parameter P is the first with its variable. */
static bool is_first(const struct op *op, const struct param *p)
{
	for (const struct param *q = op->in; q != p; q++)
		if (same_variable(q, p))
			return false;
	return true;
}

/* The operands of N with those of P's variable cast to T; false if N has no
 * such operand that is a constant. */
static bool make_operands(struct arena *a, const struct node *n,
			  const struct param *p, enum dtype t,
			  const struct datum **in)
{
	bool any = false;

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = node_in(n, i);
		struct tensor *x = arena_new(a, struct tensor);
		struct datum *d = arena_new(a, struct datum);

		if (!v)
			continue;
		if (!v->konst)
			return false;
		*x = *v->konst;
		if (same_variable(param_of(n->op, i), p)) {
			if (!cast_tensor(a, v->konst, t, x))
				return false;
			any = true;
		}
		*d = datum_tensor(x);
		in[i] = d;
	}
	return any;
}

/* What ties a type to more than its schema says, or has no meaning for it. */
static const struct {
	const char *type;
	enum dtype t;
	const char *says;
} exceptions[] = {
	{"BitCast", DTYPE_NONE, "bits, int32 has 32"},
	{"DequantizeLinear", DTYPE_F8E8M0, "'y' has type float8e8m0"},
	{"GatherBlockQuantized", DTYPE_NONE, "want"},
	{"LabelEncoder", DTYPE_NONE, "the keys are of"},
	{"OneHotEncoder", DTYPE_STRING, "the categories are numbers"},
	{"QLinearConcat", DTYPE_NONE, "of the result's type"},
	{"RandomNormalLike", DTYPE_NONE, "cannot draw elements of type"},
	{"RandomUniformLike", DTYPE_NONE, "cannot draw elements of type"},
	{"Resize", DTYPE_NONE, "cannot interpolate"},
	{"GridSample", DTYPE_NONE, "cannot interpolate"},
	{"Col2Im", DTYPE_STRING, "strings have no sum"},
	{"ScatterElements", DTYPE_NONE, "has no meaning for"},
	{"ScatterND", DTYPE_NONE, "has no meaning for"},
	{"TfIdfVectorizer", DTYPE_STRING, "the pool is of int64"},
};

static bool may_say(const struct op *op, enum dtype t, const struct err *e)
{
	if (e->code != ERR_UNSUPPORTED && e->code != ERR_TYPE)
		return true;
	for (size_t i = 0; i < COUNT_OF(exceptions); i++)
		if (!strcmp(exceptions[i].type, op->type) &&
		    (!exceptions[i].t || exceptions[i].t == t) &&
		    strstr(e->msg, exceptions[i].says))
			return true;
	return false;
}

/* Run N with type T for the variable of P. */
static void run_with(const struct op_case *c, struct node *n,
		     const struct param *p, enum dtype t)
{
	struct arena a = {0};
	const struct datum **in = arena_array(&a, const struct datum *, n->nin);
	struct eval r = {.nout = 0};
	struct err e = {.code = ERR_NONE};

	if (make_operands(&a, n, p, t, in) && !eval_node(&r, n, in, NULL, &e))
		ck_assert_msg(may_say(n->op, t, &e),
			      "%s:%d: %s-%d with '%s' of %s: %s", c->file,
			      c->line, n->type, n->op->since, p->name,
			      dtype_info[t].text, e.msg);
	eval_release(&r);
	arena_release(&a);
}

static void try_types(const struct op_case *c, struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i])
			n->out[i]->type = (struct type){0};
	for (const struct param *p = n->op->in; p && p->name; p++)
		for (int t = DTYPE_NONE + 1; t < DTYPE_COUNT; t++)
			if (p->types >> t & 1 && is_first(n->op, p))
				run_with(c, n, p, (enum dtype)t);
}

START_TEST(executes_every_type_that_its_row_allows)
{
	const struct op_case *c = &cases.at[_i];
	struct str s = {0};
	struct err e = {.code = ERR_NONE};
	struct model *m;
	bool ok;

	if (c->says || c->map)
		return;
	str_addf(&s, "<ir_version: 13, %s>\ng () => (%s)\n<%s>\n{\n%s}\n",
		 c->opsets, c->want[0].name, c->consts, c->body);
	ok = onnxtxt_parse(&m, (struct bytes){(uint8_t *)s.text, s.len},
			   &limits_default, &e);
	ck_assert_msg(ok, "%s", e.msg);
	str_release(&s);
	op_bind_model(m);
	for (struct node *n = m->main->first; n; n = n->next)
		if (n->op && n->op->kernels && !(n->op->traits & OP_GRAPHS))
			try_types(c, n);
	model_free(m);
}
END_TEST

int main(void)
{
	const char *top = getenv("top_srcdir");
	struct str dir = {0};
	Suite *s = suite_create("types");
	TCase *t = tcase_create("types");
	SRunner *r = srunner_create(s);
	int failed;

	str_addf(&dir, "%s/testdata/ops", top ? top : ".");
	op_cases_read(&cases, dir.text);
	str_release(&dir);
	tcase_add_loop_test(t, executes_every_type_that_its_row_allows, 0,
			    (int)cases.count);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	arena_release(&cases.arena);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
