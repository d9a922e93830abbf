/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy archives: round trips, deflated members, hostile directories. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/str.h"
#include "formats/format.h"
#include "formats/zip.h"

static struct arena arena;
static struct zip z;
static struct memory_sink file;
static struct err e;

static void setup(void)
{
	memory_sink_init(&file, NULL);
}

static void teardown(void)
{
	memory_sink_release(&file);
	arena_release(&arena);
}

static struct bytes text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void add(struct zip_writer *w, const char *name, const char *content)
{
	struct bytes piece = text(content);

	ck_assert(zip_writer_add(w, name, &piece, 1, &e));
}

/* FILE = an archive of two members. */
static void make(const char *first, const char *second)
{
	struct zip_writer w;

	zip_writer_init(&w, &file.sink);
	add(&w, first, "hello");
	add(&w, second, "");
	ck_assert(zip_writer_finish(&w, &e));
	zip_writer_release(&w);
}

static bool open_file(void)
{
	struct limits lim = limits_filled(NULL);
	struct bytes b = {file.buf.data, file.len};

	return zip_open(&z, b, &arena, &lim, &e);
}

START_TEST(reads_what_it_writes)
{
	make("a", "dir/b");
	ck_assert_msg(open_file(), "%s", e.msg);
	ck_assert_uint_eq(z.count, 2);
	ck_assert_str_eq(z.at[0].name, "a");
	ck_assert_str_eq(z.at[1].name, "dir/b");
	ck_assert_uint_eq(z.at[0].bytes, 5);
	ck_assert_mem_eq(z.at[0].stored.at, "hello", 5);
	ck_assert_msg(zip_extract(&z.at[0], NULL, &e), "%s", e.msg);
	ck_assert_msg(zip_extract(&z.at[1], NULL, &e), "%s", e.msg);
}
END_TEST

START_TEST(aligns_members_for_mapping)
{
	make("a", "a longer name of some other length");
	ck_assert(open_file());
	for (uint32_t i = 0; i < z.count; i++)
		ck_assert_uint_eq((size_t)(z.at[i].stored.at - file.buf.data) %
					  ZIP_ALIGN,
				  0);
}
END_TEST

/* ---- archives made byte by byte ----------------------------------------- */

struct raw {
	const char *name;
	unsigned method, flags;
	uint32_t crc, stored, bytes, local;
	struct bytes data;
};

static void put(unsigned long x, int bytes)
{
	for (; bytes--; x >>= 8) {
		uint8_t b = (uint8_t)(x & 255);

		ck_assert(sink_write(&file.sink, &b, 1, &e));
	}
}

static void put_bytes(const void *at, size_t n)
{
	ck_assert(sink_write(&file.sink, at, n, &e));
}

static void put_local(struct raw *m)
{
	m->local = (uint32_t)file.len;
	put(0x04034b50, 4);
	put(20, 2);
	put(m->flags, 2);
	put(m->method, 2);
	put(0, 4);
	put(m->crc, 4);
	put(m->stored, 4);
	put(m->bytes, 4);
	put(strlen(m->name), 2);
	put(0, 2);
	put_bytes(m->name, strlen(m->name));
	put_bytes(m->data.at, m->data.len);
}

static void put_central(const struct raw *m)
{
	put(0x02014b50, 4);
	put(20, 2);
	put(20, 2);
	put(m->flags, 2);
	put(m->method, 2);
	put(0, 4);
	put(m->crc, 4);
	put(m->stored, 4);
	put(m->bytes, 4);
	put(strlen(m->name), 2);
	put(0, 2);
	put(0, 2);
	put(0, 2);
	put(0, 2);
	put(0, 4);
	put(m->local, 4);
	put_bytes(m->name, strlen(m->name));
}

static void put_end(unsigned count, size_t at)
{
	size_t bytes = file.len - at;

	put(0x06054b50, 4);
	put(0, 4);
	put(count, 2);
	put(count, 2);
	put(bytes, 4);
	put(at, 4);
	put(0, 2);
}

static void put_archive(struct raw *m, unsigned count)
{
	size_t at;

	for (unsigned i = 0; i < count; i++)
		put_local(&m[i]);
	at = file.len;
	for (unsigned i = 0; i < count; i++)
		put_central(&m[i]);
	put_end(count, at);
}

