/* SPDX-License-Identifier: Apache-2.0 */
/* Types and shapes of whole models: named dimensions through chains of shape
 * arithmetic, inner graphs, declared types, and the registry itself. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnxtxt.h"
#include "ops/op.h"

static struct model *m;
static struct err e;
static struct str s;

static void setup(void)
{
	m = NULL;
	s = (struct str){0};
}

static void teardown(void)
{
	model_free(m);
	str_release(&s);
}

/* A model of opset 17 with graph TEXT, bound and inferred. */
static bool infer(const char *text)
{
	s.len = 0;
	str_addf(&s, "<ir_version: 8, opset_import: [\"\" : 17]> %s", text);
	ck_assert_msg(onnxtxt_parse(&m,
				    (struct bytes){(uint8_t *)s.text, s.len},
				    &limits_default, &e),
		      "%s", e.msg);
	op_bind_model(m);
	return infer_model(m, &e);
}

static const struct value *result(const char *name)
{
	for (struct node *n = model_first(m); n; n = model_next(n))
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i] && strcmp(n->out[i]->name, name) == 0)
				return n->out[i];
	ck_abort_msg("no value '%s'", name);
}

/* The type of the result NAME. */
static const char *type_of(const char *name)
{
	s.len = 0;
	type_print(&s, &result(name)->type, &m->symbols);
	return s.text;
}

/* ---- named dimensions --------------------------------------------------- */

static const struct {
	const char *text, *wanted; /* graph; type of its value y */
} chains[] = {
	/* Shape -> Gather -> Concat -> Reshape keeps the batch. */
	{"g (float[N,3,4] x) => (y) <int64 z = {0}, int64[1] a = {0}, "
	 "int64[1] r = {-1}> { s = Shape (x) b = Gather (s, z) "
	 "u = Unsqueeze (b, a) t = Concat <axis = 0> (u, r) "
	 "y = Reshape (x, t) }",
	 "float[N,12]"},
	/* Both the batch and a product of known dims. */
	{"g (float[N,T,8] x) => (y) <int64[1] a = {0}, int64[1] b = {2}, "
	 "int64[2] r = {2, 4}> { s = Shape (x) p = Slice (s, a, b) "
	 "t = Concat <axis = 0> (p, r) y = Reshape (x, t) }",
	 "float[N,T,2,4]"},
	{"g (float[N,4] x) => (y) <int64[2] t = {-1, 2}> "
	 "{ y = Reshape (x, t) }",
	 "float[2*N,2]"},
	{"g (float[N,3] x, float[N,5] z) => (y) "
	 "{ y = Concat <axis = 1> (x, z) }",
	 "float[N,8]"},
	{"g (float[N,3] x) => (y) { y = Concat <axis = 0> (x, x) }",
	 "float[2*N,3]"},
	{"g (float[N,3] x, float[M,3] z) => (y) "
	 "{ y = Concat <axis = 0> (x, z) }",
	 "float[?,3]"},
	{"g (float[N,H] x) => (y) <int64[2] p = {0, 1}, int64[2] q = {0, -2}, "
	 "int64[4] a = {0, 1, 0, 1}> { y = Pad (x, a) }",
	 "float[N,H + 2]"},
	{"g (float[N,T] x) => (y) <int64[1] a = {1}, int64[1] b = "
	 "{9223372036854775807}> { y = Slice (x, a, b, a) }",
	 "float[N,T - 1]"},
	/* The positions of a transformer: Range over a sequence. */
	{"g (float[N,T] x) => (y) <int64 one = {1}, int64 zero = {0}> "
	 "{ s = Shape (x) t = Gather (s, one) y = Range (zero, t, one) }",
	 "int64[T]"},
	/* Expand as torch writes it: -1 means "keep". */
	{"g (float[1,T] x, float[N] z) => (y) <int64[2] k = {-1, -1}, "
	 "int64[2] w = {-1, -1}, int64[2] one = {1, 1}> "
	 "{ e = Equal (w, k) t = Where (e, one, w) y = Expand (x, t) }",
	 "float[1,T]"},
	{"g (float[N,T] x, float[1,8] z) => (y) <int64 zero = {0}, int64[1] a "
	 "= {0}, int64[1] c = {8}> { s = Shape (x) n = Gather (s, zero) "
	 "u = Unsqueeze (n, a) t = Concat <axis = 0> (u, c) "
	 "y = Expand (z, t) }",
	 "float[N,8]"},
	/* Arithmetic on a dimension. */
	{"g (float[N,T] x) => (y) <int64 one = {1}, int64 two = {2}> "
	 "{ s = Shape (x) t = Gather (s, one) d = Mul (t, two) "
	 "p = Add (d, one) y = Range (one, p, one) }",
	 "int64[2*T]"},
	{"g (float[N,C,H,W] x) => (y) <float[4] k = {1, 1, 2, 0.5}> "
	 "{ y = Resize (x, , k) }",
	 "float[N,C,2*H,floor(W/2)]"},
	{"g (float[N,3,H,W] x) => (y) { y = Flatten (x) }", "float[N,?]"},
	{"g (float[N,4,H] x) => (y) { y = Transpose <perm = [2, 0, 1]> (x) }",
	 "float[H,N,4]"},
	{"g (float[N,4] x) => (y) { a, y = Split <axis = 1> (x) }",
	 "float[N,2]"},
	/* Through int32, as TensorFlow's exporter does it. */
	{"g (float[N,6] x) => (y) <int64[1] z = {0}, int64[1] o = {1}, "
	 "int32[2] r = {2, 3}> { s = Shape (x) c = Cast <to = 6> (s) "
	 "b = Slice (c, z, o) t = Concat <axis = 0> (b, r) "
	 "l = Cast <to = 7> (t) y = Reshape (x, l) }",
	 "float[N,2,3]"},
};

