/* SPDX-License-Identifier: Apache-2.0 */
/* IDX arrays, plain and in gzip; gzip bombs. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/str.h"
#include "formats/format.h"
#include "graph/element.h"

static char path[] = "/tmp/check_idx_XXXXXX";
static struct tensor_set set;
static struct str file;
static struct err e;

static void setup(void)
{
	strcpy(path, "/tmp/check_idx_XXXXXX");
	ck_assert_int_ge(mkstemp(path), 0);
	set = (struct tensor_set){.input.fd = -1, .input.dir = -1};
}

static void teardown(void)
{
	tensor_set_release(&set);
	str_release(&file);
	unlink(path);
}

static void put_file(const void *at, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_int_eq(write(fd, at, n), (ssize_t)n);
	close(fd);
}

static bool read_plain(const char *at, size_t n)
{
	tensor_set_release(&set);
	put_file(at, n);
	return format_read_tensors(&set, path, NULL, &e);
}

/* AT in gzip, followed by ZEROS zero bytes. */
static bool read_gzip(const char *at, size_t n, size_t zeros)
{
	static char block[65536];
	gzFile f = gzopen(path, "wb9");

	tensor_set_release(&set);
	ck_assert_int_eq(gzwrite(f, at, (unsigned)n), (int)n);
	while (zeros) {
		size_t step = zeros < sizeof(block) ? zeros : sizeof(block);

		gzwrite(f, block, (unsigned)step);
		zeros -= step;
	}
	ck_assert_int_eq(gzclose(f), Z_OK);
	return format_read_tensors(&set, path, NULL, &e);
}

#define ARRAY(text) (text), sizeof(text) - 1

static const struct {
	const char *text;
	size_t len;
	enum dtype dtype;
	double want;
} types[] = {
	{ARRAY("\0\0\x08\1\0\0\0\2\1\xff"), DTYPE_U8, 255},
	{ARRAY("\0\0\x09\1\0\0\0\2\1\xff"), DTYPE_I8, -1},
	{ARRAY("\0\0\x0b\1\0\0\0\2\0\1\xff\xfe"), DTYPE_I16, -2},
	{ARRAY("\0\0\x0c\1\0\0\0\2\0\0\0\1\0\1\0\0"), DTYPE_I32, 65536},
	{ARRAY("\0\0\x0d\1\0\0\0\2\x3f\x80\0\0\xbf\0\0\0"), DTYPE_F32, -0.5},
	{ARRAY("\0\0\x0e\1\0\0\0\2\x3f\xf0\0\0\0\0\0\0\xbf\xe0\0\0\0\0\0\0"),
	 DTYPE_F64, -0.5},
};

START_TEST(reads_every_type)
{
	const struct tensor *t;

	for (int gz = 0; gz < 2; gz++) {
		ck_assert_msg(gz ? read_gzip(types[_i].text, types[_i].len, 0)
				 : read_plain(types[_i].text, types[_i].len),
			      "%s", e.msg);
		ck_assert_uint_eq(set.count, 1);
		t = &set.at[0].datum.tensor;
		ck_assert_int_eq(t->dtype, types[_i].dtype);
		ck_assert_int_eq(t->shape.rank, 1);
		ck_assert_int_eq(t->shape.dim[0], 2);
		ck_assert_double_eq(tensor_double(t, 0), 1);
		ck_assert_double_eq(tensor_double(t, 1), types[_i].want);
	}
}
END_TEST

START_TEST(reads_images)
{
	ck_assert(
		read_plain(ARRAY("\0\0\x08\3\0\0\0\1\0\0\0\2\0\0\0\3abcdef")));
	ck_assert_int_eq(set.at[0].datum.tensor.shape.rank, 3);
	ck_assert_int_eq(set.at[0].datum.tensor.shape.dim[2], 3);
	ck_assert_mem_eq(set.at[0].datum.tensor.data, "abcdef", 6);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	enum err_code code;
} bad[] = {
	{ARRAY("\0\0\x08\4\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	       "\xff\xff\xff\xff"),
	 ERR_FORMAT}, /* N13 */
	{ARRAY("\0\0\x08\1\0\0\0\3ab"), ERR_FORMAT},
	{ARRAY("\0\0\x08\1\0\0\0\1ab"), ERR_FORMAT},
	{ARRAY("\0\0\x08\2\0\0\0\1"), ERR_FORMAT},
	{ARRAY("\0\0\x0a\1\0\0\0\1a"), ERR_FORMAT},
	{ARRAY("\0\0\x08"), ERR_FORMAT},
};

START_TEST(refuses)
{
	ck_assert(!read_plain(bad[_i].text, bad[_i].len));
	ck_assert_int_eq(e.code, bad[_i].code);
	ck_assert(!read_gzip(bad[_i].text, bad[_i].len, 0));
	ck_assert_int_eq(e.code, ERR_FORMAT);
}
END_TEST

START_TEST(refuses_gzip_bombs)
{
	/* Zeros all the way: no IDX file. */
	ck_assert(!read_gzip("", 0, 64 << 20));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	/* More than the header says. */
	ck_assert(!read_gzip(ARRAY("\0\0\x08\1\0\0\0\1a"), 64 << 20));
	ck_assert_ptr_nonnull(strstr(e.msg, "more than expected"));
	/* A header that says more than deflate can make of the file. */
	ck_assert(!read_gzip(ARRAY("\0\0\x08\1\x7f\xff\xff\xff"), 1000));
	ck_assert_ptr_nonnull(strstr(e.msg, "can hold"));
}
END_TEST

START_TEST(a_budget_bounds_what_is_inflated)
{
	struct budget budget = {.limit = 1 << 20};
	struct limits lim = {.memory = &budget};

	ck_assert(read_gzip(ARRAY("\0\0\x08\1\0\x20\0\0"), 1 << 21));
	tensor_set_release(&set);
	ck_assert(!format_read_tensors(&set, path, &lim, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(refuses_damaged_gzip)
{
	char text[256];
	int fd;
	ssize_t n;

	ck_assert(read_gzip(ARRAY("\0\0\x08\1\0\0\0\5hello"), 0));
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text));
	close(fd);
	ck_assert_int_gt(n, 20);
	for (ssize_t i = 0; i < n; i++)
		ck_assert(!read_plain(text, (size_t)i));
	text[n - 8] ^= 1; /* the checksum */
	ck_assert(!read_plain(text, (size_t)n));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("idx");
	TCase *tc = tcase_create("idx");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, reads_every_type, 0, (int)COUNT_OF(types));
	tcase_add_test(tc, reads_images);
	tcase_add_loop_test(tc, refuses, 0, (int)COUNT_OF(bad));
	tcase_add_test(tc, refuses_gzip_bombs);
	tcase_add_test(tc, a_budget_bounds_what_is_inflated);
	tcase_add_test(tc, refuses_damaged_gzip);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
