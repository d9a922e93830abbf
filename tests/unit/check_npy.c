/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy arrays: types, orders, hostile headers, writing. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/npy.h"
#include "graph/element.h"

static struct tensor_set set;
static struct str file;
static struct tensor t;
static struct err e;

static void setup(void)
{
	set = (struct tensor_set){.input.fd = -1, .input.dir = -1};
}

static void teardown(void)
{
	tensor_set_release(&set);
	str_release(&file);
}

/* FILE = a version 1.0 array with this header and payload. */
static void make(const char *header, const void *payload, size_t bytes)
{
	size_t n = strlen(header);

	str_release(&file);
	str_addn(&file, "\x93NUMPY\x01\x00", 8);
	str_addc(&file, (char)(n & 255));
	str_addc(&file, (char)(n >> 8));
	str_add(&file, header);
	str_addn(&file, payload, bytes);
}

static bool parse(void)
{
	struct limits lim = limits_filled(NULL);
	struct bytes b = {(const uint8_t *)file.text, file.len};

	return npy_parse(&t, b, &set, &lim, &e);
}

#define DICT(descr, fortran, shape)                                            \
	"{'descr': '" descr "', 'fortran_order': " fortran ", 'shape': " shape \
	", }\n"

static const struct {
	const char *header, *payload;
	size_t bytes;
	enum dtype dtype;
	double want[2];
} types[] = {
	{DICT("|b1", "False", "(2,)"), "\0\1", 2, DTYPE_BOOL, {0, 1}},
	{DICT("|b1", "False", "(2,)"), "\0\7", 2, DTYPE_BOOL, {0, 1}},
	{DICT("|i1", "False", "(2,)"), "\x80\x7f", 2, DTYPE_I8, {-128, 127}},
	{DICT("|u1", "False", "(2,)"), "\x80\x7f", 2, DTYPE_U8, {128, 127}},
	{DICT("<i2", "False", "(2,)"), "\1\0\xff\xff", 4, DTYPE_I16, {1, -1}},
	{DICT(">i2", "False", "(2,)"), "\0\1\xff\xfe", 4, DTYPE_I16, {1, -2}},
	{DICT("<u2", "False", "(2,)"),
	 "\1\0\xff\xff",
	 4,
	 DTYPE_U16,
	 {1, 65535}},
	{DICT(">i4", "False", "(2,)"),
	 "\0\0\0\1\0\0\1\0",
	 8,
	 DTYPE_I32,
	 {1, 256}},
	{DICT("<u4", "False", "(2,)"),
	 "\1\0\0\0\0\0\0\x80",
	 8,
	 DTYPE_U32,
	 {1, 2147483648.0}},
	{DICT("<i8", "False", "(2,)"),
	 "\1\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
	 16,
	 DTYPE_I64,
	 {1, -1}},
	{DICT("<f2", "False", "(2,)"), "\0\x3c\0\xb8", 4, DTYPE_F16, {1, -0.5}},
	{DICT(">f4", "False", "(2,)"),
	 "\x3f\x80\0\0\xbf\0\0\0",
	 8,
	 DTYPE_F32,
	 {1, -0.5}},
	{DICT("=f4", "False", "(2,)"),
	 "\0\0\x80\x3f\0\0\0\xbf",
	 8,
	 DTYPE_F32,
	 {1, -0.5}},
	{DICT(">f8", "False", "(2,)"),
	 "\x3f\xf0\0\0\0\0\0\0\xbf\xe0\0\0\0\0\0\0",
	 16,
	 DTYPE_F64,
	 {1, -0.5}},
	{"{\"shape\":(2L,),'fortran_order':False,'descr':'u1'}",
	 "\1\2",
	 2,
	 DTYPE_U8,
	 {1, 2}},
};

