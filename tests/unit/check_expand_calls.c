/* SPDX-License-Identifier: Apache-2.0 */
/* Models with functions of their own: calls become bodies. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/str.h"
#include "formats/onnxtxt.h"
#include "ops/expand_calls.h"
#include "ops/op.h"

#define HEAD "<ir_version: 10, opset_import: [\"\" : 18, \"local\" : 1]> "
#define LOCAL "<domain: \"local\", opset_import: [\"\" : 18]> "

static struct str text;

static bool to_text(struct sink *s, const void *bytes, size_t n, struct err *e)
{
	(void)s;
	(void)e;
	str_addn(&text, bytes, n);
	return true;
}

/* TEXT with its calls expanded, verified and printed; NULL, and E, if not. */
static const char *expanded(const char *from, const struct limits *lim,
			    struct err *e)
{
	struct bytes all = {(const uint8_t *)from, strlen(from)};
	struct onnxtxt_opts no_types = {.no_types = true};
	struct sink sink = {.write = to_text};
	struct model *m;
	bool ok;

	str_release(&text);
	*e = (struct err){0};
	ck_assert_msg(onnxtxt_parse(&m, all, &limits_default, e), "%s", e->msg);
	op_bind_model(m);
	ok = expand_calls(m, lim, e);
	if (ok) {
		ck_assert_msg(model_verify(m, e), "%s", e->msg);
		ck_assert_msg(infer_model(m, e), "%s", e->msg);
		ck_assert_msg(onnxtxt_print(&sink, m, &no_types, e), "%s",
			      e->msg);
	}
	model_free(m);
	return ok ? strchr(text.text, '{') : NULL;
}

static const struct {
	const char *from, *to;
} cases[] = {
	/* two calls, an attribute and its default, names of results */
	{HEAD "m (float[2] x) => (float[2] z) {"
	      " y = local.grow <k = 3.0> (x)"
	      " z = local.grow (y) } " LOCAL
	      "grow <k: float = 2.0> (a) => (b) {"
	      " c = Elu <alpha: float = @k> (a) b = Add (c, a) }",
	 "{\n   \"y/c\" = Elu <alpha = 3.0> (x)\n   y = Add (\"y/c\", x)\n"
	 "   \"z/c\" = Elu <alpha = 2.0> (y)\n   z = Add (\"z/c\", y)\n}\n"},
	/* an attribute without default that the call leaves out */
	{HEAD "m (float[2] x) => (float[2] y) { y = local.f (x) } " LOCAL
	      "f <k> (a) => (b) { b = Elu <alpha: float = @k> (a) }",
	 "{\n   y = Elu (x)\n}\n"},
	/* functions that call functions; a name that is taken */
	{HEAD
	 "m (float[2] x) => (float[2] y) {"
	 " \"y/t\" = Neg (x) y = local.outer (\"y/t\") } " LOCAL
	 "outer (a) => (b) { t = local.inner (a) b = local.inner (t) } " LOCAL
	 "inner (a) => (b) { t = Abs (a) b = Neg (t) }",
	 "{\n   \"y/t\" = Neg (x)\n   \"y/t_2/t\" = Abs (\"y/t\")\n"
	 "   \"y/t_2\" = Neg (\"y/t_2/t\")\n   \"y/t_3\" = Abs (\"y/t_2\")\n"
	 "   y = Neg (\"y/t_3\")\n}\n"},
	/* an operand left out, a result left out, one that is an operand */
	{HEAD "m (float[2] x) => (float[2] y, float[2] w) {"
	      " v, , w = local.f (x, ) y = Neg (v) } " LOCAL
	      "f (a, low) => (same, unused, b) {"
	      " same = Identity (a) unused = Abs (a) b = Clip (a, low) }",
	 "{\n   v = Identity (x)\n   \"v/unused\" = Abs (x)\n   w = Clip (x, \"\")\n"
	 "   y = Neg (v)\n}\n"},
	/* a function goes before the operator of its name */
	{"<ir_version: 10, opset_import: [\"\" : 18]> "
	 "m (float[2] x) => (float[2] y) { y = Relu (x) } "
	 "<domain: \"\", opset_import: [\"\" : 18]> "
	 "Relu (a) => (b) { b = Abs (a) }",
	 "{\n   y = Abs (x)\n}\n"},
	/* the opset of a domain that only the function imports */
	{HEAD "m (float[2] x) => (float[2] y) { y = local.f (x) } "
	      "<domain: \"local\", opset_import: [\"com.microsoft\" : 1]> "
	      "f (a) => (b) { b = com.microsoft.Gelu (a) }",
	 "{\n   y = com.microsoft.Gelu (x)\n}\n"},
};

