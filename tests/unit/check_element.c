/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_element.c -- elements of all types, against ml_dtypes.
 *
 * Fingerprints are FNV-1a of the little-endian codes that ml_dtypes 0.6
 * (and ONNX's saturate_cast on top of it) makes of all float16 numbers.
 */
#include "graph/element.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "base/compiler.h"

static uint32_t fnv_byte(uint32_t h, unsigned byte)
{
	return (h ^ byte) * UINT32_C(0x01000193);
}

static uint32_t fnv_bits(uint32_t h, uint32_t bits, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		h = fnv_byte(h, bits >> (8 * i) & 255);
	return h;
}

static float float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, 4);
	return f;
}

static uint32_t bits_of(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, 4);
	return bits;
}

static const struct {
	enum dtype t;
	unsigned codes;
	uint32_t saturated, open, decoded;
} small[] = {
	{DTYPE_F8E4M3FN, 256, 0x10f906a3, 0x622467a3, 0x4a617f05},
	{DTYPE_F8E4M3FNUZ, 256, 0x9fa38923, 0xd5754b4d, 0x1176f418},
	{DTYPE_F8E5M2, 256, 0x1f30f933, 0x4d45df45, 0x5ac36625},
	{DTYPE_F8E5M2FNUZ, 256, 0x7de933a3, 0xb3f8354d, 0x493c7518},
	{DTYPE_F4E2M1, 16, 0x709c354b, 0x709c354b, 0x81ebc945},
	{DTYPE_F6E2M3, 64, 0x0aeff643, 0x0aeff643, 0x54f32245},
	{DTYPE_F6E3M2, 64, 0x5e737dc3, 0x5e737dc3, 0xbd8ef925},
};

static uint32_t encode_all(enum dtype to, enum saturate saturate)
{
	uint32_t h = UINT32_C(0x811c9dc5);
	uint16_t half;
	uint8_t code[2];

	for (uint32_t i = 0; i < 65536; i++) {
		half = (uint16_t)i;
		if (isnan(element_double(DTYPE_F16, &half, 0)))
			continue;
		element_cast(DTYPE_F16, &half, to, code, 1, saturate);
		h = fnv_byte(h, code[0]);
	}
	return h;
}

START_TEST(encodes_every_half_as_ml_dtypes_does)
{
	ck_assert_uint_eq(encode_all(small[_i].t, SATURATE_YES),
			  small[_i].saturated);
	ck_assert_uint_eq(encode_all(small[_i].t, SATURATE_NO), small[_i].open);
}
END_TEST

START_TEST(decodes_every_small_code_as_ml_dtypes_does)
{
	uint32_t h = UINT32_C(0x811c9dc5);
	uint8_t code, again;
	float f;

	for (unsigned i = 0; i < small[_i].codes; i++) {
		code = (uint8_t)i;
		f = (float)element_double(small[_i].t, &code, 0);
		h = fnv_bits(h, isnan(f) ? 0x7fc00000 : bits_of(f), 4);
		if (!isfinite(f))
			continue;
		again = 0;
		element_set_double(small[_i].t, &again, 0, f);
		ck_assert_uint_eq(again, code);
	}
	ck_assert_uint_eq(h, small[_i].decoded);
}
END_TEST

START_TEST(rounds_floats_to_16_bits_as_numpy_does)
{
	uint32_t bf = UINT32_C(0x811c9dc5), half = bf;
	uint16_t code;
	float f;

	for (uint32_t i = 0; i < 65536; i++) {
		f = float_of(i << 16 | 0x8000);
		if (!isnan(f)) {
			element_set_double(DTYPE_BF16, &code, 0, f);
			bf = fnv_bits(bf, code, 2);
		}
		f = float_of(i * 65537);
		if (!isnan(f)) {
			element_set_double(DTYPE_F16, &code, 0, f);
			half = fnv_bits(half, code, 2);
		}
	}
	ck_assert_uint_eq(bf, 0x1366b2c5);
	ck_assert_uint_eq(half, 0x74888c32);
}
END_TEST

START_TEST(keeps_every_16_bit_code)
{
	enum dtype t = _i ? DTYPE_BF16 : DTYPE_F16;
	uint16_t code, again;
	double x;

	for (uint32_t i = 0; i < 65536; i++) {
		code = (uint16_t)i;
		x = element_double(t, &code, 0);
		element_set_double(t, &again, 0, x);
		if (isnan(x))
			ck_assert(isnan(element_double(t, &again, 0)));
		else
			ck_assert_uint_eq(again, code);
	}
}
END_TEST