/* CONTENT deflated into BUF. */
static struct raw deflated(const char *name, struct bytes content, uint8_t *buf,
			   size_t size)
{
	z_stream s = {.next_in = (uint8_t *)(uintptr_t)content.at,
		      .avail_in = (uInt)content.len,
		      .next_out = buf,
		      .avail_out = (uInt)size};
	struct raw m = {.name = name, .method = 8};

	ck_assert_int_eq(deflateInit2(&s, 9, Z_DEFLATED, -15, 9, 0), Z_OK);
	ck_assert_int_eq(deflate(&s, Z_FINISH), Z_STREAM_END);
	m.data = (struct bytes){buf, s.total_out};
	deflateEnd(&s);
	m.crc = (uint32_t)crc32_z(0, content.at, content.len);
	m.stored = (uint32_t)m.data.len;
	m.bytes = (uint32_t)content.len;
	return m;
}

START_TEST(inflates_members)
{
	static uint8_t zeros[1 << 20], buf[4096], out[1 << 20];
	struct raw m[2];

	m[0] = deflated("zeros", (struct bytes){zeros, sizeof(zeros)}, buf,
			2048);
	m[1] = deflated("empty", (struct bytes){zeros, 0}, buf + 2048, 2048);
	put_archive(m, 2);
	ck_assert_msg(open_file(), "%s", e.msg);
	memset(out, 1, sizeof(out));
	ck_assert_msg(zip_extract(&z.at[0], out, &e), "%s", e.msg);
	ck_assert_mem_eq(out, zeros, sizeof(out));
	ck_assert_msg(zip_extract(&z.at[1], NULL, &e), "%s", e.msg);
}
END_TEST

START_TEST(refuses_members_that_lie)
{
	static uint8_t zeros[1000], buf[4096], out[2000];
	struct raw m;

	for (int i = 0; i < 3; i++) {
		teardown();
		setup();
		m = deflated("m", (struct bytes){zeros, sizeof(zeros)}, buf,
			     sizeof(buf));
		if (i == 0)
			m.bytes++;
		else if (i == 1)
			m.bytes--;
		else
			m.crc++;
		put_archive(&m, 1);
		ck_assert_msg(open_file(), "%s", e.msg);
		ck_assert(!zip_extract(&z.at[0], out, &e));
		ck_assert_int_eq(e.code, ERR_FORMAT);
	}
}
END_TEST

static const struct {
	struct raw m;
	const char *says;
	enum err_code code;
} bad[] = {
	{{.name = "../x"}, "name '../x' is not allowed", ERR_FORMAT},
	{{.name = "a/../../x"}, "is not allowed", ERR_FORMAT},
	{{.name = "a\\..\\x"}, "is not allowed", ERR_FORMAT},
	{{.name = ""}, "is not allowed", ERR_FORMAT},
	{{.name = "a", .flags = 1}, "is encrypted", ERR_UNSUPPORTED},
	{{.name = "a", .method = 14}, "by method 14", ERR_UNSUPPORTED},
	{{.name = "a", .bytes = 3}, "3 bytes became 0", ERR_FORMAT},
	{{.name = "a", .bytes = 3, .stored = 3},
	 "reaches into the directory",
	 ERR_FORMAT},
	{{.name = "a", .method = 8, .stored = 0, .bytes = 4000000000u},
	 "more than deflate's 1032 : 1",
	 ERR_LIMIT},
};

START_TEST(refuses_bad_members)
{
	struct raw m = bad[_i].m;

	put_archive(&m, 1);
	ck_assert(!open_file());
	ck_assert_msg(strstr(e.msg, bad[_i].says) != NULL, "%s", e.msg);
	ck_assert_int_eq(e.code, bad[_i].code);
}
END_TEST

