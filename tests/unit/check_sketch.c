/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_sketch.c -- sketches merge to the same bytes, and bad files
 * are refused. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "quant/sketch_diff.h"

enum { SAMPLES = 60, VALUES = 50, PARTS = 7 };

static struct err e;
static const char *const names[] = {"x", "y", "never"};
static const uint8_t model[SHA256_BYTES] = {1, 2, 3};

/* The sketch of samples FIRST, FIRST + STEP ... of a made-up data set. */
static void make(struct sketch *s, int first, int step)
{
	ck_assert(sketch_init(s, model, names, 3, &e));
	for (int i = first; i < SAMPLES; i += step) {
		uint8_t digest[SHA256_BYTES] = {0};
		float v[VALUES];
		struct rng rng;

		rng_seed(&rng, (uint64_t)i);
		for (int t = 0; t < 2; t++) {
			for (int k = 0; k < VALUES; k++)
				v[k] = (float)(rng_normal(&rng) * (1 + 99 * t));
			ck_assert(histogram_add(&s->tensor[t].histogram, v,
						VALUES, &e));
		}
		for (int k = 0; k < SHA256_BYTES; k++)
			digest[k] = (uint8_t)rng_next(&rng);
		sketch_count_sample(s, digest);
	}
}

static struct memory_sink bytes_of(const struct sketch *s)
{
	struct memory_sink out;

	memory_sink_init(&out, NULL);
	ck_assert(sketch_write(s, &out.sink, &e));
	return out;
}

START_TEST(parts_merge_to_the_bytes_of_the_whole_in_any_order)
{
	struct sketch whole;
	struct memory_sink want;
	struct rng rng;

	make(&whole, 0, 1);
	want = bytes_of(&whole);
	rng_seed(&rng, (uint64_t)_i);
	for (int round = 0; round < 5; round++) {
		struct sketch part[PARTS];
		struct memory_sink got;

		for (int p = 0; p < PARTS; p++)
			make(&part[p], p, PARTS);
		for (int left = PARTS; left > 1; left--) {
			uint64_t to = rng_below(&rng, (uint64_t)left);
			uint64_t from = rng_below(&rng, (uint64_t)left - 1);
			struct sketch gone;

			from += from >= to;
			ck_assert(sketch_merge(&part[to], &part[from], &e));
			gone = part[from];
			part[from] = part[left - 1];
			sketch_release(&gone);
		}
		got = bytes_of(&part[0]);
		ck_assert_uint_eq(got.len, want.len);
		ck_assert_mem_eq(got.buf.data, want.buf.data, want.len);
		memory_sink_release(&got);
		sketch_release(&part[0]);
	}
	memory_sink_release(&want);
	sketch_release(&whole);
}
END_TEST

START_TEST(what_is_read_is_written_again)
{
	struct sketch s, again;
	struct memory_sink a, b;

	make(&s, 0, 1);
	a = bytes_of(&s);
	ck_assert_msg(sketch_read(&again, (struct bytes){a.buf.data, a.len},
				  NULL, &e),
		      "%s", e.msg);
	b = bytes_of(&again);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_mem_eq(a.buf.data, b.buf.data, a.len);
	ck_assert_uint_eq(again.samples, SAMPLES);
	ck_assert_ptr_nonnull(sketch_find(&again, "never"));
	ck_assert_ptr_null(sketch_find(&again, "z"));
	memory_sink_release(&a);
	memory_sink_release(&b);
	sketch_release(&s);
	sketch_release(&again);
}
END_TEST