START_TEST(reads_every_type_and_byte_order)
{
	make(types[_i].header, types[_i].payload, types[_i].bytes);
	ck_assert_msg(parse(), "%s", e.msg);
	ck_assert_int_eq(t.dtype, types[_i].dtype);
	ck_assert_int_eq(t.shape.rank, 1);
	ck_assert_int_eq(t.shape.dim[0], 2);
	ck_assert_double_eq(tensor_double(&t, 0), types[_i].want[0]);
	ck_assert_double_eq(tensor_double(&t, 1), types[_i].want[1]);
}
END_TEST

START_TEST(points_into_the_file_where_it_can)
{
	make(DICT("|u1", "False", "(1, 3)"), "abc", 3);
	ck_assert(parse());
	ck_assert_ptr_eq(t.data, file.text + file.len - 3);
	ck_assert_int_eq(t.shape.rank, 2);
}
END_TEST

START_TEST(reads_scalars_and_empty_arrays)
{
	make(DICT("|u1", "False", "()"), "\5", 1);
	ck_assert(parse());
	ck_assert_int_eq(t.shape.rank, 0);
	ck_assert_double_eq(tensor_double(&t, 0), 5);
	make(DICT("<f4", "True", "(3, 0, 99999999)"), "", 0);
	ck_assert_msg(parse(), "%s", e.msg);
	ck_assert_uint_eq(tensor_count(&t), 0);
}
END_TEST

START_TEST(transposes_fortran_order)
{
	/* a[i][j][k] = 100 i + 10 j + k for shape (2, 3, 2) */
	uint8_t data[12];
	size_t n = 0;

	for (int k = 0; k < 2; k++)
		for (int j = 0; j < 3; j++)
			for (int i = 0; i < 2; i++)
				data[n++] = (uint8_t)(100 * i + 10 * j + k);
	make(DICT("|u1", "True", "(2, 3, 2)"), data, sizeof(data));
	ck_assert(parse());
	n = 0;
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 2; k++)
				ck_assert_double_eq(tensor_double(&t, n++),
						    100 * i + 10 * j + k);
	make(DICT(">i2", "True", "(2, 2)"), "\0\1\0\2\0\3\0\4", 8);
	ck_assert(parse());
	ck_assert_double_eq(tensor_double(&t, 1), 3);
	ck_assert_double_eq(tensor_double(&t, 2), 2);
}
END_TEST

static void text_is(size_t i, const char *want)
{
	struct text x = ((const struct text *)t.data)[i];

	ck_assert_uint_eq(x.len, strlen(want));
	ck_assert_mem_eq(x.at, want, x.len);
}

START_TEST(reads_strings)
{
	make(DICT("|S3", "False", "(2,)"), "ab\0xyz", 6);
	ck_assert(parse());
	ck_assert_int_eq(t.dtype, DTYPE_STRING);
	text_is(0, "ab");
	text_is(1, "xyz");
	make(DICT(">U2", "False", "(2,)"),
	     "\0\0\0\xe9\0\0\0\0\0\1\xf6\x00\0\0\0z", 16);
	ck_assert_msg(parse(), "%s", e.msg);
	text_is(0, "\xc3\xa9");
	text_is(1, "\xf0\x9f\x98\x80z");
}
END_TEST

#define GOOD DICT("|u1", "False", "(1,)")