START_TEST(refuses_overlaps_and_doubles)
{
	struct raw m[2] = {{.name = "a", .data = text("xx")},
			   {.name = "a", .data = text("xx")}};

	m[0].stored = m[0].bytes = m[1].stored = m[1].bytes = 2;
	put_archive(m, 2);
	ck_assert(!open_file());
	ck_assert_ptr_nonnull(strstr(e.msg, "'a' is there twice"));
	teardown();
	setup();
	put_local(&m[0]);
	m[1].local = m[0].local;
	m[1].name = "a";
	put_central(&m[0]);
	m[1].name = "b";
	put_central(&m[1]);
	put_end(2, m[0].local + 33);
	ck_assert(!open_file());
	teardown();
	setup();
	/* One member inside the data of another. */
	m[0] = (struct raw){.name = "a"};
	put_local(&m[0]);
	m[1] = (struct raw){.name = "b"};
	put_local(&m[1]);
	m[0].stored = m[0].bytes = 31;
	put_central(&m[0]);
	put_central(&m[1]);
	put_end(2, 62);
	ck_assert(!open_file());
	ck_assert_msg(strstr(e.msg, "'a' and 'b' overlap") != NULL, "%s",
		      e.msg);
}
END_TEST

START_TEST(refuses_a_million_members)
{
	put(0x06064b50, 4);
	put(44, 8);
	put(45, 2);
	put(45, 2);
	put(0, 8);
	put(1000000, 8);
	put(1000000, 8);
	put(0, 8);
	put(0, 8);
	put(0x07064b50, 4);
	put(0, 4);
	put(0, 8);
	put(1, 4);
	put_end(65535, file.len);
	ck_assert(!open_file());
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "1000000 members"));
}
END_TEST

START_TEST(survives_every_truncation_and_changed_byte)
{
	size_t n;

	make("a", "b");
	n = file.len;
	for (file.len = 0; file.len < n; file.len++)
		ck_assert(!open_file());
	for (size_t i = 0; i < n; i++) {
		file.buf.data[i] ^= 0xff;
		if (open_file())
			for (uint32_t k = 0; k < z.count; k++)
				if (!z.at[k].deflated)
					(void)!zip_extract(&z.at[k], NULL, &e);
		file.buf.data[i] ^= 0xff;
	}
}
END_TEST

/* ---- the format ---------------------------------------------------------- */

START_TEST(tensors_round_trip_through_a_file)
{
	static const float x[] = {1, 2, 3};
	static const int64_t y[] = {7};
	struct tensor a = {.dtype = DTYPE_F32, .shape = SHAPE(3), .data = x};
	struct tensor b = {.dtype = DTYPE_I64, .shape = {0}, .data = y};
	struct datum item[2] = {datum_tensor(&a), datum_tensor(&b)};
	struct named_tensor t[] = {
		{"image", datum_tensor(&a)},
		{"/label:0", datum_tensor(&b)},
		{"list",
		 {.type.kind = TYPE_SEQUENCE, .item = item, .count = 2}}};
	static const char *const names[] = {"image", "/label:0", "list.0",
					    "list.1"};
	char path[] = "/tmp/check_npz_XXXXXX.npz";
	int fd = mkstemps(path, 4);
	struct tensor_set set = {0};

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(format_write_tensors(path, t, 3, &e), "%s", e.msg);
	ck_assert_msg(format_read_tensors(&set, path, NULL, &e), "%s", e.msg);
	ck_assert_uint_eq(set.count, 4);
	for (uint32_t i = 0; i < set.count; i++)
		ck_assert_str_eq(set.at[i].name, names[i]);
	ck_assert_mem_eq(set.at[0].datum.tensor.data, x, sizeof(x));
	ck_assert_mem_eq(set.at[1].datum.tensor.data, y, sizeof(y));
	ck_assert_int_eq(set.at[1].datum.tensor.shape.rank, 0);
	tensor_set_release(&set);
	remove(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("npz");
	TCase *tc = tcase_create("npz");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, reads_what_it_writes);
	tcase_add_test(tc, aligns_members_for_mapping);
	tcase_add_test(tc, inflates_members);
	tcase_add_test(tc, refuses_members_that_lie);
	tcase_add_loop_test(tc, refuses_bad_members, 0, (int)COUNT_OF(bad));
	tcase_add_test(tc, refuses_overlaps_and_doubles);
	tcase_add_test(tc, refuses_a_million_members);
	tcase_add_test(tc, survives_every_truncation_and_changed_byte);
	tcase_add_test(tc, tensors_round_trip_through_a_file);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
