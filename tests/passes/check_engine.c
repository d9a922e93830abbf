/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_engine.c -- patterns, edits and the rewrite engine. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/op.h"
#include "passes/edit_state.h"
#include "passes/optimize.h"

/* ---- patterns ----------------------------------------------------------- */

static const struct {
	const char *text, *says;
} bad_patterns[] = {
	{"", "expected a name"},
	{"Add(x,", "expected a name"},
	{"Add(x y)", "expected ',' or ')'"},
	{"x", "expected one operator pattern"},
	{"Add~(x)", "'~' needs two operands"},
	{"Add~(x, ...)", "'~' needs two operands"},
	{"Add(m:x)", "expected '('"},
	{"Add(#Relu(x))", "expected '('"},
	{"Split@x(y)", "expected a result number"},
	{"A|(x)", "expected an operator after '|'"},
	{"com.microsoft/(x)", "expected an operator after '/'"},
	{"Add(..., x)", "expected ',' or ')'"},
	{"F(a,b,c,d,e,f,g,h,i)", "too many operands"},
	{"A|B|C|D|E|F|G|H|I(x)", "too many alternatives"},
};

START_TEST(rejects_bad_patterns)
{
	struct arena a = {0};
	struct pattern *p;
	struct err e = {0};

	ck_assert(!pattern_parse(&p, bad_patterns[_i].text, &a, &e));
	ck_assert_msg(strstr(e.msg, bad_patterns[_i].says) != NULL, "%s",
		      e.msg);
	arena_release(&a);
}
END_TEST

START_TEST(every_rule_has_a_valid_pattern)
{
	struct arena a = {0};
	struct pattern *p;
	struct err e = {0};

	for (const struct pass *ps = pass_next(NULL); ps; ps = pass_next(ps))
		for (const struct rule *r = ps->rules; r && r->name; r++)
			if (r->pattern)
				ck_assert_msg(
					pattern_parse(&p, r->pattern, &a, &e),
					"%s", e.msg);
	arena_release(&a);
}
END_TEST

static struct model *parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct model *m = NULL;
	struct err e = {0};

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	return m;
}

#define HEAD "<ir_version: 8, opset_import: [\"\" : 17]>\n"
#define XY "g (float[2,3] X, float[2,3] Z) => (float[2,3] Y)"

static const struct {
	const char *pattern, *graph;
	bool matches;
} cases[] = {
	{"Relu(Add(x, y))", XY "{ T = Add(X, Z) Y = Relu(T) }", true},
	{"Relu(Sub|Add(x, y))", XY "{ T = Add(X, Z) Y = Relu(T) }", true},
	{"Relu(Add(x, x))", XY "{ T = Add(X, Z) Y = Relu(T) }", false},
	{"Relu(Add(x, x))", XY "{ T = Add(X, X) Y = Relu(T) }", true},
	{"Relu(Add(x, #c))", XY "{ T = Add(X, Z) Y = Relu(T) }", false},
	/* another reader: only with "&" */
	{"Mul(Relu(x), u)", XY "{ T = Relu(X) U = Neg(T) Y = Mul(T, U) }",
	 false},
	{"Mul(&Relu(x), u)", XY "{ T = Relu(X) U = Neg(T) Y = Mul(T, U) }",
	 true},
	/* both readers belong to the match */
	{"Mul(r:Relu(x), Neg(r))",
	 XY "{ T = Relu(X) U = Neg(T) Y = Mul(T, U) }", true},
	{"Mul(Neg(r), r:Relu(x))",
	 XY "{ T = Relu(X) U = Neg(T) Y = Mul(U, T) }", true},
	{"Mul~(r:Relu(x), Neg(r))",
	 XY "{ T = Relu(X) U = Neg(T) Y = Mul(U, T) }", true},
	/* a choice made early must be revised */
	{"Add~(Mul~(x, Neg(_)), x)",
	 XY "{ N = Neg(Z) M = Mul(N, X) Y = Add(X, M) }", true},
	{"Add~(Mul~(x, Neg(_)), x)",
	 XY "{ N = Neg(Z) M = Mul(N, X) Y = Add(Z, M) }", false},
	{"Clip(x, lo?, hi?)", XY "{ Y = Clip(X) }", true},
	{"Clip(x)", XY "{ L = Constant<value_float = 0.0>() Y = Clip(X, L) }",
	 false},
	{"Clip(x, ...)",
	 XY "{ L = Constant<value_float = 0.0>() Y = Clip(X, L) }", true},
	{"*(x, y)", XY "{ Y = Add(X, Z) }", true},
	{"Relu(Split@1(x, ...))",
	 "g (float[4,3] X) => (float[2,3] Y)"
	 "{ A, B = Split<axis = 0>(X) Y = Relu(B) }",
	 true},
	{"Relu(Split(x, ...))",
	 "g (float[4,3] X) => (float[2,3] Y)"
	 "{ A, B = Split<axis = 0>(X) Y = Relu(B) }",
	 false},
};