/* The table of ONNX Cast-19 for special values. */
static const struct {
	enum dtype t;
	float x;
	enum saturate saturate;
	unsigned code;
} specials[] = {
	{DTYPE_F8E4M3FN, INFINITY, SATURATE_YES, 0x7e},
	{DTYPE_F8E4M3FN, -INFINITY, SATURATE_NO, 0xff},
	{DTYPE_F8E4M3FN, NAN, SATURATE_YES, 0x7f},
	{DTYPE_F8E4M3FN, -0.0f, SATURATE_YES, 0x80},
	{DTYPE_F8E4M3FN, 464, SATURATE_NO, 0x7e},
	{DTYPE_F8E4M3FN, 464.01f, SATURATE_NO, 0x7f},
	{DTYPE_F8E4M3FNUZ, -0.0f, SATURATE_YES, 0x00},
	{DTYPE_F8E4M3FNUZ, -1e-9f, SATURATE_YES, 0x00},
	{DTYPE_F8E4M3FNUZ, NAN, SATURATE_YES, 0x80},
	{DTYPE_F8E4M3FNUZ, -INFINITY, SATURATE_NO, 0x80},
	{DTYPE_F8E4M3FNUZ, -INFINITY, SATURATE_YES, 0xff},
	{DTYPE_F8E5M2, 1e30f, SATURATE_YES, 0x7b},
	{DTYPE_F8E5M2, -1e30f, SATURATE_NO, 0xfc},
	{DTYPE_F8E5M2, NAN, SATURATE_NO, 0x7e},
	{DTYPE_F8E5M2FNUZ, 1e30f, SATURATE_NO, 0x80},
	{DTYPE_F8E5M2FNUZ, 1e30f, SATURATE_YES, 0x7f},
	{DTYPE_F4E2M1, NAN, SATURATE_YES, 0x08},
	{DTYPE_F4E2M1, -INFINITY, SATURATE_NO, 0x0f},
	{DTYPE_F4E2M1, 0.25f, SATURATE_YES, 0x00},
	{DTYPE_F4E2M1, 2.5f, SATURATE_YES, 0x04},
	{DTYPE_F16, 65519, SATURATE_YES, 0x7bff},
	{DTYPE_F16, 65520, SATURATE_YES, 0x7c00},
	{DTYPE_BF16, 3.4e38f, SATURATE_YES, 0x7f80},
	{DTYPE_F8E8M0, 1.1f, SATURATE_YES, 128},
	{DTYPE_F8E8M0, 0.25f, SATURATE_YES, 125},
	{DTYPE_F8E8M0, 0, SATURATE_YES, 0},
	{DTYPE_F8E8M0, 0, SATURATE_NO, 255},
	{DTYPE_F8E8M0, NAN, SATURATE_YES, 255},
	{DTYPE_F8E8M0, 3e38f, SATURATE_YES, 254},
	{DTYPE_F8E8M0, 3e38f, SATURATE_NO, 255},
};

START_TEST(special_values_follow_the_cast_table)
{
	uint16_t code = 0;

	element_cast(DTYPE_F32, &specials[_i].x, specials[_i].t, &code, 1,
		     specials[_i].saturate);
	ck_assert_uint_eq(code, specials[_i].code);
}
END_TEST

START_TEST(powers_of_two_round_as_told)
{
	static const float x[] = {1, 1.25f, 1.5f, 1.75f, 2};
	uint8_t up[5], down[5], nearest[5];

	element_cast_e8m0(DTYPE_F32, x, up, 5, SATURATE_YES, ROUND_UP);
	element_cast_e8m0(DTYPE_F32, x, down, 5, SATURATE_YES, ROUND_DOWN);
	element_cast_e8m0(DTYPE_F32, x, nearest, 5, SATURATE_YES,
			  ROUND_NEAREST);
	ck_assert_mem_eq(up, ((uint8_t[]){127, 128, 128, 128, 128}), 5);
	ck_assert_mem_eq(down, ((uint8_t[]){127, 127, 127, 127, 128}), 5);
	ck_assert_mem_eq(nearest, ((uint8_t[]){127, 127, 128, 128, 128}), 5);
	for (unsigned i = 0; i < 255; i++) {
		up[0] = (uint8_t)i;
		ck_assert(element_double(DTYPE_F8E8M0, up, 0) ==
			  ldexp(1, (int)i - 127));
	}
}
END_TEST

