/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_onnx_write.c -- models after a change, and their data. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/onnx.h"
#include "formats/onnx.pb-c.h"
#include "formats/onnxtxt.h"
#include "tests/hostile/corpus.h"

static char dir[] = "/tmp/check_onnx_write.XXXXXX";
static struct model *m;
static struct err e;

static void setup(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	m = NULL;
}

static void teardown(void)
{
	char command[128];

	model_free(m);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static const char *in_dir(const char *name)
{
	static char path[2][256];
	static int turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
	return path[turn];
}

static void write_ok(const char *name, const struct write_opts *o)
{
	ck_assert_msg(onnx_write_model(in_dir(name), m, o, &e), "%s", e.msg);
}

static void read_ok(const char *name)
{
	model_free(m);
	m = NULL;
	ck_assert_msg(format_read_model(&m, in_dir(name), NULL, &e), "%s",
		      e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
}

static void parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};

	model_free(m);
	m = NULL;
	ck_assert_msg(onnxtxt_parse(&m, b, &limits_default, &e), "%s", e.msg);
}

/* TEXT as a model that came from a file, with its messages. */
static void from_file(const char *text)
{
	parse(text);
	write_ok("start.onnx", NULL);
	read_ok("start.onnx");
}

static const Onnx__GraphProto *graph_of(const struct model *x)
{
	return (const Onnx__GraphProto *)x->main->origin;
}

static void put(const char *name, const struct pb *p)
{
	struct hostile_file f = {.dir = dir};

	put_file(&f, name, p->at, p->len);
}

static bool same_files(const char *a, const char *b)
{
	struct input x, y;
	bool same;

	ck_assert(input_open(&x, in_dir(a), NULL, &e));
	ck_assert(input_open(&y, in_dir(b), NULL, &e));
	same = x.bytes.len == y.bytes.len &&
	       !memcmp(x.bytes.at, y.bytes.at, x.bytes.len);
	input_close(&x);
	input_close(&y);
	return same;
}

