/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_onnx_read.c -- what ONNX files say, and what it becomes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnx.h"
#include "formats/onnx_payload.h"
#include "tests/hostile/corpus.h"

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

/* Read the model that P holds; P is freed by the caller after the model. */
static bool read_with(const struct pb *p, const struct limits *lim)
{
	struct input in = {.bytes = {p->at, p->len}, .fd = -1, .dir = -1};

	model_free(m);
	m = NULL;
	return onnx_read_model(&m, &in, lim, NULL, &e);
}

static void read_ok(const struct pb *p)
{
	ck_assert_msg(read_with(p, &limits_default), "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
}

/* ---- payloads ------------------------------------------------------------ */

/* FIELD of a tensor of TYPE and COUNT elements, and the bytes wanted. */
static const struct {
	const char *name;
	int type, count;
	unsigned field;
	const char *in;
	size_t nin;
	const char *want;
	size_t nwant;
} payloads[] = {
	{"float raw", 1, 1, 9, "\0\0\200?", 4, "\0\0\200?", 4},
	{"float typed", 1, 1, 4, "\0\0\200?", 4, "\0\0\200?", 4},
	{"uint8", 2, 3, 5, "\1\2\xff\1", 4, "\1\2\xff", 3},
	{"int8 as negative", 3, 1, 5, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1",
	 10, "\xff", 1},
	{"int8 as code", 3, 1, 5, "\xff\1", 2, "\xff", 1},
	{"uint16", 4, 1, 5, "\xff\xff\3", 3, "\xff\xff", 2},
	{"int32", 6, 2, 5, "\1\xff\xff\xff\xff\xf", 6,
	 "\1\0\0\0\xff\xff\xff\xff", 8},
	{"int64", 7, 1, 7, "\x80\1", 2, "\x80\0\0\0\0\0\0\0", 8},
	{"bool", 9, 2, 5, "\0\5", 2, "\0\1", 2},
	{"float16 as code", 10, 1, 5, "\x80\x78", 2, "\0\x3c", 2},
	{"double", 11, 1, 10, "\0\0\0\0\0\0\xf0?", 8, "\0\0\0\0\0\0\xf0?", 8},
	{"uint32", 12, 1, 11, "\xff\xff\xff\xff\xf", 5, "\xff\xff\xff\xff", 4},
	{"complex64", 14, 1, 4, "\0\0\200?\0\0\0\0", 8, "\0\0\200?\0\0\0\0", 8},
	{"int4, two in an entry", 22, 3, 5, "\x21\3", 2, "\x21\3", 2},
	{"int2, four in an entry", 26, 5, 5, "\x1b\1", 2, "\x1b\1", 2},
	{"float6, one in an entry", 27, 4, 5, "\1\2\3\4", 4, "\x81\x30\x10", 3},
};

START_TEST(decodes_the_typed_field_of_each_type)
{
	struct model *owner = model_new(NULL);
	struct onnx_store store = {.model = owner, .arena = &owner->arena};
	struct onnx_source source;
	ProtobufCMessage *p;
	struct tensor t;
	int64_t dim = payloads[_i].count;
	struct pb b = {0};

	put_tensor_head(&b, "t", payloads[_i].type, &dim, 1);
	pb_bytes(&b, payloads[_i].field, payloads[_i].in, payloads[_i].nin);
	onnx_source_init(&source, &store, NULL, &limits_default);
	ck_assert_msg(onnx_unpack(&p, (struct bytes){b.at, b.len},
				  &onnx__tensor_proto__descriptor, &store,
				  &limits_default, &e),
		      "%s: %s", payloads[_i].name, e.msg);
	ck_assert_msg(onnx_read_tensor(&t, (Onnx__TensorProto *)p, &source, &e),
		      "%s: %s", payloads[_i].name, e.msg);
	ck_assert_uint_eq(t.bytes, payloads[_i].nwant);
	ck_assert_msg(!memcmp(t.data, payloads[_i].want, t.bytes), "%s",
		      payloads[_i].name);
	model_free(owner);
	pb_free(&b);
}
END_TEST

START_TEST(uses_raw_data_where_it_lies)
{
	struct pb p = {0};
	const uint8_t *at;

	put_good_model(&p);
	read_ok(&p);
	ck_assert_uint_eq(m->main->nkonst, 1);
	at = m->main->konst[0]->konst->data;
	ck_assert(at > p.at && at < p.at + p.len);
	model_free(m);
	m = NULL;
	pb_free(&p);
}
END_TEST

/* ---- graphs -------------------------------------------------------------- */

/* Add (X, W) where W is both an initializer and an input. */
static void put_input_constant(struct pb *p, int ir)
{
	static const int64_t two = 2;
	static const float w[2] = {1, 2};
	struct pb g = {0}, t = {0}, opset = {0};

	put_node(&g, "Add", "X", "W", "Y");
	put_tensor_head(&t, "W", 1, &two, 1);
	pb_bytes(&t, 9, w, sizeof(w));
	pb_message(&g, 5, &t);
	put_value(&g, 11, "X");
	put_value(&g, 11, "W");
	put_value(&g, 12, "Y");
	pb_int(p, 1, ir);
	pb_int(&opset, 2, 7);
	pb_message(p, 8, &opset);
	pb_message(p, 7, &g);
}

START_TEST(takes_initializers_of_ir_3_for_constants)
{
	struct pb p = {0};

	put_input_constant(&p, 3);
	read_ok(&p);
	ck_assert_uint_eq(m->main->nin, 2);
	ck_assert_ptr_nonnull(m->main->in[1]->konst);
	ck_assert_ptr_null(m->main->in[1]->fallback);
	ck_assert(!value_is_fed(m->main->in[1]));
	teardown();
	setup();
	pb_free(&p);
}
END_TEST

START_TEST(takes_initializers_of_ir_4_for_defaults_of_inputs)
{
	struct pb p = {0};

	put_input_constant(&p, 4);
	read_ok(&p);
	ck_assert_ptr_null(m->main->in[1]->konst);
	ck_assert_ptr_nonnull(m->main->in[1]->fallback);
	ck_assert(value_is_fed(m->main->in[1]));
	teardown();
	setup();
	pb_free(&p);
}
END_TEST

START_TEST(takes_the_last_constant_of_a_name_and_warns)
{
	struct pb p = {0}, g = {0};
	const struct node *add;

	put_node(&g, "Constant", NULL, NULL, "C");
	put_node(&g, "Add", "X", "C", "Y");
	put_node(&g, "Constant", NULL, NULL, "C");
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(&p, &g);
	read_ok(&p);
	add = m->main->out[0].read.value->def;
	ck_assert_str_eq(node_in(add, 1)->name, "C");
	for (const struct node *n = m->main->first; n; n = n->next)
		if (n != add && n != node_in(add, 1)->def)
			ck_assert_str_eq(node_out(n, 0)->name, "");
	ck_assert_uint_ge(m->nwarning, 1);
	ck_assert_ptr_nonnull(strstr(m->warning[0], "'C' is defined by more"));
	teardown();
	setup();
	pb_free(&p);
}
END_TEST

START_TEST(sorts_nodes_and_warns)
{
	struct pb p = {0}, g = {0};

	put_node(&g, "Relu", "A", NULL, "Y");
	put_node(&g, "Abs", "X", NULL, "A");
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(&p, &g);
	read_ok(&p);
	ck_assert_str_eq(m->main->first->type, "Abs");
	ck_assert_uint_eq(m->nwarning, 1);
	teardown();
	setup();
	pb_free(&p);
}
END_TEST

START_TEST(warns_of_a_newer_ir_version)
{
	struct pb p = {0};

	put_good_model(&p);
	pb_int(&p, 1, 15); /* the last one counts */
	read_ok(&p);
	ck_assert_int_eq(m->ir_version, 15);
	ck_assert_uint_eq(m->nwarning, 1);
	teardown();
	setup();
	pb_free(&p);
}
END_TEST

/* ---- limits -------------------------------------------------------------- */

START_TEST(accepts_what_is_just_within_a_limit)
{
	/* The good model: 5 messages deep at X's dimensions + 1 (dim), 1
	 * node, names of up to 8 bytes. */
	static const struct {
		struct limits lim;
		bool ok;
	} cases[] = {
		{{.message_depth = 7}, true}, {{.message_depth = 6}, false},
		{{.nodes = 1}, true},	      {{.name_bytes = 8}, true},
		{{.name_bytes = 7}, false},   {{.tensor_bytes = 8}, true},
		{{.tensor_bytes = 7}, false}, {{.file_bytes = 4096}, true},
		{{.file_bytes = 50}, false},  {{.fields = 1000}, true},
		{{.fields = 10}, false},
	};
	struct pb p = {0};

	put_good_model(&p);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool ok = read_with(&p, &cases[i].lim);

		ck_assert_msg(ok == cases[i].ok, "case %zu: %s", i, e.msg);
		if (!ok)
			ck_assert_int_eq(e.code, ERR_LIMIT);
	}
	teardown();
	setup();
	pb_free(&p);
}
END_TEST