START_TEST(keeps_named_dimensions)
{
	ck_assert_msg(infer(chains[_i].text), "%s", e.msg);
	ck_assert_str_eq(type_of("y"), chains[_i].wanted);
}
END_TEST

/* ---- declared types ----------------------------------------------------- */

START_TEST(keeps_what_is_declared_more_precisely)
{
	ck_assert_msg(infer("g (float[?] x) => (float[4] y) "
			    "{ y = Identity (x) }"),
		      "%s", e.msg);
	ck_assert_str_eq(type_of("y"), "float[4]");
}
END_TEST

START_TEST(warns_of_wrong_declared_shapes_once)
{
	ck_assert_msg(infer("g (float[2] x) => (float[3] y) "
			    "{ y = Identity (x) }"),
		      "%s", e.msg);
	ck_assert_str_eq(type_of("y"), "float[2]");
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	ck_assert_uint_eq(m->nwarning, 1);
	ck_assert_ptr_nonnull(strstr(m->warning[0],
				     "result 'y': found float[2], wanted "
				     "float[3]; the declared shape is "
				     "ignored"));
}
END_TEST

static const struct {
	const char *text, *says;
	enum err_code code;
} bad[] = {
	{"g (float[2] x) => (int64[2] y) { [n1] y = Identity (x) }",
	 "node 'n1' (Identity): result 'y': found float[2], wanted int64[2]",
	 ERR_TYPE},
	{"g (float[2] x) => (y) { [n1] t = Concat <axis = 0> (x) "
	 "y = Transpose <perm = [1, 0]> (t) }",
	 "node 'y' (Transpose): 'perm' has 2 entries, want 1", ERR_SHAPE},
};

START_TEST(refuses_contradictions_by_name)
{
	ck_assert(!infer(bad[_i].text));
	ck_assert_int_eq((int)e.code, (int)bad[_i].code);
	ck_assert_msg(strstr(e.msg, bad[_i].says) != NULL, "%s", e.msg);
}
END_TEST

/* ---- inner graphs ------------------------------------------------------- */

START_TEST(binds_the_inputs_of_a_loop_body)
{
	ck_assert_msg(
		infer("g (float[N,4] x, int64 n, bool c) => (y) { y = Loop "
		      "<body = b (i, k, v) => (k2, v2) { k2 = Identity (k) "
		      "v2 = Transpose (v) q = Identity (i) }> (n, c, x) }"),
		"%s", e.msg);
	ck_assert_str_eq(type_of("k2"), "bool[]");
	ck_assert_str_eq(type_of("q"), "int64[]");
	/* A carried value may change its shape. */
	ck_assert_str_eq(type_of("v2"), "float");
}
END_TEST

