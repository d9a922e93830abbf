/* SPDX-License-Identifier: Apache-2.0 */
/* The IR: uses, ports, removal, order, walks, clones. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "graph/graph.h"

static struct model *m;
static struct graph *g;
static struct err e;

static void setup(void)
{
	m = model_new(NULL);
	g = m->main;
}

static void teardown(void)
{
	model_free(m);
}

static struct node *add_to(struct graph *where, const char *type,
			   struct value *a, struct value *b)
{
	struct value *in[] = {a, b};
	struct node_spec spec = {
		.type = type, .in = in, .nin = b ? 2 : 1, .nout = 1};
	struct node *n = node_new(where, &spec);

	node_append(n);
	return n;
}

static struct node *add(const char *type, struct value *a, struct value *b)
{
	return add_to(g, type, a, b);
}

START_TEST(replacing_a_value_moves_its_ports_too)
{
	struct value *x = graph_add_input(g, "x", NULL);
	struct node *a = add("Relu", x, NULL), *b = add("Neg", x, NULL);

	graph_add_output(g, "y", a->out[0], NULL);
	value_replace(a->out[0], b->out[0]);
	ck_assert_ptr_eq(g->out[0].read.value, b->out[0]);
	ck_assert_str_eq(g->out[0].name, "y");
	ck_assert(value_is_output(b->out[0]));
	ck_assert(!a->out[0]->uses);
	ck_assert(model_verify(m, &e));
}
END_TEST

START_TEST(ports_stay_linked_while_their_array_grows)
{
	struct value *x = graph_add_input(g, "x", NULL);
	struct node *a = add("Relu", x, NULL);
	int uses = 0;

	for (int i = 0; i < 9; i++)
		graph_add_output(g, "y", a->out[0], NULL);
	for (struct use *u = a->out[0]->uses; u; u = u->next)
		uses++;
	ck_assert_int_eq(uses, 9);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
}
END_TEST

START_TEST(removes_a_dead_chain_but_not_what_is_still_read)
{
	struct value *x = graph_add_input(g, "x", NULL);
	struct node *kept = add("Relu", x, NULL);
	struct node *n = kept;

	graph_add_output(g, "y", kept->out[0], NULL);
	for (int i = 0; i < 100000; i++)
		n = add("Add", n->out[0], n->out[0]);
	node_remove_dead(n);
	ck_assert_ptr_eq(g->first, kept);
	ck_assert_ptr_eq(g->last, kept);
	ck_assert(value_has_one_use(kept->out[0]));
}
END_TEST

/* x -> If { then: Neg(outer) } with the outer value made by Relu. */
static struct node *build_if(struct value *x)
{
	struct node *outer = add("Relu", x, NULL);
	struct node *n = add("If", x, NULL);
	struct graph *then = graph_new(m, g);
	struct graph *list[] = {then};
	struct attr a = {.name = "then_branch", .kind = ATTR_GRAPH, .count = 1};
	struct node *inner;

	a.u.graphs = arena_memdup(&m->arena, list, sizeof(list));
	then->owner = n;
	node_set_attr(n, &a);
	inner = add_to(then, "Neg", outer->out[0], NULL);
	graph_add_output(then, "t", inner->out[0], NULL);
	graph_add_output(g, "y", n->out[0], NULL);
	return n;
}

START_TEST(an_inner_graph_keeps_the_outer_value_it_reads)
{
	struct node *n = build_if(graph_add_input(g, "x", NULL));
	struct node *outer = g->first;

	node_remove_dead(outer);
	ck_assert_ptr_eq(g->first, outer);
	use_set(&g->out[0].read, NULL);
	node_remove_dead(n);
	ck_assert(!outer->out[0]->uses);
}
END_TEST

START_TEST(walks_inner_graphs_right_behind_their_node)
{
	static const char *const want[] = {"Relu", "If", "Neg", "Abs"};
	struct value *x = graph_add_input(g, "x", NULL);
	size_t i = 0;

	build_if(x);
	add("Abs", x, NULL);
	for (struct node *n = model_first(m); n; n = model_next(n))
		ck_assert_str_eq(n->type, want[i++]);
	ck_assert_uint_eq(i, COUNT_OF(want));
}
END_TEST

START_TEST(sorts_an_unsorted_graph_and_leaves_a_sorted_one_alone)
{
	struct value *x = graph_add_input(g, "x", NULL);
	struct node *a = add("Relu", x, NULL), *b = add("Neg", x, NULL);
	struct node *c = add("Abs", b->out[0], NULL);

	use_set(&a->in[0], c->out[0]);
	ck_assert(!model_verify(m, &e));
	ck_assert(graph_sort(g, &e));
	ck_assert_ptr_eq(g->first, b);
	ck_assert_ptr_eq(g->last, a);
	ck_assert(model_verify(m, &e));
	ck_assert(graph_sort(g, &e));
	ck_assert_ptr_eq(g->first, b);
}
END_TEST