static const struct {
	const char *header, *says;
	enum err_code code;
} bad[] = {
	{DICT("<f4", "False", "(8589934592,)"), /* N01 */
	 "the shape needs more than the 4 bytes", ERR_FORMAT},
	{DICT("<f4", "False", "(4294967296, 4294967296, 4294967296)"),
	 "the shape needs more", ERR_FORMAT},
	{DICT("<f8", "False", "(2305843009213693952,)"), "the shape needs more",
	 ERR_FORMAT},
	{DICT("<f4", "False", "(18446744073709551616,)"), /* N03 */
	 "exceeds 2^63", ERR_FORMAT},
	{DICT("<f4", "False", "(-1,)"), "expected a dimension, found '-'",
	 ERR_FORMAT},						     /* N04 */
	{DICT("|O", "False", "(1,)"), "Python objects", ERR_FORMAT}, /* N05 */
	{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
	 "structures", ERR_FORMAT},				  /* N08 */
	{DICT("<f4", "False", "(2,)"), "needs more", ERR_FORMAT}, /* N10 */
	{DICT("|u1", "False", "(3,)"), "4 bytes follow", ERR_FORMAT},
	{DICT("<f3", "False", "(1,)"), "'f3'", ERR_FORMAT},
	{DICT("|V4", "False", "(1,)"), "'V4'", ERR_FORMAT},
	{DICT("<M8[ns]", "False", "(1,)"), "no element type", ERR_FORMAT},
	{DICT("|S0", "False", "(99999999999,)"), "'S0'", ERR_FORMAT},
	{DICT("<f99999999999999999999", "False", "(1,)"), "no element type",
	 ERR_FORMAT},
	{"", "expected '{', found its end", ERR_FORMAT},
	{"{", "expected a text in quotes", ERR_FORMAT},
	{"{}", "no 'descr'", ERR_FORMAT},
	{"{'descr': '<f4', 'fortran_order': False, }", "no 'shape'",
	 ERR_FORMAT},
	{"{'descr': '<f4', 'descr': '<f4'}", "'descr' is given twice",
	 ERR_FORMAT},
	{"{'colour': 1}", "'colour' is unknown", ERR_FORMAT},
	{"{'fortran_order': 1}", "expected True or False", ERR_FORMAT},
	{"{'shape': (1 2)}", "expected ',' or ')'", ERR_FORMAT},
	{"{'shape': 1}", "expected '('", ERR_FORMAT},
	{"{'shape': (1,", "expected a dimension, found its end", ERR_FORMAT},
	{"{'descr': '<f4", "without its end", ERR_FORMAT},
	{GOOD "x", "expected its end, found 'x'", ERR_FORMAT},
	{"{'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
	 "1,1,1,1,1)}",
	 "more than 32 dimensions", ERR_LIMIT},
};

START_TEST(refuses_bad_headers)
{
	make(bad[_i].header, "\1\2\3\4", 4);
	ck_assert(!parse());
	ck_assert_msg(strstr(e.msg, bad[_i].says) != NULL, "%s", e.msg);
	ck_assert_int_eq(e.code, bad[_i].code);
}
END_TEST

START_TEST(refuses_ten_thousand_parentheses)
{
	struct str s = {0};

	str_add(&s, "{'shape': ");
	for (int i = 0; i < 9900; i++)
		str_addc(&s, '(');
	make(s.text, "", 0);
	str_release(&s);
	ck_assert(!parse());
	ck_assert_int_eq(e.code, ERR_FORMAT);
}
END_TEST

START_TEST(refuses_bad_beginnings)
{
	static const struct {
		const char *text;
		size_t len;
		enum err_code code;
	} starts[] = {
		{"", 0, ERR_FORMAT},
		{"\x93NUMPZ\x01\x00\x00\x00", 10, ERR_FORMAT}, /* N11 */
		{"\x93NUMPY\x09\x00\x00\x00", 10, ERR_FORMAT}, /* N12 */
		{"\x93NUMPY\x01\x00\x40\x00", 10, ERR_FORMAT},
		{"\x93NUMPY\x02\x00\xff\xff\xff\xff", 12, ERR_FORMAT}, /* N02 */
		{"\x93NUMPY\x02\x00", 8, ERR_FORMAT},
	};

	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		str_release(&file);
		str_addn(&file, starts[i].text, starts[i].len);
		ck_assert(!parse());
		ck_assert_int_eq(e.code, starts[i].code);
	}
}
END_TEST