START_TEST(matches_what_the_pattern_says)
{
	struct arena a = {0};
	struct model *m = parse(arena_printf(&a, HEAD "%s", cases[_i].graph));
	struct pattern *p;
	struct match match;
	struct err e = {0};

	ck_assert_msg(pattern_parse(&p, cases[_i].pattern, &a, &e), "%s",
		      e.msg);
	ck_assert_int_eq(pattern_match(p, m->main->last, &match),
			 cases[_i].matches);
	model_free(m);
	arena_release(&a);
}
END_TEST

/* ---- edits -------------------------------------------------------------- */

static char *print(const struct model *m)
{
	struct memory_sink s;
	struct err e = {0};
	char *text;

	memory_sink_init(&s, NULL);
	ck_assert_msg(onnxtxt_print(&s.sink, m, NULL, &e), "%s", e.msg);
	text = strndup((const char *)s.buf.data, s.len);
	memory_sink_release(&s);
	return text;
}

START_TEST(a_refused_edit_leaves_no_trace)
{
	struct model *m = parse(HEAD XY "{ T = Add(X, Z) Y = Relu(T) }");
	struct value *x = m->main->in[0], *bad;
	struct use *first = x->uses;
	uint32_t nvalues = m->nvalues, nnodes = m->nnodes,
		 nkonst = m->main->nkonst;
	size_t bytes = arena_bytes(&m->arena);
	char *before = print(m), *after;
	struct edit ed;
	struct err e = {0};

	edit_begin(&ed, m->main->last, NULL, "test/refused");
	bad = edit_op(&ed, "Reshape",
		      VALUES(x, edit_ints(&ed, (int64_t[]){3, 2}, 2)));
	edit_replace(&ed, m->main->last->out[0], bad);
	ck_assert(!edit_check(&ed, &e));
	ck_assert_msg(strstr(e.msg, "would change 'Y'") != NULL, "%s", e.msg);
	edit_drop(&ed);
	ck_assert_ptr_eq(x->uses, first);
	ck_assert_uint_eq(m->nvalues, nvalues);
	ck_assert_uint_eq(m->nnodes, nnodes);
	ck_assert_uint_eq(m->main->nkonst, nkonst);
	ck_assert_uint_le(arena_bytes(&m->arena), bytes + 65536);
	after = print(m);
	ck_assert_str_eq(before, after);
	ck_assert(model_verify(m, &e));
	free(before);
	free(after);
	model_free(m);
}
END_TEST

START_TEST(refuses_operators_the_opset_lacks)
{
	struct model *m = parse(HEAD XY "{ T = Add(X, Z) Y = Relu(T) }");
	struct edit ed;
	struct err e = {0};

	edit_begin(&ed, m->main->last, NULL, "test/refused");
	edit_replace(&ed, m->main->last->out[0],
		     edit_op(&ed, "Gelu", VALUES(m->main->in[0])));
	ck_assert(!edit_check(&ed, &e));
	edit_drop(&ed);
	ck_assert(model_verify(m, &e));
	model_free(m);
}
END_TEST