/* Every budget from nothing up either suffices or ends in a clean error. */
START_TEST(survives_every_failing_allocation)
{
	struct pb p = {0};
	bool ok = false;
	int failures = 0;

	put_good_model(&p);
	for (size_t limit = 1; !ok; limit += 64) {
		struct budget budget = {.limit = limit};
		struct limits lim = {.memory = &budget};

		ok = read_with(&p, &lim);
		if (!ok)
			ck_assert_int_eq(e.code, ERR_LIMIT);
		model_free(m);
		m = NULL;
		failures += !ok;
		ck_assert_uint_eq(budget.used, 0);
		ck_assert_uint_lt(limit, 1 << 20);
	}
	ck_assert_int_gt(failures, 10);
	pb_free(&p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("onnx read");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, decodes_the_typed_field_of_each_type, 0,
			    COUNT_OF(payloads));
	tcase_add_test(tc, uses_raw_data_where_it_lies);
	tcase_add_test(tc, takes_initializers_of_ir_3_for_constants);
	tcase_add_test(tc, takes_the_last_constant_of_a_name_and_warns);
	tcase_add_test(tc, takes_initializers_of_ir_4_for_defaults_of_inputs);
	tcase_add_test(tc, sorts_nodes_and_warns);
	tcase_add_test(tc, warns_of_a_newer_ir_version);
	tcase_add_test(tc, accepts_what_is_just_within_a_limit);
	tcase_add_test(tc, survives_every_failing_allocation);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