START_TEST(limits_the_header)
{
	struct str s = {0};

	str_add(&s, GOOD);
	while (s.len < 10001)
		str_addc(&s, ' ');
	make(s.text, "a", 1);
	str_release(&s);
	ck_assert(!parse());
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(survives_every_truncation)
{
	make(DICT(">U2", "True", "(2,)"), "\0\0\0a\0\0\0b\0\0\0c\0\0\0d", 16);
	while (file.len--)
		ck_assert(!parse());
	file.len = 0;
}
END_TEST

static void write_array(const struct tensor *x)
{
	struct npy_image image;

	ck_assert_msg(npy_image_init(&image, x, &e), "%s", e.msg);
	str_release(&file);
	str_addn(&file, image.head.text, image.head.len);
	str_addn(&file, (const char *)image.body.at, image.body.len);
	npy_image_release(&image);
}

START_TEST(writes_what_numpy_writes)
{
	static const float x[6] = {0, 1, 2, 3, 4, 5};
	struct tensor a = {.dtype = DTYPE_F32, .shape = SHAPE(2, 3), .data = x};

	write_array(&a);
	ck_assert_uint_eq(file.len, 128 + sizeof(x));
	ck_assert_mem_eq(file.text,
			 "\x93NUMPY\x01\x00v\x00{'descr': '<f4', "
			 "'fortran_order': False, 'shape': (2, 3), }    ",
			 73);
	ck_assert_mem_eq(file.text + 128, x, sizeof(x));
	ck_assert(parse());
	ck_assert(shape_equal(&t.shape, &a.shape));
}
END_TEST

START_TEST(widens_what_numpy_lacks)
{
	static const uint8_t nibbles[] = {0xf1, 0x08};
	static const uint16_t halves[] = {0x3f80, 0xbf00};
	struct tensor a = {.dtype = DTYPE_I4, .shape = SHAPE(3)};

	a.data = nibbles;
	write_array(&a);
	ck_assert(parse());
	ck_assert_int_eq(t.dtype, DTYPE_I8);
	ck_assert_double_eq(tensor_double(&t, 0), 1);
	ck_assert_double_eq(tensor_double(&t, 1), -1);
	ck_assert_double_eq(tensor_double(&t, 2), -8);
	a = (struct tensor){.dtype = DTYPE_BF16, .shape = SHAPE(2)};
	a.data = halves;
	write_array(&a);
	ck_assert(parse());
	ck_assert_int_eq(t.dtype, DTYPE_F32);
	ck_assert_double_eq(tensor_double(&t, 1), -0.5);
}
END_TEST

START_TEST(strings_round_trip)
{
	static const struct text x[] = {
		{"", 0}, {"h\xc3\xa9", 3}, {"\xf0\x9f\x98\x80", 4}};
	static const struct text odd[] = {{"\xff", 1}};
	struct tensor a = {.dtype = DTYPE_STRING, .shape = SHAPE(3)};
	struct npy_image image;

	a.data = x;
	write_array(&a);
	ck_assert_msg(parse(), "%s", e.msg);
	text_is(0, "");
	text_is(1, "h\xc3\xa9");
	text_is(2, "\xf0\x9f\x98\x80");
	a = (struct tensor){.dtype = DTYPE_STRING, .shape = SHAPE(1)};
	a.data = odd;
	ck_assert(!npy_image_init(&image, &a, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("npy");
	TCase *tc = tcase_create("npy");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, reads_every_type_and_byte_order, 0,
			    (int)COUNT_OF(types));
	tcase_add_test(tc, points_into_the_file_where_it_can);
	tcase_add_test(tc, reads_scalars_and_empty_arrays);
	tcase_add_test(tc, transposes_fortran_order);
	tcase_add_test(tc, reads_strings);
	tcase_add_loop_test(tc, refuses_bad_headers, 0, (int)COUNT_OF(bad));
	tcase_add_test(tc, refuses_ten_thousand_parentheses);
	tcase_add_test(tc, refuses_bad_beginnings);
	tcase_add_test(tc, limits_the_header);
	tcase_add_test(tc, survives_every_truncation);
	tcase_add_test(tc, writes_what_numpy_writes);
	tcase_add_test(tc, widens_what_numpy_lacks);
	tcase_add_test(tc, strings_round_trip);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
