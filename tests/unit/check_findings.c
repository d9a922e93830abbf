/* SPDX-License-Identifier: Apache-2.0 */
/* mlopt check: a broken model for every rule, and what is not broken. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "formats/format.h"
#include "ops/op.h"
#include "tests/hostile/corpus.h"

static char top[] = "/tmp/check_findings.XXXXXX";
static struct findings found;

static void setup(void)
{
	memcpy(top + strlen(top) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(top));
	found = (struct findings){.count = 0};
}

static void teardown(void)
{
	char command[128];

	findings_release(&found);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

/* ---- models that the text syntax cannot say ------------------------------ */

/* IR IR, opset OPSET (0: none), graph G, which is freed. */
static void finish(struct hostile_file *f, struct pb *g, int64_t ir,
		   int64_t opset)
{
	struct pb set = {0};

	put_value(g, 11, "X");
	put_value(g, 12, "Y");
	pb_text(g, 2, "g");
	pb_int(&f->model, 1, ir);
	pb_int(&set, 2, opset);
	pb_message(&f->model, 7, g);
	if (opset)
		pb_message(&f->model, 8, &set);
	pb_free(&set);
}

static void relu(struct hostile_file *f, int64_t ir, int64_t opset)
{
	struct pb g = {0};

	put_node(&g, "Relu", "X", NULL, "Y");
	finish(f, &g, ir, opset);
}

static void garbage(struct hostile_file *f)
{
	pb_raw(&f->model, "\xff\xff\xff", 3);
}

static void old_ir(struct hostile_file *f)
{
	relu(f, 2, 7);
}

static void no_ir(struct hostile_file *f)
{
	relu(f, 0, 17);
}

static void newer_ir(struct hostile_file *f)
{
	relu(f, 99, 17);
}

static void newer_opset(struct hostile_file *f)
{
	relu(f, 8, 9999);
}

static void no_opset(struct hostile_file *f)
{
	relu(f, 8, 0);
}

static void metadata_twice(struct hostile_file *f)
{
	relu(f, 8, 17);
	for (int i = 0; i < 2; i++) {
		struct pb entry = {0};

		pb_text(&entry, 1, "author");
		pb_text(&entry, 2, "nobody");
		pb_message(&f->model, 14, &entry);
	}
}

/* A node with one attribute "axis", given COUNT times. */
static void softmax(struct hostile_file *f, const void *name, size_t n,
		    int count)
{
	struct pb g = {0}, node = {0};

	pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_bytes(&node, 3, name, n);
	pb_text(&node, 4, "Softmax");
	for (int i = 0; i < count; i++) {
		struct pb attr = {0};

		pb_text(&attr, 1, "axis");
		pb_int(&attr, 3, 0);
		pb_int(&attr, 20, 2);
		pb_message(&node, 5, &attr);
	}
	pb_message(&g, 1, &node);
	finish(f, &g, 8, 17);
}

static void attribute_twice(struct hostile_file *f)
{
	softmax(f, "n", 1, 2);
}

static void latin_name(struct hostile_file *f)
{
	softmax(f, "caf\xe9", 4, 1);
}

static void no_results(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Relu", "X", NULL, "Y");
	put_node(&g, "Relu", "X", NULL, NULL);
	finish(f, &g, 8, 17);
}

/* A second input Z of element type TYPE and dimension DIM. */
static void odd_input(struct hostile_file *f, int64_t type, int64_t dim)
{
	struct pb g = {0}, value = {0}, t = {0}, tensor = {0}, shape = {0};
	struct pb d = {0};

	pb_int(&d, 1, dim);
	pb_message(&shape, 1, &d);
	pb_int(&tensor, 1, type);
	pb_message(&tensor, 2, &shape);
	pb_message(&t, 1, &tensor);
	pb_text(&value, 1, "Z");
	pb_message(&value, 2, &t);
	put_node(&g, "Relu", "X", NULL, "Y");
	pb_message(&g, 11, &value);
	finish(f, &g, 8, 17);
}

static void strange_type(struct hostile_file *f)
{
	odd_input(f, 99, 2);
}

static void negative_dim(struct hostile_file *f)
{
	odd_input(f, 1, -3);
}

/* Y = Add (X, W), W being T, which is freed. */
static void add(struct hostile_file *f, struct pb *t)
{
	struct pb g = {0};

	put_node(&g, "Add", "X", "W", "Y");
	pb_message(&g, 5, t);
	finish(f, &g, 8, 17);
}

