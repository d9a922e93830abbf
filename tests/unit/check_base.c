/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_base.c -- errors, arenas, buffers, text, maps, numbers. */
#include <check.h>
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/map.h"
#include "base/library.h"
#include "base/openblas.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/str.h"
#include "kern/cpu.h"

START_TEST(an_error_is_one_printable_line)
{
	struct err e;

	ck_assert(!err_set(&e, ERR_SHAPE, "W is '%s', want %d",
			   "a\nb\x1b[2J\xff", 4));
	ck_assert_int_eq(e.code, ERR_SHAPE);
	ck_assert_str_eq(e.msg, "W is 'a\\x0ab\\x1b[2J\\xff', want 4");
	err_set(&e, ERR_FORMAT, "%s", "gr\xc3\xbc\xc3\x9f \xe6\xa8\xa1");
	ck_assert_str_eq(e.msg, "gr\xc3\xbc\xc3\x9f \xe6\xa8\xa1");
}
END_TEST

START_TEST(context_is_prepended_and_keeps_the_code)
{
	struct err e;

	errno = ENOENT;
	ck_assert(!err_errno(&e, "cannot open '%s'", "x"));
	ck_assert(!err_context(&e, "model '%s'", "m"));
	ck_assert_int_eq(e.code, ERR_IO);
	ck_assert_str_eq(e.msg, "model 'm': cannot open 'x': "
				"No such file or directory");
}
END_TEST

START_TEST(an_endless_message_is_cut)
{
	char *text = malloc(10001);
	struct err e;

	memset(text, '\n', 10000);
	text[10000] = '\0';
	err_set(&e, ERR_FORMAT, "%s", text);
	ck_assert_uint_lt(strlen(e.msg), sizeof(e.msg));
	err_context(&e, "%s", text);
	ck_assert_uint_lt(strlen(e.msg), sizeof(e.msg));
	free(text);
}
END_TEST