static const enum dtype packed[] = {DTYPE_U2,	  DTYPE_I2,	DTYPE_U4,
				    DTYPE_I4,	  DTYPE_F4E2M1, DTYPE_F6E2M3,
				    DTYPE_F6E3M2, DTYPE_U8};

START_TEST(packed_elements_do_not_touch_their_neighbours)
{
	enum dtype t = packed[_i];
	uint64_t mask = (UINT64_C(1) << dtype_info[t].bits) - 1;
	uint8_t data[32];
	size_t n = sizeof(data) * 8 / dtype_info[t].bits;

	for (size_t at = 0; at < n; at++) {
		memset(data, 0xff, sizeof(data));
		element_set_bits(t, data, at, 0);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(element_bits(t, data, i),
					  i == at ? 0 : mask);
	}
}
END_TEST

START_TEST(first_element_lies_in_the_low_bits)
{
	uint8_t data[3] = {0};

	element_set_int(DTYPE_I4, data, 0, -8);
	element_set_int(DTYPE_I4, data, 1, 7);
	ck_assert_uint_eq(data[0], 0x78);
	ck_assert_int_eq(element_int(DTYPE_I4, data, 0), -8);
	for (size_t i = 0; i < 4; i++)
		element_set_bits(DTYPE_F6E2M3, data, i, i + 1);
	/* 1 | 2 << 6 | 3 << 12 | 4 << 18 */
	ck_assert_mem_eq(data, ((uint8_t[]){0x81, 0x30, 0x10}), 3);
	element_set_int(DTYPE_I2, data, 2, -2);
	ck_assert_int_eq(element_int(DTYPE_I2, data, 2), -2);
	ck_assert_int_eq(element_int(DTYPE_U2, data, 2), 2);
}
END_TEST

/* Truncated; narrow types keep the low bits as ONNX's Cast tests want. */
static const struct {
	enum dtype t;
	float x;
	int64_t want;
} truncations[] = {
	{DTYPE_I8, -300.7f, -44},
	{DTYPE_U8, -9, 247},
	{DTYPE_U4, -9, 7},
	{DTYPE_I4, 15.5f, -1},
	{DTYPE_I2, -3, 1},
	{DTYPE_I16, 2.9f, 2},
	{DTYPE_I32, 3e9f, INT32_MAX},
	{DTYPE_I32, -INFINITY, INT32_MIN},
	{DTYPE_U32, 3e9f, 3000000000},
	{DTYPE_U32, -1, 0},
	{DTYPE_I64, 1e30f, INT64_MAX},
	{DTYPE_I64, NAN, 0},
	{DTYPE_U64, 1e30f, -1},
	{DTYPE_U64, 0x1p63f, INT64_MIN},
	{DTYPE_I64, -0x1p63f, INT64_MIN},
	{DTYPE_BOOL, NAN, 1},
	{DTYPE_BOOL, -0.0f, 0},
	{DTYPE_BOOL, 0.1f, 1},
};

START_TEST(truncates_floats_to_integers)
{
	uint64_t out = 0;

	element_cast(DTYPE_F32, &truncations[_i].x, truncations[_i].t, &out, 1,
		     SATURATE_YES);
	ck_assert_int_eq(element_int(truncations[_i].t, &out, 0),
			 truncations[_i].want);
}
END_TEST

START_TEST(rounds_doubles_to_integers_and_clamps)
{
	int8_t a;
	uint8_t b;
	uint64_t c;

	element_set_double(DTYPE_I8, &a, 0, 2.5);
	ck_assert_int_eq(a, 2);
	element_set_double(DTYPE_I8, &a, 0, -3.5);
	ck_assert_int_eq(a, -4);
	element_set_double(DTYPE_I8, &a, 0, 127.5);
	ck_assert_int_eq(a, 127);
	element_set_double(DTYPE_I8, &a, 0, -1e300);
	ck_assert_int_eq(a, -128);
	element_set_double(DTYPE_U8, &b, 0, -0.5);
	ck_assert_int_eq(b, 0);
	element_set_double(DTYPE_U8, &b, 0, NAN);
	ck_assert_int_eq(b, 0);
	element_set_double(DTYPE_U64, &c, 0, INFINITY);
	ck_assert_uint_eq(c, UINT64_MAX);
}
END_TEST

