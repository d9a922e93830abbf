/* SPDX-License-Identifier: Apache-2.0 */
/* What test reports say of operators: shapes foretold, ULPs, tallies. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnxtxt.h"
#include "validate/foretold.h"

#define MODEL                                          \
	"<ir_version: 8, opset_import: [\"\" : 17]>\n" \
	"g (float[2,3] x) => (float[7] y) {\n"         \
	"  t = Transpose (x)\n  y = Relu (t)\n}\n"

static struct err e;

static struct model *parse(const char *text)
{
	struct model *m;

	ck_assert_msg(onnxtxt_parse(&m,
				    (struct bytes){(const uint8_t *)text,
						   strlen(text)},
				    &limits_default, &e),
		      "%s", e.msg);
	op_bind_model(m);
	return m;
}

static const float zeros[6];
static const struct tensor x = {DTYPE_F32, {2, {2, 3}}, zeros, 24, NULL};

static size_t findings(const struct shape *came_out, struct str *why)
{
	struct model *m = parse(MODEL);
	struct tensor y = {.dtype = DTYPE_F32, .shape = *came_out};
	struct datum d = datum_tensor(&y);
	struct op_tally tally = {.count = 0};
	struct datum d0 = datum_tensor(&x);
	const struct datum *in[] = {&d0};
	struct foretold f;
	size_t wrong;

	foretold_begin(&f, m, in, &tally, why);
	foretold_output(&f, 0, &d);
	wrong = f.wrong;
	foretold_release(&f);
	op_tally_release(&tally);
	model_free(m);
	return wrong;
}

START_TEST(what_a_file_declares_is_left_aside)
{
	struct str why = {0};

	ck_assert_msg(findings((struct shape[]){SHAPE(3, 2)}, &why) == 0, "%s",
		      why.text);
	str_release(&why);
}
END_TEST

START_TEST(a_result_that_was_not_foretold_is_told)
{
	struct str why = {0};

	/* With known and with named dims. */
	ck_assert_uint_eq(findings((struct shape[]){SHAPE(2, 3)}, &why), 2);
	ck_assert_msg(strstr(why.text, "inference with known dims: 'y'") &&
			      strstr(why.text, "inference with named dims"),
		      "%s", why.text);
	str_release(&why);
}
END_TEST

START_TEST(dims_are_counted_by_row_with_named_first_dims)
{
	struct model *m = parse(MODEL);
	struct op_tally tally = {.count = 0};
	const struct op *transpose = op_find("", "Transpose", 17);
	struct str why = {0};
	struct datum d0 = datum_tensor(&x);
	const struct datum *in[] = {&d0};
	struct foretold f;

	foretold_begin(&f, m, in, &tally, &why);
	/* [N2,3] to [3,N2]. */
	ck_assert_uint_eq(op_tally_of(&tally, transpose)->known, 1);
	ck_assert_uint_eq(op_tally_of(&tally, transpose)->named, 1);
	ck_assert_uint_eq(op_tally_of(&tally, transpose)->unknown, 0);
	foretold_release(&f);
	op_tally_release(&tally);
	str_release(&why);
	model_free(m);
}
END_TEST

START_TEST(a_row_counts_once_a_case)
{
	struct model *m = parse("<ir_version: 8, opset_import: [\"\" : 17]>\n"
				"g (float[2] x) => (float[2] y) "
				"{ t = Relu (x) y = Relu (t) }");
	struct op_tally tally = {.count = 0};

	op_tally_case(&tally, m, true);
	op_tally_case(&tally, m, false);
	ck_assert_uint_eq(tally.count, 1);
	ck_assert_uint_eq(tally.at[0].cases, 2);
	ck_assert_uint_eq(tally.at[0].passed, 1);
	ck_assert_ptr_null(op_tally_subject(m));
	op_tally_release(&tally);
	model_free(m);
}
END_TEST

START_TEST(quantiles_of_ulps_are_exact_below_256)
{
	const float want[4] = {1, 1, 1, 1};
	const float got[4] = {1, 1.0000001f, 1.0000002f, 2};
	struct tensor w = {DTYPE_F32, SHAPE(4), want, sizeof(want), NULL};
	struct tensor g = {DTYPE_F32, SHAPE(4), got, sizeof(got), NULL};
	struct ulp_counts u = {.total = 0};

	ulp_counts_add(&u, &w, &g, 0);
	ck_assert_uint_eq(ulp_counts_quantile(&u, 0.25), 0);
	ck_assert_uint_eq(ulp_counts_quantile(&u, 0.5), 1);
	ck_assert_uint_eq(ulp_counts_quantile(&u, 0.75), 2);
	ck_assert_uint_eq(ulp_counts_quantile(&u, 1), 1 << 23);
	ck_assert_uint_eq(u.max, 1 << 23);
}
END_TEST

START_TEST(what_cancels_to_noise_has_no_ulps)
{
	const float want[3] = {1e-9f, 1e-9f, 1};
	const float got[3] = {-1e-10f, 1, 1};
	struct tensor w = {DTYPE_F32, SHAPE(3), want, sizeof(want), NULL};
	struct tensor g = {DTYPE_F32, SHAPE(3), got, sizeof(got), NULL};
	struct ulp_counts u = {.total = 0};

	ulp_counts_add(&u, &w, &g, 1e-7);
	ck_assert_uint_eq(u.total, 2);
	ck_assert_uint_eq(ulp_counts_quantile(&u, 0.5), 0);
	ck_assert_uint_gt(u.max, 1 << 23);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("foretold");
	TCase *t = tcase_create("reports");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, what_a_file_declares_is_left_aside);
	tcase_add_test(t, a_result_that_was_not_foretold_is_told);
	tcase_add_test(t, dims_are_counted_by_row_with_named_first_dims);
	tcase_add_test(t, a_row_counts_once_a_case);
	tcase_add_test(t, quantiles_of_ulps_are_exact_below_256);
	tcase_add_test(t, what_cancels_to_noise_has_no_ulps);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
