/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX's text syntax: what is read, what is refused, and round trips. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnx.h"
#include "formats/onnxtxt.h"
#include "graph/element.h"

#define HEAD "<ir_version: 8, opset_import: [\"\" : 17]>\n"

static struct model *m;
static struct err e;

static void setup(void)
{
	m = NULL;
}

static void teardown(void)
{
	model_free(m);
}

static bool parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};

	model_free(m);
	m = NULL;
	return onnxtxt_parse(&m, b, &limits_default, &e);
}

static void parse_ok(const char *text)
{
	ck_assert_msg(parse(text), "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
}

/* The model as text; valid until the next call. */
static const char *print(const struct onnxtxt_opts *o)
{
	static char text[16384];
	struct memory_sink s;

	memory_sink_init(&s, NULL);
	ck_assert_msg(onnxtxt_print(&s.sink, m, o, &e), "%s", e.msg);
	ck_assert_uint_lt(s.len, sizeof(text));
	memcpy(text, s.buf.data, s.len);
	text[s.len] = '\0';
	memory_sink_release(&s);
	return text;
}

/* What is printed in the printer's own style comes out as it went in. */
static const char *const fixed_points[] = {
	HEAD "linear (float[4,2] X) => (float[4,3] Y) <\n"
	     "   float[2,3] W = {1, 2, 3, 4, 5, 6},\n"
	     "   float[3] b = {0.5, -0.5, 0},\n"
	     "   float[4,3] T\n"
	     "> {\n"
	     "   T = MatMul (X, W)\n"
	     "   Y = Add (T, b)\n"
	     "}\n",
	HEAD "types (float x, double[] y, int8[N,?,3] z, \"a b\", "
	     "seq(map(int64, string)) s, optional(seq(float[])) o, "
	     "sparse_tensor(float[3]) p, bool[\"N + 1\"] \"float\") => () {\n"
	     "}\n",
	HEAD "attrs () => (y) {\n"
	     "   [n1] y = Op <i = -3, f = 1.0, g = -nan, s = \"a\\\\\\\"b\", "
	     "is = [1, 2], fs = [0.5, 1e+20, inf], ss = [\"\", \"x\"], "
	     "none: ints = [], t = float[2] {1, 2}, tt = [int64 {3}, "
	     "float[0] {}], type = seq(float[N]), types = [float, int32[2]], "
	     "sp = sparse_tensor(float[9]) {float[1] {2.5}, int64[1] {4}}> "
	     "()\n"
	     "}\n",
	HEAD "inner (bool c, float x) => (y) {\n"
	     "   y = If (c) <then_branch = a () => (t) <\n"
	     "         float k = {2}\n"
	     "      > {\n"
	     "         t = Add (x, k)\n"
	     "      }, else_branch = \"\" () => (t) {\n"
	     "         t = Neg (x)\n"
	     "      }>\n"
	     "}\n",
	HEAD
	"names () => (\"y z\") {\n"
	"   \"y z2\" = \"Op 2\" ()\n"
	"   [\"n 1\"] \"y z\", \"\" = \"my-dom\".ai.Op:v1 (\"\", \"y z2\")\n"
	"}\n",
	HEAD "main (x) => (y) {\n"
	     "   y = local.f <alpha = 2.0> (x)\n"
	     "}\n"
	     "\n"
	     "<domain: \"local\", opset_import: [\"\" : 17]>\n"
	     "f <alpha, beta = 0.5> (x) => (float[N] y) {\n"
	     "   y = LeakyRelu <alpha: float = @alpha> (x)\n"
	     "}\n",
	"<ir_version: 3, opset_import: [\"\" : 7, \"ai.onnx.ml\" : 2],\n"
	"   producer_name: \"p\",\n"
	"   producer_version: \"\",\n"
	"   domain: \"d\",\n"
	"   model_version: -1,\n"
	"   doc_string: \"a\\\"b\nc\",\n"
	"   metadata_props: [\"key\" : \"value\", \"k2\" : \"\"]>\n"
	"old (float[2] w, float[2] x) => (float[2] y) <\n"
	"   float[2] w = {1, 2}\n"
	"> {\n"
	"   y = Add (w, x)\n"
	"}\n",
	HEAD "data () => () <\n"
	     "   uint8[2] u8 = {0, 255},\n"
	     "   int8[2] i8 = {-128, 127},\n"
	     "   uint16[1] u16 = {65535},\n"
	     "   int16[1] i16 = {-32768},\n"
	     "   int32[1] i32 = {-2147483648},\n"
	     "   int64[1] i64 = {-9223372036854775808},\n"
	     "   uint32[1] u32 = {4294967295},\n"
	     "   uint64[1] u64 = {18446744073709551615},\n"
	     "   string[3] str = {\"\", \"a\\\"b\", \"\n\"},\n"
	     "   bool[2] b = {0, 1},\n"
	     "   float16[2] h = {15360, 64511},\n"
	     "   double[3] d = {0.1, -inf, 1e-310},\n"
	     "   complex64[1] c = {1, -0.5},\n"
	     "   complex128[1] z = {0.1, 3},\n"
	     "   bfloat16[1] bf = {16256},\n"
	     "   float8e4m3fn[1] f1 = {255},\n"
	     "   float8e4m3fnuz[1] f2 = {128},\n"
	     "   float8e5m2[1] f3 = {1},\n"
	     "   float8e5m2fnuz[1] f4 = {2},\n"
	     "   uint4[3] u4 = {33, 3},\n"
	     "   int4[3] i4 = {225, 3},\n"
	     "   float4e2m1[2] f5 = {33},\n"
	     "   float8e8m0[1] f6 = {127},\n"
	     "   uint2[5] u2 = {228, 1},\n"
	     "   int2[4] i2 = {228},\n"
	     "   float6e2m3[4] f7 = {1, 2, 3},\n"
	     "   float6e3m2[1] f8 = {63},\n"
	     "   float[0,7] empty = {}\n"
	     "> {\n"
	     "}\n",
};

START_TEST(prints_what_it_read)
{
	parse_ok(fixed_points[_i]);
	ck_assert_str_eq(print(NULL), fixed_points[_i]);
}
END_TEST

START_TEST(travels_through_a_binary_file)
{
	struct memory_sink file;
	struct input in = {.fd = -1, .dir = -1};

	parse_ok(fixed_points[_i]);
	memory_sink_init(&file, NULL);
	ck_assert_msg(onnx_write_stream(&file.sink, m, &e), "%s", e.msg);
	model_free(m);
	m = NULL;
	in.bytes = (struct bytes){file.buf.data, file.len};
	ck_assert_msg(onnx_read_model(&m, &in, &limits_default, NULL, &e), "%s",
		      e.msg);
	ck_assert_str_eq(print(NULL), fixed_points[_i]);
	memory_sink_release(&file);
}
END_TEST

START_TEST(is_relaxed_about_layout_and_comments)
{
	parse_ok("# a comment\n<ir_version:8,#x\nopset_import:[\"\":17]>g(float"
		 "[2]x)=>(y)<float[2]w={1,2}>{a,=Op(x,,w)<k=1>y=Neg(a)}");
	ck_assert_str_eq(print(NULL), HEAD "g (float[2] x) => (y) <\n"
					   "   float[2] w = {1, 2}\n"
					   "> {\n"
					   "   a = Op <k = 1> (x, \"\", w)\n"
					   "   y = Neg (a)\n"
					   "}\n");
}
END_TEST

START_TEST(reads_small_types_as_numbers_too)
{
	const struct tensor *t;

	parse_ok(HEAD "g () => () <float16[2] h = {1.5, -0.5}, int4[3] q = {1, "
		      "-2, 3}, uint4[1] u = {15}> {}");
	t = m->main->konst[0]->konst;
	ck_assert_double_eq(tensor_double(t, 0), 1.5);
	ck_assert_double_eq(tensor_double(t, 1), -0.5);
	t = m->main->konst[1]->konst;
	ck_assert_int_eq(tensor_int(t, 0), 1);
	ck_assert_int_eq(tensor_int(t, 1), -2);
	ck_assert_int_eq(tensor_int(t, 2), 3);
	ck_assert_int_eq(tensor_int(m->main->konst[2]->konst, 0), 15);
}
END_TEST

START_TEST(types_inner_values_and_outputs)
{
	const struct value *v;

	parse_ok(HEAD "g (x) => (float[N] y) <int8[3] t> { t = A (x)\n"
		      "y = B (t) }");
	v = m->main->first->out[0];
	ck_assert_int_eq(v->type.dtype, DTYPE_I8);
	ck_assert_int_eq(v->type.shape.dim[0], 3);
	v = m->main->last->out[0];
	ck_assert_int_eq(v->type.dtype, DTYPE_F32);
	ck_assert_str_eq(symbol_of(&m->symbols, v->type.shape.dim[0])->name,
			 "N");
}
END_TEST

START_TEST(an_initialized_input_is_a_default_since_ir_4)
{
	parse_ok(HEAD "g (float x = {1}) => () {}");
	ck_assert_ptr_nonnull(m->main->in[0]->fallback);
	ck_assert(value_is_fed(m->main->in[0]));
	parse_ok("<ir_version: 3, opset_import: [\"\" : 7]> g (float x = {1}) "
		 "=> () {}");
	ck_assert_ptr_null(m->main->in[0]->fallback);
	ck_assert(!value_is_fed(m->main->in[0]));
}
END_TEST

START_TEST(sorts_nodes_and_warns)
{
	parse_ok(HEAD "g (x) => (y) { y = B (t)\n t = A (x) }");
	ck_assert_str_eq(m->main->first->type, "A");
	ck_assert_uint_eq(m->nwarning, 1);
	parse_ok(HEAD "g (c) => (y) { y = If (c) <a = h () => (z) { z = N (t) "
		      "}>\n t = A (c) }");
	ck_assert_str_eq(m->main->first->type, "A");
}
END_TEST

START_TEST(inner_names_shadow_outer_ones)
{
	const struct graph *inner;

	parse_ok(HEAD "g (x) => (y) { y = If (x) <a = h () => (z) <float x = "
		      "{1}> { z = N (x) }> }");
	inner = m->main->first->attr[0].u.graphs[0];
	ck_assert_ptr_eq(inner->first->in[0].value, inner->konst[0]);
	ck_assert_ptr_eq(m->main->first->in[0].value, m->main->in[0]);
}
END_TEST

START_TEST(names_what_rewriting_left_nameless)
{
	struct value *x, *t;

	parse_ok(HEAD "g (x) => (a, b, c) { a = A (x)\n t = T (a)\n"
		      "b = B (t)\n c = C (t) }");
	x = m->main->in[0];
	t = m->main->first->next->out[0];
	/* b and c read t now, a reads the input; an old result is called t. */
	use_set(&m->main->out[0].read, x);
	use_set(&m->main->out[1].read, t);
	use_set(&m->main->out[2].read, t);
	m->main->last->out[0]->name = "b";
	m->main->last->prev->out[0]->name = "";
	ck_assert_str_eq(print(NULL), HEAD "g (x) => (a, b, c) {\n"
					   "   a_1 = A (x)\n"
					   "   b = T (a_1)\n"
					   "   v_3 = B (b)\n"
					   "   b_4 = C (b)\n"
					   "   a = Identity (x)\n"
					   "   c = Identity (b)\n"
					   "}\n");
}
END_TEST

START_TEST(elides_on_request)
{
	struct onnxtxt_opts o = {.elide = 2, .no_types = true};

	parse_ok(HEAD "g (x) => (y) <float[3] w = {1,2,3}, float16[2] h = "
		      "{15360, 0}, float[1] t> { t = A <l = [1,2,3], k = [1]> "
		      "(x)\n y = B (t) }");
	ck_assert_str_eq(print(&o), HEAD "g (x) => (y) <\n"
					 "   float[3] w = {...},\n"
					 "   float16[2] h = {1.0, 0.0}\n"
					 "> {\n"
					 "   t = A <l = [...], k = [1]> (x)\n"
					 "   y = B (t)\n"
					 "}\n");
	ck_assert(!parse(print(&o)));
	ck_assert_ptr_nonnull(strstr(e.msg, "left out"));
}
END_TEST

static const struct {
	const char *text, *says;
	enum err_code code;
} bad[] = {
	{"", "line 1, column 1: the header has no positive ir_version",
	 ERR_FORMAT},
	{"<ir_version: 8> g () => () {}", "no opset_import", ERR_FORMAT},
	{"<ir_version: 8, ir_version: 8>", "'ir_version' is given twice",
	 ERR_FORMAT},
	{"<ir_version: 8, colour: 3>", "'colour' is no key of a model",
	 ERR_FORMAT},
	{"<ir_version: \"8\">", "expected an integer, found a string",
	 ERR_FORMAT},
	{HEAD, "line 2, column 1: expected a name, found the end", ERR_FORMAT},
	{HEAD "g (x) -> (y) {}", "line 2, column 7: expected '=>', found '-'",
	 ERR_FORMAT},
	{HEAD "g () => (y) {}", "line 2, column 10: 'y' is not defined",
	 ERR_FORMAT},
	{HEAD "g () => () { y = A (x) }", "'x' is not defined", ERR_FORMAT},
	{HEAD "g (x) => () { x = A () }", "'x' is defined twice", ERR_FORMAT},
	{HEAD "g () => () { y = A (z)\n z = B (y) }", "cycle", ERR_FORMAT},
	{HEAD "g () => () { y = A (y) }", "cycle", ERR_FORMAT},
	{HEAD "g () => () { y = A <a = 1, a = 2> () }",
	 "attribute 'a' is given twice", ERR_FORMAT},
	{HEAD "g () => () { y = A <a = []> () }",
	 "an empty list needs a type, as in 'a: ints = []'", ERR_FORMAT},
	{HEAD "g () => () { y = A <a: int = [1]> () }",
	 "expected one int, found a list", ERR_FORMAT},
	{HEAD "g () => () { y = A <a: int = 1.5> () }",
	 "expected int, found float", ERR_FORMAT},
	{HEAD "g () => () { y = A <a = [1, \"x\"]> () }",
	 "expected int, found string", ERR_FORMAT},
	{HEAD "g () => () { y = A <a: number = 1> () }",
	 "'number' is no attribute type", ERR_FORMAT},
	{HEAD "g () => () { y = A <a = 99999999999999999999> () }",
	 "is outside -9223372036854775808..9223372036854775807", ERR_FORMAT},
	{HEAD "g () => () { y = A <a = \"x> () }",
	 "column 25: the string has no closing '\"'", ERR_FORMAT},
	{HEAD "g () => () { y = A <a = \"x\\", "no closing '\"'", ERR_FORMAT},
	{HEAD "g () => () { y = A <a = -> () }", "expected a value, found '-'",
	 ERR_FORMAT},
	{HEAD "g () => () { y = A <a = 1e> () }", "exponent has no digits",
	 ERR_FORMAT},
	{HEAD "g () => () { y = A <a = 1e99> () }", "does not fit a float",
	 ERR_FORMAT},
	{HEAD "g () => () { y A () }", "expected '=', found 'A'", ERR_FORMAT},
	{HEAD "g () => () <float[2] w = {1}> {}", "1 values, the shape wants 2",
	 ERR_FORMAT},
	{HEAD "g () => () <float[2] w = {1,2,3}> {}",
	 "more than the 2 values of the shape", ERR_FORMAT},
	{HEAD "g () => () <float[9999999] w = {1}> {}", "the text ends before",
	 ERR_FORMAT},
	{HEAD "g () => () <float[4294967296,4294967296] w = {1}> {}",
	 "values need a known shape", ERR_LIMIT},
	{HEAD "g () => () <float[N] w = {1}> {}", "values need a known shape",
	 ERR_SHAPE},
	{HEAD "g () => () <int8[1] w = {128}> {}", "128 is outside -128..127",
	 ERR_FORMAT},
	{HEAD "g () => () <uint4[2] w = {1, 16}> {}",
	 "the number does not fit uint4", ERR_FORMAT},
	{HEAD "g () => () <uint64[1] w = {-1}> {}", "-1 is outside 0..",
	 ERR_FORMAT},
	{HEAD "g () => () <int32[1] w = {1.5}> {}",
	 "expected an integer, found a fraction", ERR_FORMAT},
	{HEAD "g () => () <float16[2] w = {1.5, 2}> {}", "not both",
	 ERR_FORMAT},
	{HEAD "g () => () <string[1] w = {1}> {}",
	 "expected a string in quotes", ERR_FORMAT},
	{HEAD "g () => () <float[1] w = [\"location\": \"x\"]> {}",
	 "external data is not read from text", ERR_UNSUPPORTED},
	{HEAD "g (float[-7] x) => () {}", "dimension -7 is negative",
	 ERR_FORMAT},
	{HEAD "g (opaque(a) x) => () {}", "opaque types", ERR_UNSUPPORTED},
	{HEAD
	 "g () => () {} <domain: \"d\"> f () => () {} <domain: \"d\"> f () "
	 "=> () {}",
	 "function 'f' is defined twice", ERR_FORMAT},
	{HEAD "g () => () {} <ir_version: 3> f () => () {}",
	 "'ir_version' is no key of a function", ERR_FORMAT},
	{HEAD
	 "g (float[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
	 "1,1,1,1,1] x) => () {}",
	 "more than 32 dimensions", ERR_LIMIT},
};

START_TEST(refuses)
{
	ck_assert(!parse(bad[_i].text));
	ck_assert_msg(strstr(e.msg, bad[_i].says) != NULL, "%s", e.msg);
	ck_assert_int_eq(e.code, bad[_i].code);
}
END_TEST

/* HEAD, then OPEN N times. */
static const char *nested(struct str *s, const char *start, const char *open,
			  int n)
{
	str_add(s, start);
	while (n--)
		str_add(s, open);
	return s->text;
}

START_TEST(refuses_deep_nesting)
{
	struct str s = {0};

	ck_assert(!parse(nested(&s, HEAD "g (", "seq(", 100000)));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "types nest deeper than 32"));
	str_release(&s);
	ck_assert(!parse(nested(&s, HEAD "g () => () {",
				"= A <b = g () => () {", 100000)));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "graphs nest deeper than 32"));
	str_release(&s);
}
END_TEST

