/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_layout.c -- blocks in one buffer. */
#include <check.h>
#include <stdlib.h>

#include "base/rng.h"
#include "exec/plan_impl.h"

START_TEST(reuses_what_is_no_longer_needed)
{
	struct block b[] = {
		{128, 0, 0, 1}, {64, 0, 1, 2}, {128, 0, 2, 3}, {64, 0, 3, 3}};

	ck_assert_uint_eq(blocks_place(b, 4), 192);
	ck_assert_uint_eq(b[0].offset, 0);
	ck_assert_uint_eq(b[1].offset, 128);
	ck_assert_uint_eq(b[2].offset, 0);
	ck_assert_uint_eq(b[3].offset, 128);
}
END_TEST

START_TEST(takes_the_smallest_gap_that_holds)
{
	struct block b[] = {{192, 0, 0, 0}, {64, 0, 0, 9}, {64, 0, 0, 0},
			    {64, 0, 0, 9},  {64, 0, 1, 9}, {192, 0, 1, 9}};

	ck_assert_uint_eq(blocks_place(b, 6), 384);
	ck_assert_uint_eq(b[4].offset, 256);
	ck_assert_uint_eq(b[5].offset, 0);
}
END_TEST

START_TEST(refuses_sums_that_overflow)
{
	struct block b[] = {{SIZE_MAX / 2, 0, 0, 1}, {SIZE_MAX / 2, 0, 0, 1}};

	ck_assert(blocks_place(b, 2) == SIZE_MAX);
}
END_TEST

START_TEST(never_overlaps_blocks_of_one_time)
{
	enum { N = 200 };
	struct block b[N];
	struct rng r;

	rng_seed(&r, (uint64_t)_i);
	for (uint32_t i = 0; i < N; i++)
		b[i] = (struct block){64 * (1 + rng_below(&r, 9)), 0, i,
				      i + (uint32_t)rng_below(&r, 20)};
	blocks_place(b, N);
	for (uint32_t i = 0; i < N; i++)
		for (uint32_t k = i + 1; k < N; k++) {
			if (b[i].last < b[k].first)
				continue;
			ck_assert(b[i].offset + b[i].bytes <= b[k].offset ||
				  b[k].offset + b[k].bytes <= b[i].offset);
		}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("layout");
	TCase *t = tcase_create("blocks");
	SRunner *r;
	int failed;

	tcase_add_test(t, reuses_what_is_no_longer_needed);
	tcase_add_test(t, takes_the_smallest_gap_that_holds);
	tcase_add_test(t, refuses_sums_that_overflow);
	tcase_add_loop_test(t, never_overlaps_blocks_of_one_time, 0, 20);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