START_TEST(infers_both_branches_of_an_if)
{
	ck_assert_msg(infer("g (float[N,4] x, bool c) => (y) { y = If (c) "
			    "<then_branch = t () => (a) { a = Transpose (x) }, "
			    "else_branch = f () => (b) { b = Identity (x) }> "
			    "}"),
		      "%s", e.msg);
	ck_assert_str_eq(type_of("a"), "float[4,N]");
	ck_assert_str_eq(type_of("b"), "float[N,4]");
}
END_TEST

START_TEST(leaves_unknown_operators_alone)
{
	ck_assert_msg(infer("g (float[2] x) => (float[7] y) "
			    "{ t = my.Own (x) y = Identity (t) }"),
		      "%s", e.msg);
	ck_assert_ptr_null(result("t")->def->op);
	ck_assert_str_eq(type_of("y"), "float[7]");
}
END_TEST

START_TEST(infers_one_node_again_after_an_edit)
{
	struct node *n;

	ck_assert(infer("g (float[N,2,2] x) => (y) <int64[2] t = {0, -1}> "
			"{ y = Reshape (x, t) }"));
	n = m->main->first;
	use_set(&n->in[1],
		graph_const_ints(m->main, (const int64_t[]){0, 2, 2}, 3));
	n->out[0]->type = (struct type){.kind = TYPE_UNKNOWN};
	ck_assert_msg(infer_node(n, &e), "%s", e.msg);
	ck_assert_str_eq(type_of("y"), "float[N,2,2]");
}
END_TEST

/* ---- the registry ------------------------------------------------------- */

START_TEST(finds_the_newest_row_not_newer_than_the_opset)
{
	ck_assert_int_eq(op_find("", "Reshape", 4)->since, 1);
	ck_assert_int_eq(op_find("", "Reshape", 13)->since, 13);
	ck_assert_int_eq(op_find("ai.onnx", "Reshape", 20)->since, 19);
	ck_assert_ptr_null(op_find("", "Where", 8));
	ck_assert_ptr_null(op_find("", "NoSuchOperator", 20));
	ck_assert_ptr_null(op_find("my.own", "Reshape", 20));
}
END_TEST

START_TEST(has_well_formed_rows)
{
	const struct op *prev = NULL;

	for (const struct op *o = op_next(NULL); o; prev = o, o = op_next(o)) {
		bool again = prev && strcmp(prev->type, o->type) == 0 &&
			     strcmp(prev->domain, o->domain) == 0;

		ck_assert_msg(!again || prev->since < o->since,
			      "%s: versions are not in order", o->type);
		ck_assert_ptr_eq(op_find(o->domain, o->type, o->since), o);
		ck_assert_msg(o->infer != NULL, "%s: no inference", o->type);
		ck_assert_msg(!o->kernels || strcmp(o->kernels->engine,
						    "reference") == 0,
			      "%s: the first kernel is no reference", o->type);
		for (const struct attr_spec *a = o->attrs; a && a->name; a++)
			ck_assert_msg(!a->fallback || a->kind == ATTR_INT ||
					      a->kind == ATTR_FLOAT ||
					      a->kind == ATTR_STRING,
				      "%s: default of list %s", o->type,
				      a->name);
	}
}
END_TEST

START_TEST(writes_negative_contents_apart_from_dims)
{
	int64_t x;

	ck_assert(content_int(content_literal(-1), &x) && x == -1);
	ck_assert(content_int(content_literal(7), &x) && x == 7);
	ck_assert(!content_int(DIM_UNKNOWN, &x));
	ck_assert(!content_int(-2, &x)); /* a named dim */
	ck_assert_int_eq(content_literal(INT64_MIN), DIM_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("infer");
	TCase *t = tcase_create("infer");
	SRunner *r = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, keeps_named_dimensions, 0,
			    (int)COUNT_OF(chains));
	tcase_add_test(t, keeps_what_is_declared_more_precisely);
	tcase_add_test(t, warns_of_wrong_declared_shapes_once);
	tcase_add_loop_test(t, refuses_contradictions_by_name, 0,
			    (int)COUNT_OF(bad));
	tcase_add_test(t, binds_the_inputs_of_a_loop_body);
	tcase_add_test(t, infers_both_branches_of_an_if);
	tcase_add_test(t, leaves_unknown_operators_alone);
	tcase_add_test(t, infers_one_node_again_after_an_edit);
	tcase_add_test(t, finds_the_newest_row_not_newer_than_the_opset);
	tcase_add_test(t, has_well_formed_rows);
	tcase_add_test(t, writes_negative_contents_apart_from_dims);
	suite_add_tcase(suite, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