static const int64_t two = 2;

static void short_data(struct hostile_file *f)
{
	struct pb t = {0};

	put_tensor_head(&t, "W", 1, &two, 1);
	pb_bytes(&t, 9, "1234567", 7);
	add(f, &t);
}

/* An input of two elements with three as default. */
static void odd_initializer(struct hostile_file *f)
{
	static const int64_t three = 3;
	static const float w[3] = {1, 2, 3};
	struct pb t = {0}, g = {0};

	put_node(&g, "Add", "X", "W", "Y");
	put_value(&g, 11, "W");
	put_tensor_head(&t, "W", 1, &three, 1);
	pb_bytes(&t, 9, w, sizeof(w));
	pb_message(&g, 5, &t);
	finish(f, &g, 8, 17);
}

static void put_entry(struct pb *tensor, const char *key, const char *value)
{
	struct pb entry = {0};

	pb_text(&entry, 1, key);
	pb_text(&entry, 2, value);
	pb_message(tensor, 13, &entry);
}

static void external(struct hostile_file *f, const char *checksum)
{
	struct pb t = {0};

	put_tensor_head(&t, "W", 1, &two, 1);
	put_entry(&t, "location", "weights");
	if (checksum)
		put_entry(&t, "checksum", checksum);
	pb_int(&t, 14, 1);
	add(f, &t);
}

static void no_file(struct hostile_file *f)
{
	external(f, NULL);
}

static void wrong_sum(struct hostile_file *f)
{
	put_file(f, "weights", "12345678", 8);
	external(f, "0000000000000000000000000000000000000000");
}

static void right_sum(struct hostile_file *f)
{
	put_file(f, "weights", "12345678", 8);
	external(f, "7C222FB2927D828AF22F592134E8932480637C0D");
}

static void orphans(struct hostile_file *f)
{
	static const char data[1000];

	put_file(f, "weights", data, sizeof(data));
	external(f, NULL);
}

static void put_function(struct pb *model, const char *name, const char *calls)
{
	struct pb fn = {0}, node = {0}, set = {0};

	pb_text(&fn, 1, name);
	pb_text(&fn, 4, "a");
	pb_text(&fn, 5, "b");
	pb_text(&node, 1, "a");
	pb_text(&node, 2, "b");
	pb_text(&node, 4, calls);
	pb_text(&node, 7, "local");
	pb_message(&fn, 7, &node);
	pb_text(&set, 1, "local");
	pb_int(&set, 2, 1);
	pb_message(&fn, 9, &set);
	pb_text(&fn, 10, "local");
	pb_message(model, 25, &fn);
}

static void recursion(struct hostile_file *f)
{
	relu(f, 8, 17);
	put_function(&f->model, "even", "odd");
	put_function(&f->model, "odd", "even");
}

static void function_twice(struct hostile_file *f)
{
	relu(f, 8, 17);
	put_function(&f->model, "even", "other");
	put_function(&f->model, "even", "other");
}

/* ---- a case for every rule ----------------------------------------------- */

#define HEAD "<ir_version: 8, opset_import: [\"\" : 17]>\n"
#define G HEAD "g (float[2] X) => (float[2] Y) "
#define FUNCTIONS "<ir_version: 8, opset_import: [\"\" : 17, \"f\" : 1]>\n"
#define X8 "X, X, X, X, X, X, X, X"
#define I8 "i, i, i, i, i, i, i, i,"
#define FN "<domain: \"f\", opset_import: [\"\" : 17]>\n"