static void run(struct model *m, const char *pass, uint64_t budget,
		uint64_t *applied)
{
	struct rewriting rw = {
		.model = m, .pass = pass_find(pass), .budget = &budget};
	struct err e = {0};

	ck_assert_msg(pass_run(&rw, &e), "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
	*applied = rw.applied;
}

#define LINEAR                                                      \
	HEAD "g (float[4,2] X) => (float[4,3] Y)"                   \
	     "<float[2,3] W = {1,2,3,4,5,6}, float[3] b = {1,2,3}>" \
	     "{ [mm] T = MatMul(X, W) [add] Y = Add(T, b) }"

START_TEST(new_nodes_know_where_they_come_from)
{
	struct model *m = parse(LINEAR);
	const struct source *s;
	uint64_t applied;
	int mm = 0, add = 0, count = 0;

	run(m, "fuse-gemm", 9, &applied);
	ck_assert_uint_eq(applied, 1);
	for (s = m->main->first->sources; s; s = s->next, count++) {
		ck_assert_str_eq(s->rewrite, "fuse-gemm/bias");
		mm += !strcmp(s->node, "mm");
		add += !strcmp(s->node, "add");
	}
	ck_assert_int_eq(count, 2);
	ck_assert_int_eq(mm, 1);
	ck_assert_int_eq(add, 1);
	ck_assert_str_eq(m->main->out[0].name, "Y");
	model_free(m);
}
END_TEST

START_TEST(honours_the_budget)
{
	struct model *m = parse(LINEAR);
	uint64_t applied;

	run(m, "fuse-gemm", 0, &applied);
	ck_assert_uint_eq(applied, 0);
	ck_assert_str_eq(m->main->last->type, "Add");
	model_free(m);
}
END_TEST

START_TEST(unknown_operators_pass_through)
{
	struct model *m = parse(
		"<ir_version: 8, opset_import: [\"\" : 17, \"my\" : 1]>"
		"g (float[2] X) => (float[2] Y)"
		"{ A = my.Twice(X) B = my.Twice(A) C = Identity(B) Y = "
		"my.Twice(C) }");
	struct schedule s;
	struct err e = {0};

	schedule_level(&s, LEVEL_MAX);
	ck_assert_msg(optimize(m, &s, UINT64_MAX, &e), "%s", e.msg);
	ck_assert_ptr_eq(m->main->first->next->next, m->main->last);
	model_free(m);
}
END_TEST

/* 100,000 nodes in one chain: a sweep is linear, and so is its undoing. */
START_TEST(long_chains_collapse_in_linear_time)
{
	enum { N = 100000 };
	struct model *m = parse(HEAD XY "{ Y = Add(X, Z) }");
	struct graph *g = m->main;
	struct node *last = g->last;
	struct value *v = g->in[0];
	uint64_t applied;

	for (int i = 0; i < N; i++) {
		struct node *n = node_new(
			g, &(struct node_spec){.type = "Identity",
					       .in = &v,
					       .nin = 1,
					       .nout = 1});

		node_insert_before(n, last);
		op_bind_node(n);
		n->out[0]->type = v->type;
		v = n->out[0];
	}
	use_set(&last->in[0], v);
	run(m, "drop-no-ops", UINT64_MAX, &applied);
	ck_assert_uint_eq(applied, N);
	ck_assert_ptr_eq(g->first, g->last);
	model_free(m);
}
END_TEST

START_TEST(rewrites_inner_graphs)
{
	struct model *m = parse(HEAD "g (bool C, float[2] X) => (float[2] Y) {"
				     "Y = If (C) <"
				     "then_branch = t () => (float[2] A)"
				     "{ I = Identity(X) A = Relu(I) },"
				     "else_branch = f () => (float[2] B)"
				     "{ J = Relu(X) B = Relu(J) }> }");
	uint64_t applied;

	run(m, "drop-no-ops", UINT64_MAX, &applied);
	ck_assert_uint_eq(applied, 2);
	model_free(m);
}
END_TEST

static const struct {
	const char *names, *says;
	int count;
} choices[] = {
	{"fold-bn", NULL, 1},
	{"drop-dead,fold-bn", NULL, 2},
	{"-fold-bn", NULL, 14},
	{"-fold-bn,-fold-pad", NULL, 13},
	{"+fold-bn", NULL, 15},
	{"fold-everything", "unknown pass 'fold-everything'", 0},
};

START_TEST(chooses_passes_by_name)
{
	struct schedule s;
	struct err e = {0};

	schedule_level(&s, 2);
	if (choices[_i].says) {
		ck_assert(!schedule_choose(&s, choices[_i].names, &e));
		ck_assert_msg(strstr(e.msg, choices[_i].says) != NULL, "%s",
			      e.msg);
		return;
	}
	ck_assert_msg(schedule_choose(&s, choices[_i].names, &e), "%s", e.msg);
	ck_assert_int_eq(s.count, choices[_i].count);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine");
	TCase *tc = tcase_create("engine");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, rejects_bad_patterns, 0,
			    COUNT_OF(bad_patterns));
	tcase_add_test(tc, every_rule_has_a_valid_pattern);
	tcase_add_loop_test(tc, matches_what_the_pattern_says, 0,
			    COUNT_OF(cases));
	tcase_add_test(tc, a_refused_edit_leaves_no_trace);
	tcase_add_test(tc, refuses_operators_the_opset_lacks);
	tcase_add_test(tc, new_nodes_know_where_they_come_from);
	tcase_add_test(tc, honours_the_budget);
	tcase_add_test(tc, unknown_operators_pass_through);
	tcase_add_test(tc, long_chains_collapse_in_linear_time);
	tcase_add_test(tc, rewrites_inner_graphs);
	tcase_add_loop_test(tc, chooses_passes_by_name, 0, COUNT_OF(choices));
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
