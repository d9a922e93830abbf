/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_checked.c -- wrong rewrites are found and left out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/op.h"
#include "passes/checked.h"

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

/* Relu(x) = Abs(x): right unless x < 0. */
static bool to_abs(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(ed, m->root->out[0],
		     edit_op(ed, "Abs", VALUES(match_value(m, "x"))));
	return true;
}

/* Clip(x) = x: right unless the bounds are met. */
static bool to_operand(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(ed, m->root->out[0], match_value(m, "x"));
	return true;
}

static const struct rule wrong_rules[] = {
	{"abs", "Relu(x)", NULL, to_abs},
	{"no-clip", "Clip(x, ...)", NULL, to_operand},
	{0}};

static const struct pass wrong = {.name = "wrong",
				  .summary = "does not hold",
				  .fidelity = EXACT,
				  .rules = wrong_rules};

#define GRAPH                                                                \
	"<ir_version: 8, opset_import: [\"\" : 17]>"                         \
	"g (float[N,4] X) => (float[N,4] Y)"                                 \
	"<float lo = {-1e30}, float hi = {1e30}> {"                          \
	"[a] A = Exp(X) [right] B = Relu(A) [c] C = Sub(B, hi)"              \
	"[wrong] D = Relu(C) [clip] E = Clip(D, lo, hi) [i] I = Identity(E)" \
	"[last] Y = Neg(I) }"

START_TEST(drops_only_what_does_not_hold)
{
	struct model *old = parse(GRAPH), *new;
	struct schedule s;
	struct check_opts o = {.seed = 1};
	struct dropped d = {.count = 0};
	struct err e = {0};

	schedule_level(&s, 1);
	s.at[s.count++] = (struct scheduled){.pass = &wrong};
	ck_assert_msg(optimize_checked(old, &new, &s, UINT64_MAX, &o, &d, &e),
		      "%s", e.msg);
	ck_assert_uint_eq(d.count, 2);
	ck_assert_str_eq(d.rewrite[0], "rule 'wrong/abs' at 'wrong'");
	ck_assert_ptr_nonnull(strstr(d.rewrite[1], "wrong/no-clip"));
	ck_assert_ptr_nonnull(strstr(d.why[0], "output 'Y'"));
	/* Exp Abs Sub Relu Clip Neg */
	ck_assert_str_eq(new->main->first->next->type, "Abs");
	ck_assert_str_eq(new->main->last->prev->type, "Clip");
	model_free(new);
	model_free(old);
	arena_release(&d.arena);
}
END_TEST

START_TEST(finds_differences_of_every_kind)
{
	static const char *const texts[][2] = {
		{"Y = Relu(X)", "Y = Abs(X)"},
		/* only NaN and infinities tell */
		{"A = Sub(X, X) Y = Add(A, X)", "Y = Identity(X)"},
		/* only the largest numbers tell */
		{"A = Add(X, X) B = Add(A, X) Y = Sub(B, A)",
		 "Y = Identity(X)"},
	};
	const char *head = "<ir_version: 8, opset_import: [\"\" : 17]>"
			   "g (float[N,64] X) => (float[N,64] Y) {";
	struct arena a = {0};
	struct model *old = parse(
		arena_printf(&a, "%s%s }", head, texts[_i][0]));
	struct model *new = parse(
		arena_printf(&a, "%s%s }", head, texts[_i][1]));
	struct check_opts o = {.seed = 1};
	struct str why = {0};
	struct err e = {0};

	ck_assert(models_agree(old, old, EXACT, &o, &why, &e));
	ck_assert(!models_agree(old, new, EXACT, &o, &why, &e));
	ck_assert_msg(!e.code, "%s", e.msg);
	str_release(&why);
	model_free(old);
	model_free(new);
	arena_release(&a);
}
END_TEST

START_TEST(says_when_nothing_can_be_compared)
{
	struct model *m = parse("<ir_version: 8, opset_import: [\"\" : 17]>"
				"g (float[2,3] X) => (float[1,3] Y)"
				"<int64[1] i = {9}> {"
				"A = Gather(X, i) Y = Identity(A) }");
	struct check_opts o = {.seed = 1};
	struct str why = {0};
	struct err e = {0};

	(void)_i;
	ck_assert(!models_agree(m, m, EXACT, &o, &why, &e));
	ck_assert(e.code != ERR_NONE);
	str_release(&why);
	model_free(m);
}
END_TEST

START_TEST(tries_ones_where_open_dimensions_must_be_equal)
{
	struct model *m = parse(
		"<ir_version: 8, opset_import: [\"\" : 17]>"
		"g (float[K,1] X, float[1,N] Z) => (float[1,1] Y)"
		"{ Y = MatMul(Z, X) }");
	struct check_opts o = {.seed = 1};
	struct str why = {0};
	struct err e = {0};

	(void)_i;
	ck_assert_msg(models_agree(m, m, EXACT, &o, &why, &e), "%s", e.msg);
	str_release(&why);
	model_free(m);
}
END_TEST

START_TEST(recorded_inputs_suffice_where_none_can_be_made_up)
{
	struct model *m = parse("<ir_version: 8, opset_import: [\"\" : 17]>"
				"g (float X) => (float Y) { Y = Neg(X) }");
	float x[] = {1, 2};
	struct tensor t = {.dtype = DTYPE_F32,
			   .shape = SHAPE(2),
			   .data = x,
			   .bytes = sizeof(x)};
	struct datum d = datum_tensor(&t);
	const struct datum *in[] = {&d};
	const struct datum *const *captured[] = {in};
	struct check_opts o = {.seed = 1, .captured = captured};
	struct str why = {0};
	struct err e = {0};

	(void)_i;
	m->main->in[0]->type.shape.rank = -1;
	ck_assert(!models_agree(m, m, EXACT, &o, &why, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	o.ncaptured = 1;
	ck_assert_msg(models_agree(m, m, EXACT, &o, &why, &e), "%s", e.msg);
	str_release(&why);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("checked");
	TCase *tc = tcase_create("checked");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, drops_only_what_does_not_hold);
	tcase_add_loop_test(tc, finds_differences_of_every_kind, 0, 3);
	tcase_add_test(tc, says_when_nothing_can_be_compared);
	tcase_add_test(tc, tries_ones_where_open_dimensions_must_be_equal);
	tcase_add_test(tc, recorded_inputs_suffice_where_none_can_be_made_up);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