static const struct {
	enum rule_id rule;
	const char *path, *node, *value; /* of the finding */
	const char *text;
	void (*build)(struct hostile_file *f);
} cases[] = {
	{RULE_UNREADABLE, "", "", "", NULL, garbage},
	{RULE_UNREADABLE, "", "", "", G "{ Y = Relu (X }", NULL},
	{RULE_IR_VERSION, "", "", "", NULL, no_ir},
	{RULE_NEWER_IR, "", "", "", NULL, newer_ir},
	{RULE_IR_FEATURE, "main", "", "X",
	 "<ir_version: 8, opset_import: [\"\" : 19]> g (float8e4m3fn[2] X) "
	 "=> (float8e4m3fn[2] Y) { Y = Identity (X) }",
	 NULL},
	{RULE_IR_OPSET, "", "", "",
	 "<ir_version: 7, opset_import: [\"\" : 17]> g (float[2] X) => "
	 "(float[2] Y) { Y = Relu (X) }",
	 NULL},
	{RULE_OPSET_VERSION, "", "", "", NULL, newer_opset},
	{RULE_OPSET_VERSION, "", "", "",
	 "<ir_version: 14, opset_import: [\"\" : 99]> g (float[2] X) => "
	 "(float[2] Y) { Y = Relu (X) }",
	 NULL},
	{RULE_OPSET_VERSION, "function id", "", "",
	 FUNCTIONS "g (float[2] X) => (float[2] Y) { T = Neg (X) Y = f.id (T) "
		   "}\n<domain: \"f\", opset_import: [\"\" : 0]>\n"
		   "id (x) => (y) { y = Identity (x) }",
	 NULL},
	{RULE_NEWER_IR, "", "", "",
	 "<ir_version: 99, opset_import: [\"\" : 17]> g (float[2] X) => "
	 "(float[2] Y) { Y = Relu (X) }",
	 NULL},
	{RULE_DUPLICATE_ATTRIBUTE, "main", "", "axis",
	 G "{ Y = Softmax <axis = 0, axis = 0> (X) }", NULL},
	{RULE_MISSING_OPSET, "", "", "", NULL, no_opset},
	{RULE_MISSING_OPSET, "main", "Y", "", G "{ Y = other.Relu (X) }", NULL},
	{RULE_UNUSED_OPSET, "main", "", "other",
	 "<ir_version: 8, opset_import: [\"\" : 17, \"other\" : 1]> "
	 "g (float[2] X) => (float[2] Y) { Y = Relu (X) }",
	 NULL},
	{RULE_METADATA, "", "", "author", NULL, metadata_twice},
	{RULE_MISSING_NAME, "main", "", "",
	 HEAD "\"\" (float[2] X) => (float[2] Y) { Y = Relu (X) }", NULL},
	{RULE_NAME_ENCODING, "main", "caf\xe9", "", NULL, latin_name},
	{RULE_DUPLICATE, "main", "T", "T",
	 G "{ T = Relu (X) T = Abs (X) Y = Neg (T) }", NULL},
	{RULE_DUPLICATE, "main", "", "X",
	 HEAD "g (float[2] X, float[2] X) => (float[2] Y) { Y = Neg (X) }",
	 NULL},
	{RULE_SHADOWED, "main/If 'Y'/then_branch", "X", "X",
	 HEAD "g (bool C, float[2] X) => (float[2] Y) { Y = If (C) <"
	      "then_branch = a () => (X) { X = Constant <value = float[2] "
	      "{1, 2}> () }, else_branch = b () => (Z) { Z = Neg (X) }> }",
	 NULL},
	{RULE_UNDEFINED, "main", "Y", "nowhere", G "{ Y = Add (X, nowhere) }",
	 NULL},
	{RULE_UNDEFINED_OUTPUT, "main", "", "Z",
	 HEAD "g (float[2] X) => (float[2] Y, float[2] Z) { Y = Neg (X) }",
	 NULL},
	{RULE_DUPLICATE_OUTPUT, "main", "", "Y",
	 HEAD "g (float[2] X) => (float[2] Y, float[2] Y) { Y = Neg (X) }",
	 NULL},
	{RULE_DUPLICATE_NODE, "main", "n", "",
	 G "{ [n] T = Relu (X) [n] Y = Neg (T) }", NULL},
	{RULE_STALE_TYPE, "main", "", "T", G "<float[2] T> { Y = Neg (X) }",
	 NULL},
	{RULE_NODE, "main", "the_node", "", NULL, no_results},
	{RULE_UNSORTED, "main", "", "", G "{ Y = Neg (T) T = Relu (X) }", NULL},
	{RULE_CYCLE, "main", "", "", G "{ Y = Add (X, T) T = Neg (Y) }", NULL},
	{RULE_UNKNOWN_OPERATOR, "main", "Y", "", G "{ Y = Frobnicate (X) }",
	 NULL},
	{RULE_UNKNOWN_OPERATOR, "main", "Y", "",
	 "<ir_version: 8, opset_import: [\"\" : 13]> g (float[2] X) => "
	 "(float[2] Y) { Y = Mish (X) }",
	 NULL},
	{RULE_UNKNOWN_OPERATOR, "main", "Y", "",
	 "<ir_version: 8, opset_import: [\"\" : 13]> g (float[2] X, float[2] "
	 "S) => (float[2] Y) { Y = LayerNormalization (X, S) }",
	 NULL},
	{RULE_UNKNOWN_OPERATOR, "main", "Y", "",
	 "<ir_version: 8, opset_import: [\"\" : 17]> g (float[2] X, float[2] "
	 "S) => (float[2] Y) { Y = SimplifiedLayerNormalization (X, S) }",
	 NULL},
	{RULE_CUSTOM_OPERATOR, "main", "Y", "",
	 FUNCTIONS "g (float[2] X) => (float[2] Y) { T = Neg (X) Y = "
		   "f.Frobnicate (T) }",
	 NULL},
	{RULE_DEPRECATED, "main", "Y", "",
	 "<ir_version: 6, opset_import: [\"\" : 11]> g (float[3] X, int64[1] "
	 "I, float[1] U) => (float[3] Y) { Y = Scatter (X, I, U) }",
	 NULL},
	{RULE_OPERAND_COUNT, "main", "Y", "", G "{ Y = Add (X) }", NULL},
	{RULE_OPERAND_COUNT, "main", "Y", "", G "{ Y = Relu (X, X) }", NULL},
	{RULE_RESULT_COUNT, "main", "Y", "", G "{ Y, Z = Relu (X) }", NULL},
	{RULE_MISSING_OPERAND, "main", "Y", "A", G "{ Y = Add (, X) }", NULL},
	{RULE_DEAD_NODE, "main", "Z", "", G "{ Y = Neg (X) Z = Abs (X) }",
	 NULL},
	{RULE_UNKNOWN_ATTRIBUTE, "main", "Y", "slope",
	 G "{ Y = Relu <slope = 1.0> (X) }", NULL},
	{RULE_MISSING_ATTRIBUTE, "main", "Y", "axis", G "{ Y = Concat (X) }",
	 NULL},
	{RULE_ATTRIBUTE_KIND, "main", "Y", "axis",
	 G "{ Y = Softmax <axis = 1.5> (X) }", NULL},
	{RULE_ATTRIBUTE_VALUE, "main", "Y", "mode",
	 G "<int64[2] p = {0, 0}> { Y = Pad <mode = \"mirror\"> (X, p) }",
	 NULL},
	{RULE_DUPLICATE_ATTRIBUTE, "main", "n", "axis", NULL, attribute_twice},
	{RULE_ATTRIBUTE_REFERENCE, "main", "Y", "axis",
	 G "{ Y = Softmax <axis: int = @a> (X) }", NULL},
	{RULE_ATTRIBUTE_REFERENCE, "function soft", "b", "axis",
	 FUNCTIONS "g (float[2] X) => (float[2] Y) { Y = f.soft (X) }\n" FN
		   "soft <a> (x) => (b) { b = Softmax <axis: int = @z> (x) }",
	 NULL},
	{RULE_OPERAND_TYPE, "main", "Y", "X",
	 HEAD "g (string[2] X) => (float[2] Y) { Y = Relu (X) }", NULL},
	{RULE_OPERAND_TYPE, "main", "Y", "I",
	 HEAD "g (float[2] X, int64[2] I) => (float[2] Y) { Y = Add (X, I) }",
	 NULL},
	{RULE_OPERAND_SHAPE, "main", "Y", "",
	 HEAD "g (float[2] X, float[3] Z) => (float[2] Y) { Y = Add (X, Z) }",
	 NULL},
	{RULE_OPERAND_VALUE, "main", "Y", "",
	 G "{ Y = Einsum <equation = \"i->->\"> (X) }", NULL},
	{RULE_LIMIT, "main", "Y", "",
	 HEAD "g (float[1] X) => (float[N] Y) <int64[40] s = {1,1,1,1,1,1,1,1,"
	      "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"
	      "}> { Y = Expand (X, s) }",
	 NULL},
	{RULE_RESULT_TYPE, "main", "Y", "output",
	 "<ir_version: 4, opset_import: [\"\" : 9]> g (float[2] X) => "
	 "(bfloat16[2] Y) { Y = Cast <to = 16> (X) }",
	 NULL},
	{RULE_UNSUPPORTED, "main", "Y", "",
	 G "{ Y = Einsum <equation = \"" I8 I8 I8 I8 "i->i\"> (" X8 ", " X8
	   ", " X8 ", " X8 ", X"
	   ") }",
	 NULL},
	{RULE_DECLARED_TYPE, "main", "Y", "Y",
	 HEAD "g (float[2] X) => (int64[2] Y) { Y = Neg (X) }", NULL},
	{RULE_DECLARED_SHAPE, "main", "Y", "Y",
	 HEAD "g (float[2] X) => (float[3] Y) { Y = Neg (X) }", NULL},
	{RULE_VALUE_TYPE, "main", "", "Z", NULL, strange_type},
	{RULE_MISSING_TYPE, "main", "", "Y",
	 HEAD "g (float[2] X) => (Y) { Y = Neg (X) }", NULL},
	{RULE_MISSING_SHAPE, "main", "", "Z",
	 HEAD "g (float[2] X) => (float[2] Y, float[] Z) { Y = Neg (X) "
	      "Z = ReduceSum <keepdims = 0> (X) }",
	 NULL},
	{RULE_NEGATIVE_DIM, "main", "", "Z", NULL, negative_dim},
	{RULE_TENSOR_DATA, "main", "", "W", NULL, short_data},
	{RULE_EXTERNAL_DATA, "main", "", "W", NULL, no_file},
	{RULE_EXTERNAL_CHECKSUM, "", "", "W", NULL, wrong_sum},
	{RULE_ORPHAN_BYTES, "", "", "weights", NULL, orphans},
	{RULE_INITIALIZER_INPUT, "main", "", "W",
	 "<ir_version: 3, opset_import: [\"\" : 7]> g (float[2] X) => "
	 "(float[2] Y) <float[2] W = {1, 2}> { Y = Add (X, W) }",
	 NULL},
	{RULE_UNUSED_INITIALIZER, "main", "", "W",
	 G "<float[2] W = {1, 2}> { Y = Neg (X) }", NULL},
	{RULE_QUANT_SCALE, "main", "Y", "s",
	 HEAD "g (float[2] X) => (uint8[2] Y) <float s = {0}, uint8 z = {0}> "
	      "{ Y = QuantizeLinear (X, s, z) }",
	 NULL},
	{RULE_QUANT_ZERO, "main", "Y", "z",
	 HEAD "g (int32[2] X) => (float[2] Y) <float s = {1}, int32 z = {7}> "
	      "{ Y = DequantizeLinear (X, s, z) }",
	 NULL},
	{RULE_DUPLICATE_FUNCTION, "function even", "", "", NULL,
	 function_twice},
	{RULE_RECURSION, "function even", "", "", NULL, recursion},
	{RULE_RECURSION, "function even", "", "",
	 FUNCTIONS "g (float[2] X) => (float[2] Y) { T = Neg (X) Y = f.even "
		   "(T) }\n<domain: \"f\", opset_import: [\"f\" : 1]>\n"
		   "even (x) => (y) { y = f.even (x) }",
	 NULL},
	{RULE_UNKNOWN_ATTRIBUTE, "main", "Y", "b",
	 FUNCTIONS "g (float[2] X) => (float[2] Y) { T = Neg (X) Y = f.id <b "
		   "= 1> (T) }\n" FN "id (x) => (y) { y = Identity (x) }",
	 NULL},
	{RULE_OPERAND_COUNT, "main", "Y", "",
	 FUNCTIONS "g (float[2] X) => (float[2] Y) { T = Neg (X) Y = f.id (T, "
		   "X) }\n" FN "id (x) => (y) { y = Identity (x) }",
	 NULL},
	{RULE_DECLARED_SHAPE, "main", "", "W", NULL, odd_initializer},
	{RULE_IR_VERSION, "", "", "", NULL, old_ir},
	{RULE_UNUSED_FUNCTION, "function id", "", "",
	 HEAD "g (float[2] X) => (float[2] Y) { Y = Neg (X) }\n" FN
	      "id (x) => (y) { y = Identity (x) }",
	 NULL},
};