START_TEST(refuses_a_sketch_of_another_model)
{
	static const uint8_t other[SHA256_BYTES] = {9};
	struct sketch a, b;

	ck_assert(sketch_init(&a, model, names, 3, &e));
	ck_assert(sketch_init(&b, other, names, 3, &e));
	ck_assert(!sketch_merge(&a, &b, &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	sketch_release(&a);
	sketch_release(&b);
}
END_TEST

/* Make the digest at the end right again. */
static void seal(uint8_t *data, size_t len)
{
	struct sha256 d;

	sha256_init(&d);
	sha256_add(&d, data, len - SHA256_BYTES);
	sha256_finish(&d, data + len - SHA256_BYTES);
}

START_TEST(refuses_every_truncation)
{
	struct sketch s, got;
	struct memory_sink a;

	make(&s, 0, 20);
	a = bytes_of(&s);
	for (size_t len = 0; len < a.len; len += 1 + len / 40) {
		uint8_t *part = malloc(len + SHA256_BYTES);

		memcpy(part, a.buf.data, len);
		ck_assert(!sketch_read(&got, (struct bytes){part, len}, NULL,
				       &e));
		/* And with a digest that fits what is left. */
		if (len > SHA256_BYTES) {
			seal(part, len);
			ck_assert(!sketch_read(&got, (struct bytes){part, len},
					       NULL, &e));
		}
		free(part);
	}
	memory_sink_release(&a);
	sketch_release(&s);
}
END_TEST

START_TEST(survives_any_byte_changed)
{
	struct sketch s, got;
	struct memory_sink a;
	struct rng rng;
	int refused = 0;

	make(&s, 0, 20);
	a = bytes_of(&s);
	rng_seed(&rng, 3);
	for (int i = 0; i < 3000; i++) {
		size_t at = rng_below(&rng, a.len - SHA256_BYTES);
		uint8_t before = a.buf.data[at];

		a.buf.data[at] ^= (uint8_t)(1 + rng_below(&rng, 255));
		seal(a.buf.data, a.len);
		if (sketch_read(&got, (struct bytes){a.buf.data, a.len}, NULL,
				&e))
			sketch_release(&got);
		else
			refused++;
		a.buf.data[at] = before;
	}
	ck_assert_int_gt(refused, 1000);
	memory_sink_release(&a);
	sketch_release(&s);
}
END_TEST

START_TEST(refuses_huge_counts_without_allocating)
{
	/* Head, digests, no samples, 2^35 tensors. */
	uint8_t file[8 + 4 + 64 + 1 + 6 + 100] = "mlopt\x1aSK\1";
	static const uint8_t huge[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
	struct sketch s;

	memcpy(file + 8 + 4 + 64 + 1, huge, sizeof(huge));
	seal(file, sizeof(file));
	ck_assert(
		!sketch_read(&s, (struct bytes){file, sizeof(file)}, NULL, &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	ck_assert_msg(strstr(e.msg, "tensors do not fit"), "%s", e.msg);
}
END_TEST

START_TEST(refuses_other_files_and_versions)
{
	uint8_t file[200] = "mlopt\x1aSK\2";
	struct sketch s;

	ck_assert(
		!sketch_read(&s, (struct bytes){file, sizeof(file)}, NULL, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	file[0] = 'M';
	ck_assert(
		!sketch_read(&s, (struct bytes){file, sizeof(file)}, NULL, &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	ck_assert(!sketch_read(&s, (struct bytes){file, 0}, NULL, &e));
}
END_TEST

/* ---- drift --------------------------------------------------------------- */

static void add_values(struct histogram *h, const float *x, size_t n)
{
	ck_assert(histogram_add(h, x, n, &e));
}

static struct sketch_drift drift(const float *was, size_t nwas, const float *is,
				 size_t nis)
{
	struct arena a = {0};
	struct histogram h[2];
	struct sketch_drift d;

	histogram_init(&h[0], &a);
	histogram_init(&h[1], &a);
	add_values(&h[0], was, nwas);
	add_values(&h[1], is, nis);
	histogram_drift(&h[0], &h[1], &d);
	arena_release(&a);
	return d;
}

START_TEST(psi_and_ks_match_hand_computation)
{
	/* Tenths end where half of the old values do: cells 1 | 2 | 8. */
	static const float was[] = {1, 1, 2, 2}, is[] = {1, 2, 2, 8};
	struct sketch_drift d = drift(was, 4, is, 4);
	double one = (1.5 - 2.5) / 4 * log(1.5 / 2.5);
	double above = (1.5 - 0.5) / 4 * log(1.5 / 0.5);

	ck_assert_double_eq_tol(d.psi, one + above, 1e-12);
	ck_assert_double_eq(d.ks, 0.25);
	ck_assert_uint_eq(d.count[1], 4);
}
END_TEST

START_TEST(the_same_data_has_not_drifted)
{
	static const float x[] = {-3, 0, 0, 1, 5, NAN, INFINITY};
	struct sketch_drift d = drift(x, 7, x, 7);

	ck_assert_double_eq(d.psi, 0);
	ck_assert_double_eq(d.ks, 0);
	d = drift(x, 0, x, 0);
	ck_assert_double_eq(d.psi, 0);
}
END_TEST

static const struct {
	float value;
} newcomers[] = {{-9}, {9}, {NAN}, {INFINITY}, {-INFINITY}};

START_TEST(values_that_never_were_are_drift)
{
	float was[40], is[40];
	struct sketch_drift d;

	for (int i = 0; i < 40; i++)
		was[i] = is[i] = 1 + (float)(i % 4);
	for (int i = 0; i < 40; i += 8)
		is[i] = newcomers[_i].value;
	d = drift(was, 40, is, 40);
	/* A tenth and more of 0.5 / 40. */
	ck_assert_double_gt(d.psi, 0.25);
	ck_assert_double_ge(d.ks, 0.099);
}
END_TEST

START_TEST(an_empty_side_is_infinite_drift)
{
	static const float x[] = {1};

	ck_assert(isinf(drift(x, 1, x, 0).psi));
	ck_assert(isinf(drift(x, 0, x, 1).psi));
	ck_assert_double_eq(drift(x, 0, x, 1).ks, 1);
}
END_TEST

START_TEST(sketches_are_compared_worst_tensor_first)
{
	struct sketch was, is, other, empty;
	struct sketch_drift d[3];
	uint8_t digest[SHA256_BYTES] = {0};
	float far[VALUES];

	make(&was, 0, 1);
	make(&is, 0, 2);
	for (int i = 0; i < VALUES; i++)
		far[i] = 1e6f;
	add_values(&is.tensor[1].histogram, far, VALUES);
	ck_assert_msg(sketch_diff(&was, &is, d, &e), "%s", e.msg);
	ck_assert_str_eq(d[0].name, "y");
	ck_assert_str_eq(d[1].name, "x");
	ck_assert_str_eq(d[2].name, "never");
	ck_assert_double_eq(d[2].psi, 0);
	digest[0] = 9;
	ck_assert(sketch_init(&other, digest, names, 3, &e));
	ck_assert(!sketch_diff(&was, &other, d, &e));
	ck_assert_msg(strstr(e.msg, "of another model") != NULL, "%s", e.msg);
	ck_assert(sketch_init(&empty, model, names, 3, &e));
	ck_assert(!sketch_diff(&was, &empty, d, &e));
	ck_assert_msg(strstr(e.msg, "no samples") != NULL, "%s", e.msg);
	sketch_release(&was);
	sketch_release(&is);
	sketch_release(&other);
	sketch_release(&empty);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sketch");
	TCase *t = tcase_create("files");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, psi_and_ks_match_hand_computation);
	tcase_add_test(t, the_same_data_has_not_drifted);
	tcase_add_loop_test(t, values_that_never_were_are_drift, 0,
			    COUNT_OF(newcomers));
	tcase_add_test(t, an_empty_side_is_infinite_drift);
	tcase_add_test(t, sketches_are_compared_worst_tensor_first);
	suite_add_tcase(s, t);
	tcase_add_loop_test(
		t, parts_merge_to_the_bytes_of_the_whole_in_any_order, 0, 3);
	tcase_add_test(t, what_is_read_is_written_again);
	tcase_add_test(t, refuses_a_sketch_of_another_model);
	tcase_add_test(t, refuses_every_truncation);
	tcase_add_test(t, survives_any_byte_changed);
	tcase_add_test(t, refuses_huge_counts_without_allocating);
	tcase_add_test(t, refuses_other_files_and_versions);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