static int files_in_dir(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* ---- structure ----------------------------------------------------------- */

#define HEAD "<ir_version: 8, opset_import: [\"\" : 17]>\n"

static const char chain[] = HEAD "g (float[2] X) => (float[2] Y) {\n"
				 "A = Abs (X)\n"
				 "B = Neg (A)\n"
				 "Y = Relu (B)\n"
				 "}";

/* An entry of value_info for NAME. */
static void put_info(struct pb *graph, const char *name)
{
	put_value(graph, 13, name);
}

START_TEST(keeps_unknown_fields_and_stale_entries)
{
	struct pb p = {0}, g = {0}, node = {0};

	pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_text(&node, 4, "Relu");
	pb_text(&node, 777, "unknown");
	pb_message(&g, 1, &node);
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_info(&g, "never_there");
	put_model(&p, &g);
	put("a.onnx", &p);
	read_ok("a.onnx");
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	ck_assert_uint_eq(graph_of(m)->n_value_info, 1);
	ck_assert_uint_eq(graph_of(m)->node[0]->base.n_unknown_fields, 1);
	write_ok("c.onnx", NULL);
	ck_assert(same_files("b.onnx", "c.onnx"));
	pb_free(&p);
}
END_TEST

START_TEST(forgets_what_was_said_of_removed_values)
{
	struct pb p = {0}, g = {0};
	struct node *neg;

	put_node(&g, "Abs", "X", NULL, "A");
	put_node(&g, "Neg", "A", NULL, "B");
	put_node(&g, "Relu", "B", NULL, "Y");
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_info(&g, "A");
	put_info(&g, "B");
	put_model(&p, &g);
	put("a.onnx", &p);
	read_ok("a.onnx");
	neg = m->main->first->next;
	value_replace(neg->out[0], neg->in[0].value);
	node_remove(neg);
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	ck_assert_uint_eq(graph_of(m)->n_node, 2);
	ck_assert_uint_eq(graph_of(m)->n_value_info, 1);
	ck_assert_str_eq(graph_of(m)->value_info[0]->name, "A");
	pb_free(&p);
}
END_TEST

START_TEST(writes_the_name_of_the_port)
{
	struct node *relu;

	from_file(chain);
	relu = m->main->last;
	value_replace(relu->out[0], relu->in[0].value);
	node_remove(relu);
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	ck_assert_uint_eq(graph_of(m)->n_node, 2);
	ck_assert_str_eq(m->main->last->out[0]->name, "Y");
}
END_TEST

START_TEST(writes_identity_for_a_port_on_an_input)
{
	struct value *y;

	from_file(HEAD "g (float[2] X) => (float[2] Y) { Y = Abs (X) }");
	y = m->main->last->out[0];
	value_replace(y, m->main->in[0]);
	node_remove(m->main->last);
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	ck_assert_uint_eq(graph_of(m)->n_node, 1);
	ck_assert_str_eq(m->main->first->type, "Identity");
}
END_TEST

START_TEST(writes_changed_attributes_only)
{
	from_file(HEAD "g (float[2,3] X) => (float[2,3] Y) {\n"
		       "Y = Softmax <axis: int = 1> (X) }");
	node_set_int(m->main->first, "axis", 0);
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	ck_assert_int_eq(node_int(m->main->first, "axis", 7), 0);
	ck_assert_uint_eq(m->main->first->nattr, 1);
}
END_TEST

START_TEST(keeps_where_nodes_came_from)
{
	static const struct source second = {"conv 1", "fuse-bn", NULL};
	static const struct source first = {"bn", "fuse-bn", &second};
	const struct source *s;

	from_file(chain);
	m->main->first->sources = &first;
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	s = m->main->first->sources;
	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(s->node, "bn");
	ck_assert_str_eq(s->rewrite, "fuse-bn");
	ck_assert_str_eq(s->next->node, "conv 1");
	write_ok("c.onnx", NULL);
	ck_assert(same_files("b.onnx", "c.onnx"));
}
END_TEST

START_TEST(writes_new_opsets_dimensions_and_properties)
{
	from_file(HEAD "g (float[N] X) => (float[N] Y) { Y = Abs (X) }");
	m->main->in[0]->type.shape.dim[0] = 5;
	model_set_opset(m, "", 18);
	model_set_opset(m, "org.example", 1);
	model_set_property(m, "key", "value");
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	ck_assert_int_eq(m->main->in[0]->type.shape.dim[0], 5);
	ck_assert_int_lt(m->main->out[0].type.shape.dim[0], 0);
	ck_assert_int_eq(model_opset(m, ""), 18);
	ck_assert_int_eq(model_opset(m, "org.example"), 1);
	ck_assert_str_eq(model_property(m, "key"), "value");
}
END_TEST

START_TEST(keeps_inner_graphs)
{
	from_file(HEAD "g (bool C, float[2] X) => (float[2] Y) {\n"
		       "Y = If (C) <then_branch = t () => (float[2] a)\n"
		       "{ a = Abs (X) }, else_branch = e () => (float[2] b)\n"
		       "{ b = Neg (X) }>\n"
		       "}");
	write_ok("b.onnx", NULL);
	read_ok("b.onnx");
	ck_assert_uint_eq(m->nnodes, 3);
	write_ok("c.onnx", NULL);
	ck_assert(same_files("b.onnx", "c.onnx"));
}
END_TEST

/* ---- external data ------------------------------------------------------- */

/* Y = Add (Add (X, W), V) with two constants of 4 KiB that hold FIRST. */
static void build_large(float first)
{
	static float data[2][1024];
	struct shape s = SHAPE(1024);
	struct tensor t = {.dtype = DTYPE_F32, .shape = s, .bytes = 4096};
	struct type type = type_tensor(DTYPE_F32, &s);
	struct value *x;

	model_free(m);
	m = model_new(NULL);
	m->ir_version = 8;
	m->main->name = "g";
	model_set_opset(m, "", 17);
	x = graph_add_input(m->main, "X", &type);
	for (int i = 0; i < 2; i++) {
		struct node_spec spec = {.type = "Add", .nin = 2, .nout = 1};
		struct value *in[2] = {x};
		struct node *n;

		data[i][0] = first + (float)i;
		t.data = data[i];
		in[1] = graph_add_const(m->main, i ? "V" : "W", &t);
		spec.in = in;
		n = node_new(m->main, &spec);
		node_append(n);
		x = n->out[0];
	}
	graph_add_output(m->main, "Y", x, &type);
}

static const struct write_opts yes = {.external = EXTERNAL_YES};
static const struct write_opts no = {.external = EXTERNAL_NO};

static const char *location(void)
{
	return graph_of(m)->initializer[0]->external_data[0]->value;
}

/* Element 0 of constant I. */
static int first_of(int i)
{
	return (int)tensor_double(m->main->konst[i]->konst, 0);
}

START_TEST(puts_large_constants_on_pages_of_their_own)
{
	struct stat st;

	build_large(1);
	write_ok("m.onnx", &yes);
	read_ok("m.onnx");
	ck_assert_str_eq(location(), "m.onnx.data");
	ck_assert_str_eq(graph_of(m)->initializer[1]->external_data[1]->value,
			 "4096");
	ck_assert_int_eq(stat(in_dir("m.onnx.data"), &st), 0);
	ck_assert_int_eq(st.st_size, 8192);
	ck_assert_int_eq(first_of(1), 2);
}
END_TEST

START_TEST(inlines_external_data)
{
	build_large(1);
	write_ok("inline.onnx", NULL);
	write_ok("m.onnx", &yes);
	read_ok("m.onnx");
	write_ok("b.onnx", &no);
	ck_assert(same_files("inline.onnx", "b.onnx"));
}
END_TEST

START_TEST(leaves_the_data_of_the_old_model_alone)
{
	build_large(1);
	write_ok("m.onnx", &yes);
	build_large(5);
	write_ok("m.onnx", &yes);
	ck_assert_int_eq(access(in_dir("m.onnx.data"), F_OK), 0);
	read_ok("m.onnx");
	ck_assert_str_ne(location(), "m.onnx.data");
	ck_assert_int_eq(first_of(0), 5);
	ck_assert_int_eq(files_in_dir(), 3);
	/* The third model takes the place of the second. */
	build_large(9);
	write_ok("m.onnx", &yes);
	ck_assert_int_eq(files_in_dir(), 3);
	read_ok("m.onnx");
	ck_assert_int_eq(first_of(0), 9);
}
END_TEST

START_TEST(writes_the_same_data_once)
{
	struct stat before, after;

	build_large(1);
	write_ok("m.onnx", &yes);
	ck_assert_int_eq(stat(in_dir("m.onnx.data"), &before), 0);
	write_ok("m.onnx", &yes);
	ck_assert_int_eq(stat(in_dir("m.onnx.data"), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(files_in_dir(), 2);
}
END_TEST

START_TEST(takes_external_data_along)
{
	build_large(1);
	write_ok("m.onnx", &yes);
	ck_assert_int_eq(mkdir(in_dir("other"), 0777), 0);
	read_ok("m.onnx");
	write_ok("other/copy.onnx", NULL);
	ck_assert(same_files("m.onnx", "other/copy.onnx"));
	ck_assert(same_files("m.onnx.data", "other/m.onnx.data"));
	read_ok("other/copy.onnx");
	write_ok("other/copy.onnx", NULL); /* onto itself */
	read_ok("other/copy.onnx");
}
END_TEST

START_TEST(does_not_take_the_place_of_other_data)
{
	static const struct write_opts named = {.external = EXTERNAL_YES,
						.data_name = "m.onnx.data"};

	build_large(1);
	write_ok("m.onnx", &yes);
	read_ok("m.onnx");
	m->main->konst[0]->konst = m->main->konst[1]->konst;
	write_ok("new.onnx", &named);
	read_ok("m.onnx");
	ck_assert_int_eq(first_of(0), 1);
	read_ok("new.onnx");
	ck_assert_int_eq(first_of(0), 2);
}
END_TEST

START_TEST(refuses_a_data_name_elsewhere)
{
	static const struct write_opts bad = {.external = EXTERNAL_YES,
					      .data_name = "../w.data"};

	build_large(1);
	ck_assert(!onnx_write_model(in_dir("m.onnx"), m, &bad, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	ck_assert_int_eq(files_in_dir(), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("onnx write");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keeps_unknown_fields_and_stale_entries);
	tcase_add_test(tc, forgets_what_was_said_of_removed_values);
	tcase_add_test(tc, writes_the_name_of_the_port);
	tcase_add_test(tc, writes_identity_for_a_port_on_an_input);
	tcase_add_test(tc, writes_changed_attributes_only);
	tcase_add_test(tc, keeps_where_nodes_came_from);
	tcase_add_test(tc, writes_new_opsets_dimensions_and_properties);
	tcase_add_test(tc, keeps_inner_graphs);
	tcase_add_test(tc, puts_large_constants_on_pages_of_their_own);
	tcase_add_test(tc, inlines_external_data);
	tcase_add_test(tc, leaves_the_data_of_the_old_model_alone);
	tcase_add_test(tc, writes_the_same_data_once);
	tcase_add_test(tc, takes_external_data_along);
	tcase_add_test(tc, does_not_take_the_place_of_other_data);
	tcase_add_test(tc, refuses_a_data_name_elsewhere);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