START_TEST(names_a_node_on_a_cycle)
{
	struct node *a = add("Relu", graph_add_input(g, "x", NULL), NULL);
	struct node *b = add("Neg", a->out[0], NULL);

	a->name = "loop";
	use_set(&a->in[0], b->out[0]);
	ck_assert(!graph_sort(g, &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	ck_assert_msg(strstr(e.msg, "'loop' (Relu)") != NULL, "%s", e.msg);
	ck_assert_ptr_eq(g->first, a);
}
END_TEST

START_TEST(a_clone_is_equal_and_independent)
{
	struct node *n = build_if(graph_add_input(g, "x", NULL));
	struct model *copy = model_clone(m);
	struct node *o = copy->main->first->next;

	ck_assert_msg(model_verify(copy, &e), "%s", e.msg);
	ck_assert_str_eq(o->type, "If");
	ck_assert_ptr_ne(o, n);
	ck_assert_ptr_ne(o->attr[0].u.graphs[0], n->attr[0].u.graphs[0]);
	ck_assert_ptr_eq(o->attr[0].u.graphs[0]->first->in[0].value,
			 copy->main->first->out[0]);
	node_set_int(o, "k", 3);
	ck_assert(!node_attr(n, "k"));
	model_free(copy);
	ck_assert(model_verify(m, &e));
}
END_TEST

static const struct {
	int64_t a, b;
	const char *sum, *product, *half;
} dims[] = {
	{3, 4, "7", "12", "1"},
	{-2, 1, "N + 1", "N", "floor(N/2)"},
	{-2, 4, "N + 4", "4*N", "floor(N/2)"},
	{-2, -2, "2*N", "?", "floor(N/2)"},
	{-2, -3, "?", "?", "floor(N/2)"},
	{-2, DIM_UNKNOWN, "?", "?", "floor(N/2)"},
	{0, -2, "N", "0", "0"},
};

static void prints(int64_t dim, const char *want)
{
	struct str s = {0};

	symbol_print(&s, &m->symbols, dim);
	ck_assert_str_eq(s.text, want);
	str_release(&s);
}

START_TEST(computes_with_named_dimensions)
{
	struct symbols *sy = &m->symbols;

	ck_assert(symbol_dim(sy, "N") == -2 && symbol_dim(sy, "M") == -3);
	prints(dim_add(sy, dims[_i].a, dims[_i].b), dims[_i].sum);
	prints(dim_mul(sy, dims[_i].a, dims[_i].b), dims[_i].product);
	prints(dim_div_floor(sy, dims[_i].a, 2), dims[_i].half);
	ck_assert(dim_add(sy, dims[_i].a, dims[_i].b) ==
		  dim_add(sy, dims[_i].b, dims[_i].a));
}
END_TEST

START_TEST(undoes_affine_steps)
{
	struct symbols *sy = &m->symbols;
	int64_t n = symbol_dim(sy, "N"), q;

	ck_assert(dim_sub(sy, dim_add(sy, n, 5), 5) == n);
	ck_assert(dim_sub(sy, dim_mul(sy, n, 3), n) == dim_mul(sy, n, 2));
	ck_assert(dim_divides(sy, dim_mul(sy, n, 6), 3, &q));
	prints(q, "2*N");
	ck_assert(dim_divides(sy, dim_mul(sy, n, 6), n, &q) && q == 6);
	ck_assert(!dim_divides(sy, dim_add(sy, n, 1), 2, &q));
	prints(dim_div_ceil(sy, n, 2), "floor((N + 1)/2)");
	ck_assert(dim_mul(sy, dim_mul(sy, n, INT64_MAX), 2) == DIM_UNKNOWN);
}
END_TEST

static const struct {
	struct shape a, b, want;
} broadcasts[] = {
	{{2, {4, 1}}, {1, {3}}, {2, {4, 3}}},
	{{1, {-2}}, {1, {1}}, {1, {-2}}},
	{{1, {-2}}, {1, {5}}, {1, {5}}},
	{{1, {-2}}, {1, {-3}}, {1, {DIM_UNKNOWN}}},
	{{1, {-2}}, {1, {-2}}, {1, {-2}}},
	{{1, {0}}, {1, {1}}, {1, {0}}},
	{{RANK_UNKNOWN, {0}}, {1, {1}}, {RANK_UNKNOWN, {0}}},
};

START_TEST(broadcasts_known_and_named_dimensions)
{
	struct shape got;

	ck_assert(shape_broadcast(&got, &broadcasts[_i].a, &broadcasts[_i].b,
				  &e));
	ck_assert(shape_equal(&got, &broadcasts[_i].want));
}
END_TEST

START_TEST(refuses_products_that_overflow)
{
	struct shape s = SHAPE(INT64_C(1) << 32, INT64_C(1) << 32);
	struct shape zero = SHAPE(INT64_MAX, INT64_MAX, 0);
	size_t n;

	ck_assert(!shape_count(&s, &n, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert(shape_count(&zero, &n, &e) && n == 0);
	s = SHAPE(INT64_MAX);
	ck_assert(!shape_bytes(&s, DTYPE_F32, &n, &e));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("graph");
	TCase *tc = tcase_create("ir");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, replacing_a_value_moves_its_ports_too);
	tcase_add_test(tc, ports_stay_linked_while_their_array_grows);
	tcase_add_test(tc, removes_a_dead_chain_but_not_what_is_still_read);
	tcase_add_test(tc, an_inner_graph_keeps_the_outer_value_it_reads);
	tcase_add_test(tc, walks_inner_graphs_right_behind_their_node);
	tcase_add_test(tc,
		       sorts_an_unsorted_graph_and_leaves_a_sorted_one_alone);
	tcase_add_test(tc, names_a_node_on_a_cycle);
	tcase_add_test(tc, a_clone_is_equal_and_independent);
	tcase_add_loop_test(tc, computes_with_named_dimensions, 0,
			    COUNT_OF(dims));
	tcase_add_test(tc, undoes_affine_steps);
	tcase_add_loop_test(tc, broadcasts_known_and_named_dimensions, 0,
			    COUNT_OF(broadcasts));
	tcase_add_test(tc, refuses_products_that_overflow);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