START_TEST(arena_storage_is_zeroed_aligned_and_rewound)
{
	struct arena a = {0};
	struct arena_mark m;
	char *first = arena_strdup(&a, "kept");
	size_t before;

	m = arena_mark(&a);
	before = arena_bytes(&a);
	for (size_t i = 1; i < 20000; i *= 3) {
		unsigned char *p = arena_alloc(&a, i, 7, 64);

		ck_assert_uint_eq((uintptr_t)p % 64, 0);
		for (size_t k = 0; k < 7 * i; k++)
			ck_assert_uint_eq(p[k], 0);
		memset(p, 0xee, 7 * i);
	}
	arena_rewind(&a, m);
	ck_assert_uint_eq(arena_bytes(&a), before);
	ck_assert_str_eq(first, "kept");
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(*arena_new(&a, int), 0);
	ck_assert_str_eq(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	arena_release(&a);
	ck_assert_uint_eq(arena_bytes(&a), 0);
}
END_TEST

START_TEST(a_budget_counts_and_refuses)
{
	struct budget b = {.limit = 1000};
	struct buf x, y;
	struct err e;

	ck_assert(buf_alloc(&x, 600, &b, &e));
	ck_assert_uint_eq((uintptr_t)x.data % BUF_ALIGN, 0);
	ck_assert(!buf_alloc(&y, 401, &b, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_uint_eq(b.used, 600);
	ck_assert(buf_alloc(&y, 400, &b, &e));
	buf_free(&x);
	ck_assert(buf_resize(&y, 500, &e) == true);
	buf_free(&y);
	ck_assert_uint_eq(b.used, 0);
	ck_assert_uint_eq(b.peak, 1000);
	ck_assert(!buf_array(&x, SIZE_MAX / 2, 3, NULL, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert(!buf_alloc(&x, SIZE_MAX / 2 - 64, NULL, &e));
	ck_assert_int_eq(e.code, ERR_MEMORY);
}
END_TEST

/* Shortest decimals by hand: Steele and White's and Java's known hard cases. */
static const struct {
	double x;
	const char *text;
} doubles[] = {
	{0, "0"},
	{-0.0, "-0"},
	{0.1, "0.1"},
	{1.0 / 3, "0.3333333333333333"},
	{5e-324, "5e-324"},
	{2.2250738585072014e-308, "2.2250738585072014e-308"},
	{DBL_MAX, "1.7976931348623157e+308"},
	{9007199254740993.0, "9007199254740992"},
	{2e23, "2e+23"},
	{123456789, "123456789"},
	{1e22, "1e+22"},
	{(double)INFINITY, "inf"},
	{-(double)INFINITY, "-inf"},
	{(double)NAN, "nan"},
};

START_TEST(a_double_is_shortest_and_reads_back)
{
	struct str s = {0};
	double back;

	str_add_double(&s, doubles[_i].x);
	ck_assert_str_eq(s.text, doubles[_i].text);
	ck_assert(str_to_double(s.text, &back));
	if (!isnan(back))
		ck_assert_mem_eq(&back, &doubles[_i].x, sizeof(back));
	str_release(&s);
}
END_TEST

START_TEST(any_double_and_float_read_back)
{
	struct rng r;

	rng_seed(&r, 7);
	for (int i = 0; i < 3000; i++) {
		uint64_t bits = rng_next(&r);
		uint32_t low = (uint32_t)bits;
		struct str s = {0};
		double x;
		float f, g;

		memcpy(&x, &bits, sizeof(x));
		memcpy(&f, &low, sizeof(f));
		str_add_double(&s, x);
		if (!isnan(x))
			ck_assert(strtod(s.text, NULL) == x);
		s.len = 0;
		str_add_float(&s, f);
		g = strtof(s.text, NULL);
		if (!isnan(f))
			ck_assert(g == f);
		str_release(&s);
	}
}
END_TEST

START_TEST(numbers_are_the_same_in_a_locale_with_commas)
{
	struct str s = {0};
	double x;

	if (!setlocale(LC_ALL, "de_DE.UTF-8") &&
	    !setlocale(LC_ALL, "fr_FR.UTF-8"))
		return; /* not installed here */
	str_add_double(&s, 0.5);
	str_addc(&s, ' ');
	str_add_bytes(&s, 1536);
	setlocale(LC_ALL, "C");
	ck_assert_str_eq(s.text, "0.5 1.50 KiB");
	ck_assert(str_to_double("0.5", &x));
	ck_assert_double_eq(x, 0.5);
	str_release(&s);
}
END_TEST

START_TEST(only_whole_numbers_in_range_parse)
{
	static const char *const bad[] = {"",	 " 1",	  "1 ",	 "1x",
					  "0,5", "1e999", "--1", "+-1"};
	long long n;
	double x;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		ck_assert_msg(!str_to_double(bad[i], &x), "%s", bad[i]);
		ck_assert_msg(!str_to_int(bad[i], &n), "%s", bad[i]);
	}
	ck_assert(!str_to_int("9223372036854775808", &n));
	ck_assert(str_to_int("-9223372036854775808", &n));
	ck_assert(str_to_double("4e-320", &x));
}
END_TEST

static const struct {
	double x;
	const char *bytes, *count;
} scaled[] = {
	{0, "0 B", "0"},
	{512, "512 B", "512"},
	{1000, "1000 B", "1.00 k"},
	{1024, "1.00 KiB", "1.02 k"},
	{12595, "12.3 KiB", "12.6 k"},
	{999949, "977 KiB", "1.00 M"},
	{1048575, "1.00 MiB", "1.05 M"},
	{2.1e9, "1.96 GiB", "2.10 G"},
	{41.1e9, "38.3 GiB", "41.1 G"},
};

START_TEST(sizes_have_three_digits)
{
	struct str s = {0};

	str_add_bytes(&s, scaled[_i].x);
	ck_assert_str_eq(s.text, scaled[_i].bytes);
	s.len = 0;
	str_add_count(&s, scaled[_i].x);
	ck_assert_str_eq(s.text, scaled[_i].count);
	str_release(&s);
}
END_TEST

START_TEST(malformed_utf8_does_not_print)
{
	static const char *const bad[] = {
		"\x80",	    "\xc0\x80",		"\xed\xa0\x80",
		"\xe2\x80", "\xf4\x90\x80\x80", "\xc2\x85",
		"\x7f",	    "\xe2\x80\xae",	"\xff"};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		ck_assert_uint_eq(str_printable(bad[i], strlen(bad[i])), 0);
	ck_assert_uint_eq(str_printable("\xf0\x9f\x98\x80", 4), 4);
	ck_assert_uint_eq(str_printable("\xe2\x82\xac", 3), 3);
}
END_TEST

START_TEST(a_map_finds_what_was_put)
{
	struct arena a = {0};
	struct map m = {.arena = &a};
	uint32_t v;

	ck_assert(!map_get(&m, "x", &v));
	for (uint32_t i = 0; i < 5000; i++)
		ck_assert(map_add(&m, arena_printf(&a, "name%u", i), i));
	ck_assert(!map_add(&m, "name77", 1));
	for (uint32_t i = 0; i < 5000; i++) {
		char key[32];

		snprintf(key, sizeof(key), "name%u", i);
		ck_assert(map_get(&m, key, &v));
		ck_assert_uint_eq(v, i);
	}
	map_set(&m, "name77", 9);
	ck_assert(map_get(&m, "name77", &v) && v == 9);
	ck_assert(!map_get(&m, "name", &v));
	ck_assert_uint_eq(m.count, 5000);
	arena_release(&a);
}
END_TEST

/* The reference implementation seeded with splitmix64(0), computed apart. */
START_TEST(random_numbers_are_the_published_ones)
{
	struct rng r = {{1, 2, 3, 4}};
	double sum = 0, squares = 0;

	ck_assert_uint_eq(rng_next(&r), 41943041);
	ck_assert_uint_eq(rng_next(&r), 58720359);
	ck_assert_uint_eq(rng_next(&r), 3588806011781223u);
	rng_seed(&r, 0);
	ck_assert_uint_eq(r.s[0], 0xe220a8397b1dcdafu);
	for (int i = 0; i < 20000; i++) {
		double x = rng_normal(&r);

		sum += x;
		squares += x * x;
		ck_assert_uint_lt(rng_below(&r, 7), 7);
	}
	ck_assert_double_lt(fabs(sum / 20000), 0.03);
	ck_assert_double_lt(fabs(squares / 20000 - 1), 0.05);
}
END_TEST

START_TEST(json_is_indented_escaped_and_finite)
{
	struct json j = {0};

	json_object(&j, NULL);
	json_string(&j, "a", "x\"\\\n\x01\xff\xc3\xa4");
	json_array(&j, "b");
	json_double(&j, NULL, 0.1);
	json_double(&j, NULL, (double)NAN);
	json_int(&j, NULL, -5);
	json_end(&j);
	json_object(&j, "c");
	json_end(&j);
	json_bool(&j, "d", true);
	json_null(&j, "e");
	json_end(&j);
	ck_assert_str_eq(j.text.text,
			 "{\n"
			 "  \"a\": \"x\\\"\\\\\\n\\u0001\\ufffd\xc3\xa4\",\n"
			 "  \"b\": [\n"
			 "    0.1,\n"
			 "    \"nan\",\n"
			 "    -5\n"
			 "  ],\n"
			 "  \"c\": {},\n"
			 "  \"d\": true,\n"
			 "  \"e\": null\n"
			 "}\n");
	json_release(&j);
}
END_TEST

struct marks {
	struct job job;
	int *seen;
	bool nested;
};

static void mark(struct job *self, size_t begin, size_t end)
{
	struct marks *m = (struct marks *)self;

	if (m->nested) {
		struct marks inner = {{mark}, m->seen + begin, false};

		parallel_for(&inner.job, end - begin, 1);
		return;
	}
	for (size_t i = begin; i < end; i++)
		m->seen[i]++;
}

START_TEST(every_item_is_done_once)
{
	enum { N = 10007 };
	int *seen = calloc(N, sizeof(*seen));
	static const size_t grains[] = {0, 1, 7, 1000, N, 2 * N};

	for (int threads = 1; threads <= 4; threads++) {
		for (size_t g = 0; g < COUNT_OF(grains); g++) {
			struct marks m = {{mark}, seen, g == 2};
			size_t done_once = 0;

			memset(seen, 0, N * sizeof(*seen));
			parallel_set_threads(threads);
			parallel_for(&m.job, N, grains[g]);
			for (size_t i = 0; i < N; i++)
				done_once += seen[i] == 1;
			ck_assert_uint_eq(done_once, N);
		}
	}
	parallel_set_threads(0);
	ck_assert_int_ge(parallel_threads(), 1);
	free(seen);
}
END_TEST

struct alone {
	struct job job;
	size_t count;
	int threads;
};

static void note_threads(struct job *self, size_t begin, size_t end)
{
	struct alone *a = (struct alone *)self;

	a->count += end - begin;
	a->threads = parallel_threads();
}

START_TEST(a_job_alone_has_one_thread)
{
	struct alone a = {.job = {note_threads}};

	parallel_set_threads(3);
	parallel_alone(&a.job, 7);
	ck_assert_uint_eq(a.count, 7);
	ck_assert_int_eq(a.threads, 1);
	ck_assert_int_eq(parallel_threads(), 3);
	parallel_set_threads(0);
}
END_TEST

START_TEST(a_library_or_function_that_is_missing_is_named)
{
	double (*root)(double) = NULL;
	void (*none)(void) = NULL;
	struct library_function functions[] = {
		{"sqrt", &root}, {NULL, NULL}, {NULL, NULL}};
	struct err e = {0};

	ck_assert_msg(library_load("libm.so.6", functions, &e), "%s", e.msg);
	ck_assert(root(9) == 3);
	functions[1] = (struct library_function){"square_circle", &none};
	ck_assert(!library_load("libm.so.6", functions, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_str_eq(e.msg, "library 'libm.so.6' has no function "
				"'square_circle'");
	ck_assert(!library_load("libnowhere.so.0", functions, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(e.msg, "libnowhere.so.0"));
}
END_TEST

START_TEST(openblas_has_our_number_of_threads_once_it_is_loaded)
{
	struct err e = {0};

	parallel_set_threads(2);
	ck_assert_msg(openblas_load(&e), "%s", e.msg);
	ck_assert_ptr_nonnull(openblas_loaded());
	ck_assert_str_ne(parallel_blas_config(), "not used");
	ck_assert(parallel_pool_is_shared());
	parallel_set_threads(0);
}
END_TEST

START_TEST(openblas_does_not_take_a_new_processor_for_an_old_one)
{
	struct err e = {0};
	const char *core;

	ck_assert_msg(openblas_load(&e), "%s", e.msg);
	core = openblas_loaded()->openblas_get_corename();
	if (!cpu_has(CPU_AVX2) || getenv("OPENBLAS_CORETYPE"))
		return;
	ck_assert_msg(strcasecmp(core, "Prescott"), "%s with AVX2", core);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, an_error_is_one_printable_line);
	tcase_add_test(t, context_is_prepended_and_keeps_the_code);
	tcase_add_test(t, an_endless_message_is_cut);
	tcase_add_test(t, arena_storage_is_zeroed_aligned_and_rewound);
	tcase_add_test(t, a_budget_counts_and_refuses);
	tcase_add_loop_test(t, a_double_is_shortest_and_reads_back, 0,
			    COUNT_OF(doubles));
	tcase_add_test(t, any_double_and_float_read_back);
	tcase_add_test(t, numbers_are_the_same_in_a_locale_with_commas);
	tcase_add_test(t, only_whole_numbers_in_range_parse);
	tcase_add_loop_test(t, sizes_have_three_digits, 0, COUNT_OF(scaled));
	tcase_add_test(t, malformed_utf8_does_not_print);
	tcase_add_test(t, a_map_finds_what_was_put);
	tcase_add_test(t, random_numbers_are_the_published_ones);
	tcase_add_test(t, json_is_indented_escaped_and_finite);
	tcase_add_test(t, every_item_is_done_once);
	tcase_add_test(t, a_job_alone_has_one_thread);
	tcase_add_test(t, a_library_or_function_that_is_missing_is_named);
	tcase_add_test(t, openblas_has_our_number_of_threads_once_it_is_loaded);
	tcase_add_test(t,
		       openblas_does_not_take_a_new_processor_for_an_old_one);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