static void check_path(const char *dir, const char *name)
{
	char *path = path_in(dir, name);
	struct err e;

	ck_assert_msg(check_file(&found, path, &limits_default, &e), "%s",
		      e.msg);
	free(path);
}

/* Check the model of a case. */
static void check_it(const char *text, void (*build)(struct hostile_file *f))
{
	const struct hostile h = {.id = "case", .build = build};
	const struct hostile_file f = {.dir = top};
	char *dir = path_in(top, "case");

	if (text) {
		put_file(&f, "model.onnxtxt", text, strlen(text));
		check_path(top, "model.onnxtxt");
	} else {
		hostile_write(&h, dir);
		check_path(dir, "model.onnx");
	}
	free(dir);
}

static const struct finding *find(enum rule_id rule)
{
	for (uint32_t i = 0; i < found.count; i++)
		if (found.at[i].rule == rule)
			return &found.at[i];
	return NULL;
}

START_TEST(finds_what_each_rule_is_about)
{
	const struct finding *x;

	check_it(cases[_i].text, cases[_i].build);
	x = find(cases[_i].rule);
	ck_assert_msg(x, "no %s, but %s", finding_rules[cases[_i].rule].id,
		      found.count ? found.at[0].message : "nothing");
	ck_assert_int_eq(x->severity, finding_rules[x->rule].severity);
	ck_assert_msg(!strcmp(x->path, cases[_i].path), "%s: path '%s'",
		      x->message, x->path);
	ck_assert_msg(!strcmp(x->node, cases[_i].node), "%s: node '%s'",
		      x->message, x->node);
	ck_assert_msg(!strcmp(x->value, cases[_i].value), "%s: value '%s'",
		      x->message, x->value);
	ck_assert_msg(!strchr(x->message, '\n'), "%s", x->message);
	/* One problem is one finding, but for what it entails. */
	ck_assert_msg(found.count <= 5, "%u findings, the last is %s: %s",
		      found.count,
		      finding_rules[found.at[found.count - 1].rule].id,
		      found.at[found.count - 1].message);
}
END_TEST