START_TEST(survives_every_truncation_and_changed_byte)
{
	const char *text = fixed_points[_i];
	size_t n = strlen(text);
	char copy[4096];

	for (size_t i = 0; i < n; i++) {
		struct bytes b = {(const uint8_t *)text, i};

		model_free(m);
		m = NULL;
		(void)!onnxtxt_parse(&m, b, &limits_default, &e);
		memcpy(copy, text, n + 1);
		copy[i] = "({<[,\"-0\\"[i % 9];
		(void)!parse(copy);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("onnxtxt");
	TCase *tc = tcase_create("onnxtxt");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, prints_what_it_read, 0,
			    (int)COUNT_OF(fixed_points));
	tcase_add_loop_test(tc, travels_through_a_binary_file, 0,
			    (int)COUNT_OF(fixed_points));
	tcase_add_test(tc, is_relaxed_about_layout_and_comments);
	tcase_add_test(tc, reads_small_types_as_numbers_too);
	tcase_add_test(tc, types_inner_values_and_outputs);
	tcase_add_test(tc, an_initialized_input_is_a_default_since_ir_4);
	tcase_add_test(tc, sorts_nodes_and_warns);
	tcase_add_test(tc, inner_names_shadow_outer_ones);
	tcase_add_test(tc, names_what_rewriting_left_nameless);
	tcase_add_test(tc, elides_on_request);
	tcase_add_loop_test(tc, refuses, 0, (int)COUNT_OF(bad));
	tcase_add_test(tc, refuses_deep_nesting);
	tcase_add_loop_test(tc, survives_every_truncation_and_changed_byte, 0,
			    (int)COUNT_OF(fixed_points));
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