START_TEST(calls_become_the_bodies_of_functions)
{
	struct err e;
	const char *found = expanded(cases[_i].from, NULL, &e);

	ck_assert_msg(found, "%s", e.msg);
	ck_assert_str_eq(found, cases[_i].to);
}
END_TEST

/* The graph of a call's attribute is copied for each of its uses, and reads
 * what is outside of the call; that of a body reads the body. */
START_TEST(inner_graphs_are_copied_with_what_they_read)
{
	struct err e;
	const char *found = expanded(
		HEAD "m (bool c, float[2] x) => (float[2] y) {"
		     " t = Abs (x)"
		     " y = local.f <g = in_m () => (r) { r = Neg (t) }> (c, x)"
		     " } " LOCAL "f <g> (c, a) => (b) {"
		     " s = Exp (a)"
		     " p = If <then_branch: graph = @g, else_branch = e1 () =>"
		     " (q) { q = Neg (s) }> (c)"
		     " b = If <then_branch: graph = @g, else_branch = e2 () =>"
		     " (q2) { q2 = Add (p, c2) c2 = Neg (a) }> (c) }",
		NULL, &e);

	ck_assert_msg(found, "%s", e.msg);
	ck_assert_ptr_nonnull(strstr(found, "\"y/r\" = Neg (t)"));
	ck_assert_ptr_nonnull(strstr(found, "\"y/r_2\" = Neg (t)"));
	ck_assert_ptr_nonnull(strstr(found, "\"y/q\" = Neg (\"y/s\")"));
	ck_assert_ptr_null(strstr(found, "local"));
}
END_TEST

static const struct {
	const char *from, *message;
	enum err_code code;
} refused[] = {
	{HEAD "m (float[2] x) => (float[2] y) { y = local.f (x, x) } " LOCAL
	      "f (a) => (b) { b = Abs (a) }",
	 "node 'y' (f): 2 operands and 1 results, function 'f' has 1 and 1",
	 ERR_FORMAT},
	{HEAD "m (float[2] x) => (float[2] y) { y = local.f (x) } " LOCAL
	      "f (a, b) => (b) { c = Abs (a) }",
	 "node 'y' (f): function 'f' returns 'b', which the call leaves out",
	 ERR_FORMAT},
	{HEAD
	 "m (float[2] x) => (float[2] y) { y = local.f <k = 1> (x) } " LOCAL
	 "f <k> (a) => (b) { b = Elu <alpha: float = @k> (a) }",
	 "node 'y' (f): attribute 'k' is of another type than function 'f' "
	 "declares",
	 ERR_TYPE},
	{HEAD "m (float[2] x) => (float[2] y) { y = local.f (x) } "
	      "<domain: \"local\", opset_import: [\"\" : 12]> "
	      "f (a) => (b) { b = Softmax (a) }",
	 "function 'f' means 'Softmax' of opset 12, which is another than that "
	 "of opset 18, which the model imports",
	 ERR_UNSUPPORTED},
};

START_TEST(what_does_not_fit_is_refused_by_name)
{
	struct err e;

	ck_assert_ptr_null(expanded(refused[_i].from, NULL, &e));
	ck_assert_str_eq(e.msg, refused[_i].message);
	ck_assert_int_eq(e.code, refused[_i].code);
}
END_TEST

START_TEST(calls_that_make_too_many_nodes_are_refused)
{
	struct limits few = {.nodes = 5};
	const char *twice = HEAD
		"m (float[2] x) => (float[2] y) {"
		" t = local.f (x) y = local.f (t) } " LOCAL
		"f (a) => (b) { c = Abs (a) d = Neg (c) b = Neg (d) }";
	struct err e;

	ck_assert_ptr_null(expanded(twice, &few, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	few.nodes = 6;
	ck_assert_ptr_nonnull(expanded(twice, &few, &e));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("expand_calls");
	TCase *t = tcase_create("calls");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, calls_become_the_bodies_of_functions, 0,
			    COUNT_OF(cases));
	tcase_add_test(t, inner_graphs_are_copied_with_what_they_read);
	tcase_add_loop_test(t, what_does_not_fit_is_refused_by_name, 0,
			    COUNT_OF(refused));
	tcase_add_test(t, calls_that_make_too_many_nodes_are_refused);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
