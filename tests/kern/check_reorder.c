/* SPDX-License-Identifier: Apache-2.0 */
/* tests/kern/check_reorder.c -- every element lies where its order says, and
 * nothing is written beside it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "kern/reorder.h"

enum { GUARD = 64, GUARD_BYTE = 0xa5 };

static const size_t channels[] = {1, 2, 3, 4, 7, 8, 9, 16, 17, 24, 33};
static const size_t pixels[] = {1, 2, 3, 4, 5, 8, 12, 13, 35};

/* Rows, channels last, blocks of 8 and of 16, of C channels and P pixels. */
static struct order order_of(int i, size_t c, size_t p)
{
	const struct order all[] = {
		{0, p, 1}, {0, 1, c}, {8, 0, 0}, {16, 0, 0}};

	return all[i];
}

/* The definition in kern/reorder.h. */
static size_t place(const struct order *o, size_t pixels_of, size_t c, size_t p)
{
	if (!o->block)
		return c * o->cstep + p * o->pstep;
	return c / o->block * o->block * pixels_of + p * o->block +
	       c % o->block;
}

static size_t filled(const struct order *o, size_t c)
{
	return o->block ? (c + o->block - 1) / o->block * o->block : c;
}

/* Byte B of element (C, P); not 0. */
static unsigned char mark(size_t c, size_t p, size_t b)
{
	return (unsigned char)(1 + (c * 37 + p * 11 + b * 101) % 255);
}

static unsigned char *guarded(size_t bytes)
{
	unsigned char *p = malloc(bytes + 2 * GUARD);

	memset(p, GUARD_BYTE, bytes + 2 * GUARD);
	return p;
}

static void check_one(size_t size, size_t c, size_t p, int from, int to)
{
	struct order of = order_of(from, c, p), ot = order_of(to, c, p);
	size_t in = filled(&of, c) * p * size, out = filled(&ot, c) * p * size;
	unsigned char *x = guarded(in), *y = guarded(out);

	for (size_t k = 0; k < c; k++)
		for (size_t i = 0; i < p; i++)
			for (size_t b = 0; b < size; b++)
				x[GUARD + place(&of, p, k, i) * size + b] =
					mark(k, i, b);
	kern_reorder(size, c, p, &of, x + GUARD, &ot, y + GUARD);
	for (size_t k = 0; k < filled(&ot, c); k++)
		for (size_t i = 0; i < p; i++)
			for (size_t b = 0; b < size; b++)
				ck_assert_uint_eq(
					y[GUARD + place(&ot, p, k, i) * size +
					  b],
					k < c ? mark(k, i, b) : 0);
	for (size_t i = 0; i < GUARD; i++) {
		ck_assert_uint_eq(y[i], GUARD_BYTE);
		ck_assert_uint_eq(y[GUARD + out + i], GUARD_BYTE);
	}
	free(x);
	free(y);
}

START_TEST(every_element_lies_where_its_order_says)
{
	for (size_t i = 0; i < COUNT_OF(channels); i++)
		for (size_t k = 0; k < COUNT_OF(pixels); k++)
			for (int pair = 0; pair < 16; pair++) {
				check_one(4, channels[i], pixels[k], pair / 4,
					  pair % 4);
				check_one(1, channels[i], pixels[k], pair / 4,
					  pair % 4);
			}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reorder");
	TCase *t = tcase_create("orders");
	SRunner *r;
	int failed;

	tcase_add_test(t, every_element_lies_where_its_order_says);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