START_TEST(every_rule_has_a_case)
{
	for (int r = 0; r < RULE_COUNT; r++) {
		size_t i = 0;

		while (i < COUNT_OF(cases) && (int)cases[i].rule != r)
			i++;
		ck_assert_msg(i < COUNT_OF(cases), "rule '%s' has no case",
			      finding_rules[r].id);
	}
}
END_TEST

/* ---- no false alarms ----------------------------------------------------- */

static const struct {
	const char *text;
	void (*build)(struct hostile_file *f);
} clean[] = {
	{G "{ Y = Relu (X) }", NULL},
	{NULL, right_sum},
	{HEAD "g (bool C, float[2] X) => (float[2] Y) { Y = If (C) <"
	      "then_branch = a () => (A) { A = Abs (X) }, "
	      "else_branch = b () => (B) { B = Neg (X) }> }",
	 NULL},
	{FUNCTIONS "g (float[2] X) => (float[2] Y) { T = Neg (X) Y = "
		   "f.soft <a = 0> (T) }\n" FN
		   "soft <a> (x) => (b) { b = Softmax <axis: int = @a> (x) }",
	 NULL},
	{HEAD "g (float[2] X) => (uint8[2] Y) <float s = {0.5}, uint8 z = {7}> "
	      "{ Y = QuantizeLinear (X, s, z) }",
	 NULL},
	{"<ir_version: 8, opset_import: [\"ai.onnx\" : 17]> g (float[2] X) => "
	 "(float[2] Y) { T = ai.onnx.Relu (X) Y = Neg (T) }",
	 NULL},
	{HEAD "g (float[N,4] X) => (float[M,4] Y) { Y = Softmax <axis = -1> "
	      "(X) }",
	 NULL},
};