START_TEST(rounds_long_integers_once)
{
	/* 2^60 + 2^36 is half a float's last place at 2^60; one more decides.
	 * A double keeps 53 bits and loses it. */
	int64_t x = (INT64_C(1) << 60) + (INT64_C(1) << 36) + 1;
	uint64_t big = UINT64_MAX;
	float f;
	double d;

	element_cast(DTYPE_I64, &x, DTYPE_F32, &f, 1, SATURATE_YES);
	ck_assert(f == 0x1p60f + 0x1p37f);
	element_cast(DTYPE_I64, &x, DTYPE_F64, &d, 1, SATURATE_YES);
	ck_assert(d == (double)x);
	element_cast(DTYPE_U64, &big, DTYPE_F32, &f, 1, SATURATE_YES);
	ck_assert(f == 0x1p64f);
	element_cast(DTYPE_U64, &big, DTYPE_F64, &d, 1, SATURATE_YES);
	ck_assert(d == 0x1p64);
	x = INT64_MIN;
	element_cast(DTYPE_I64, &x, DTYPE_F32, &f, 1, SATURATE_YES);
	ck_assert(f == -0x1p63f);
}
END_TEST

START_TEST(integers_wrap_between_widths)
{
	int16_t x[3] = {200, -1, 256};
	int8_t y[3];
	uint32_t z[3];
	uint8_t nibbles[2] = {0xff, 0xff};
	bool b[3];

	element_cast(DTYPE_I16, x, DTYPE_I8, y, 3, SATURATE_YES);
	ck_assert_mem_eq(y, ((int8_t[]){-56, -1, 0}), 3);
	element_cast(DTYPE_I16, x, DTYPE_U32, z, 3, SATURATE_YES);
	ck_assert_uint_eq(z[1], UINT32_MAX);
	element_cast(DTYPE_I16, x, DTYPE_U4, nibbles, 3, SATURATE_YES);
	ck_assert_mem_eq(nibbles, ((uint8_t[]){0xf8, 0x00}), 2);
	element_cast(DTYPE_I16, x, DTYPE_BOOL, b, 3, SATURATE_YES);
	ck_assert(b[0] && b[1] && b[2]);
}
END_TEST

START_TEST(pointers_need_no_alignment)
{
	char at[17];
	double d = 1.5;
	int64_t i = -7;

	memcpy(at + 1, &d, 8);
	memcpy(at + 9, &i, 8);
	ck_assert(element_double(DTYPE_F64, at + 1, 0) == 1.5);
	ck_assert_int_eq(element_int(DTYPE_I64, at + 1, 1), -7);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("element");
	TCase *t = tcase_create("small");

	tcase_add_loop_test(t, encodes_every_half_as_ml_dtypes_does, 0,
			    COUNT_OF(small));
	tcase_add_loop_test(t, decodes_every_small_code_as_ml_dtypes_does, 0,
			    COUNT_OF(small));
	tcase_add_test(t, rounds_floats_to_16_bits_as_numpy_does);
	tcase_add_loop_test(t, keeps_every_16_bit_code, 0, 2);
	tcase_add_loop_test(t, special_values_follow_the_cast_table, 0,
			    COUNT_OF(specials));
	tcase_add_test(t, powers_of_two_round_as_told);
	suite_add_tcase(s, t);
	t = tcase_create("packed");
	tcase_add_loop_test(t, packed_elements_do_not_touch_their_neighbours, 0,
			    COUNT_OF(packed));
	tcase_add_test(t, first_element_lies_in_the_low_bits);
	suite_add_tcase(s, t);
	t = tcase_create("integers");
	tcase_add_loop_test(t, truncates_floats_to_integers, 0,
			    COUNT_OF(truncations));
	tcase_add_test(t, rounds_doubles_to_integers_and_clamps);
	tcase_add_test(t, rounds_long_integers_once);
	tcase_add_test(t, integers_wrap_between_widths);
	tcase_add_test(t, pointers_need_no_alignment);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_set_fork_status(r, CK_NOFORK);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
