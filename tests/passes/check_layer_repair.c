/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_layer_repair.c -- layers that make up for those before. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "formats/onnxtxt.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/layer_repair.h"
#include "passes/prune.h"

enum { SAMPLES = 40, INPUTS = 3, OUTPUTS = 2 };

static struct err e;
static float x[SAMPLES][INPUTS];

static struct model *parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct model *m = NULL;

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	return m;
}

static struct model *two_layers(void)
{
	return parse("<ir_version: 10, opset_import: [\"\" : 13]>\n"
		     "g (float[1,3] X) => (float[1,2] Y)\n"
		     "<float[3,3] V = {1, 0.5, 0, 0, 1, 0.5, 0.5, 0, 1},\n"
		     " float[3] u = {0, 0, 0},\n"
		     " float[3,2] W = {1, 2, 3, -1, 0.5, 4},\n"
		     " float[2] b = {1, -2}>\n"
		     "{\n"
		     "  t = Gemm (X, V, u)\n"
		     "  Y = Gemm (t, W, b)\n"
		     "}\n");
}

static void begin(struct prefix *p, struct model *m)
{
	struct shape s = {.rank = 2, .dim = {1, INPUTS}};
	struct datum in[SAMPLES] = {0};
	struct rng rng;

	rng_seed(&rng, 1);
	for (int i = 0; i < SAMPLES; i++) {
		for (int k = 0; k < INPUTS; k++)
			x[i][k] = (float)rng_normal(&rng);
		in[i].type = m->main->in[0]->type;
		in[i].tensor = (struct tensor){.dtype = DTYPE_F32,
					       .shape = s,
					       .data = x[i],
					       .bytes = sizeof(x[i])};
	}
	ck_assert_msg(prefix_begin(p, m, in, SAMPLES, NULL, NULL, &e), "%s",
		      e.msg);
}

static float weight(const struct node *n, int i, int j)
{
	return tensor_f32(node_in(n, 1)->konst)[j * OUTPUTS + i];
}

/* T is the first layer's result in the changed model, WANT that of the second
 * in the original. */
static double squared(const struct node *n, const double *t, const double *want)
{
	double sum = 0;

	for (int i = 0; i < OUTPUTS; i++) {
		double y = (double)tensor_f32(node_in(n, 2)->konst)[i];

		for (int j = 0; j < INPUTS; j++)
			y += (double)weight(n, i, j) * t[j];
		sum += (y - want[i]) * (y - want[i]);
	}
	return sum;
}

/* The first layer of M loses its second output; the other two are left. */
static void first_layer(const float *in, bool changed, double *t)
{
	t[0] = (double)in[0] + 0.5 * (double)in[2];
	t[1] = changed ? 0 : 0.5 * (double)in[0] + (double)in[1];
	t[2] = 0.5 * (double)in[1] + (double)in[2];
}

static double held_out(const struct node *n)
{
	double sum = 0;

	for (int i = 0; i < SAMPLES; i += 5) {
		double t[INPUTS], old[INPUTS], want[OUTPUTS];

		first_layer(x[i], true, t);
		first_layer(x[i], false, old);
		want[0] = old[0] + 3 * old[1] + 0.5 * old[2] + 1;
		want[1] = 2 * old[0] - old[1] + 4 * old[2] - 2;
		sum += squared(n, t, want);
	}
	return sum / (SAMPLES / 5);
}

/* A copy: the original keeps its own. */
static void drop_second(struct model *m, struct value *v)
{
	struct tensor t = tensor_in_arena(&m->arena, DTYPE_F32,
					  &v->konst->shape);

	memcpy(tensor_f32_mut(&t), tensor_f32(v->konst), t.bytes);
	for (int i = 0; i < INPUTS; i++)
		tensor_f32_mut(&t)[i * INPUTS + 1] = 0;
	v->konst = arena_memdup(&m->arena, &t, sizeof(t));
}

START_TEST(the_error_is_that_of_samples_held_out)
{
	struct model *m = two_layers();
	struct node *first = m->main->first, *second = first->next;
	struct arena a = {0};
	struct layer l;
	struct layer_data d;
	struct repairs from;
	struct layer_repair r;
	struct prefix p;
	double error, before;

	begin(&p, m);
	ck_assert(repairs_begin(&from, m, &p, NULL, &e));
	from.hold_every = 5;
	drop_second(m, node_in(first, 1));
	ck_assert(layer_of(&l, second));
	ck_assert(prefix_advance(&p, second, &e));
	ck_assert(prefix_layer_data(&p, &l, &a, &d));
	before = held_out(second);
	ck_assert(layer_repair_begin(&from, &r, &l, &d, &e));
	ck_assert_ptr_nonnull(r.h);
	ck_assert_uint_eq(r.held.batches, SAMPLES / 5);
	ck_assert(layer_repair_error(&from, &r, &error, &e));
	ck_assert_double_eq_tol(error, held_out(second), 1e-4);
	ck_assert_double_lt(error, before);
	layer_repair_end(&r);
	repairs_end(&from);
	prefix_end(&p);
	arena_release(&a);
	model_free(m);
}
END_TEST

START_TEST(a_pruned_layer_says_what_its_refit_brought)
{
	struct prune_opts o = {.sparsity = {.keep = 1, .group = 2},
			       .first = true};
	struct prune_report r;
	struct model *m = two_layers();
	struct prefix p;

	begin(&p, m);
	ck_assert_msg(prune_model(m, &o, &p, &r, &e), "%s", e.msg);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_uint_eq(r.layer[1].zeros, 2);
	ck_assert_double_gt(r.layer[1].refit_db, 0);
	prune_report_release(&r);
	prefix_end(&p);
	model_free(m);

	m = two_layers();
	begin(&p, m);
	o.no_refit = true;
	ck_assert_msg(prune_model(m, &o, &p, &r, &e), "%s", e.msg);
	ck_assert_double_eq(r.layer[1].refit_db, 0);
	ck_assert_float_eq(tensor_f32(node_in(m->main->last, 2)->konst)[0], 1);
	prune_report_release(&r);
	prefix_end(&p);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("layer_repair");
	TCase *t = tcase_create("refit");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, the_error_is_that_of_samples_held_out);
	tcase_add_test(t, a_pruned_layer_says_what_its_refit_brought);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