START_TEST(has_nothing_to_say_about_good_models)
{
	check_it(clean[_i].text, clean[_i].build);
	ck_assert_msg(!found.count, "%s: %s",
		      finding_rules[found.at[0].rule].id, found.at[0].message);
}
END_TEST

/* ---- all of several ------------------------------------------------------ */

START_TEST(finds_all_that_is_wrong_in_one_model)
{
	static const enum rule_id wanted[] = {
		RULE_DUPLICATE,	    RULE_UNDEFINED,	RULE_UNKNOWN_OPERATOR,
		RULE_OPERAND_SHAPE, RULE_DECLARED_TYPE, RULE_DEAD_NODE,
	};

	check_it(G "{ A = Relu (X) A = Abs (X) B = Add (A, nowhere)\n"
		   "C = Frobnicate (B) <float[3] W = {1, 2, 3}> }",
		 NULL);
	ck_assert_ptr_nonnull(find(RULE_UNREADABLE));
	findings_release(&found);
	check_it(G "<float[3] W = {1, 2, 3}> { A = Relu (X) A = Abs (X)\n"
		   "B = Add (A, nowhere) C = Frobnicate (B) D = Add (X, W)\n"
		   "E = Shape (X) Y = Neg (E) }",
		 NULL);
	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		ck_assert_msg(find(wanted[i]), "no %s",
			      finding_rules[wanted[i]].id);
	for (uint32_t i = 1; i < found.count; i++)
		ck_assert_int_le(found.at[i].severity,
				 found.at[i - 1].severity);
}
END_TEST

/* ---- bad files ----------------------------------------------------------- */

/* Reading and inference as every other command does it. */
static bool loads(const char *path)
{
	struct model *m;
	struct err e;
	bool ok;

	if (!format_read_model(&m, path, &limits_default, &e))
		return false;
	op_bind_model(m);
	ok = infer_model(m, &e);
	model_free(m);
	return ok;
}

/* What does not load has an error, or a warning that says why. */
static void check_consistency(const char *path, const char *what)
{
	struct err e;

	ck_assert(check_file(&found, path, &limits_default, &e));
	ck_assert_msg(found.number[SEVERITY_ERROR] || find(RULE_UNSUPPORTED) ||
			      find(RULE_QUANT_SCALE) || loads(path),
		      "%s does not load, but has no error", what);
	for (uint32_t i = 0; i < found.count; i++)
		ck_assert_msg(!strchr(found.at[i].message, '\n'), "%s", what);
	findings_release(&found);
}

START_TEST(says_why_bad_files_do_not_load)
{
	static const struct hostile *const tables[] = {
		hostile_bytes,	  hostile_graphs,    hostile_tensors,
		hostile_external, hostile_operators,
	};

	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct hostile *h = tables[t]; h->id; h++) {
			char *dir = path_in(top, h->id), *path;

			hostile_write(h, dir);
			path = path_in(dir, "model.onnx");
			check_consistency(path, h->id);
			free(path);
			free(dir);
		}
}
END_TEST

START_TEST(survives_every_changed_byte)
{
	struct hostile_file f = {.dir = top};
	char *path = path_in(top, "model.onnx"), what[32];

	put_good_model(&f.model);
	for (size_t i = 0; i < f.model.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			f.model.at[i] ^= (uint8_t)(1 << bit);
			put_file(&f, "model.onnx", f.model.at, f.model.len);
			snprintf(what, sizeof(what), "byte %zu bit %u", i, bit);
			check_consistency(path, what);
			f.model.at[i] ^= (uint8_t)(1 << bit);
		}
	pb_free(&f.model);
	free(path);
}
END_TEST

/* ---- reports ------------------------------------------------------------- */

START_TEST(writes_sarif)
{
	struct checked_file file = {.path = "a b/m.onnx"};
	struct json j = {0};

	check_it(G "{ Y = Add (X, nowhere) }", NULL);
	file.found = found;
	report_sarif(&j, &file, 1);
	ck_assert_ptr_nonnull(strstr(j.text.text, "\"version\": \"2.1.0\""));
	ck_assert_ptr_nonnull(strstr(j.text.text, "\"a%20b/m.onnx\""));
	ck_assert_ptr_nonnull(
		strstr(j.text.text, "\"ruleId\": \"undefined-value\""));
	ck_assert_ptr_nonnull(
		strstr(j.text.text, "\"main/'Y' (Add)/'nowhere'\""));
	json_release(&j);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("findings");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, finds_what_each_rule_is_about, 0,
			    COUNT_OF(cases));
	tcase_add_test(tc, every_rule_has_a_case);
	tcase_add_loop_test(tc, has_nothing_to_say_about_good_models, 0,
			    COUNT_OF(clean));
	tcase_add_test(tc, finds_all_that_is_wrong_in_one_model);
	tcase_add_test(tc, says_why_bad_files_do_not_load);
	tcase_add_test(tc, survives_every_changed_byte);
	tcase_add_test(tc, writes_sarif);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
