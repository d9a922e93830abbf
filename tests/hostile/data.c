/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/data.c -- N: samples for a good model, in bad files. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/str.h"
#include "tests/hostile/corpus.h"

/* ---- NumPy arrays -------------------------------------------------------- */

static void put_str(const struct hostile_file *f, const char *name,
		    struct str *s)
{
	put_file(f, name, s->text, s->len);
	str_release(s);
}

/* A version 1.0 array with this header and BYTES zeros behind it. */
static void put_npy(struct hostile_file *f, const char *header, size_t bytes)
{
	struct str s = {0};
	size_t n = strlen(header);

	put_good_model(&f->model);
	str_addn(&s, "\x93NUMPY\x01\x00", 8);
	str_addc(&s, (char)(n & 255));
	str_addc(&s, (char)(n >> 8));
	str_add(&s, header);
	while (bytes--)
		str_addc(&s, '\0');
	put_str(f, "data.npy", &s);
}

#define HEADER(descr, fortran, shape)                                          \
	"{'descr': '" descr "', 'fortran_order': " fortran ", 'shape': " shape \
	", }\n"

static void huge_shape(struct hostile_file *f)
{
	put_npy(f, HEADER("<f4", "False", "(4294967296, 2)"), 8);
}

static void huge_header(struct hostile_file *f)
{
	put_good_model(&f->model);
	put_file(f, "data.npy", "\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'",
		 20);
}

static void dim_2_64(struct hostile_file *f)
{
	put_npy(f, HEADER("<f4", "False", "(18446744073709551616, 2)"), 8);
}

static void negative_dim(struct hostile_file *f)
{
	put_npy(f, HEADER("<f4", "False", "(-1, 2)"), 8);
}

static void objects(struct hostile_file *f)
{
	put_npy(f, HEADER("|O", "False", "(1, 2)"), 16);
}

static void big_endian(struct hostile_file *f)
{
	put_npy(f, HEADER(">f4", "False", "(1, 2)"), 8);
}

static void fortran_order(struct hostile_file *f)
{
	put_npy(f, HEADER("<f4", "True", "(3, 2)"), 24);
}

static void structure(struct hostile_file *f)
{
	put_npy(f,
		"{'descr': [('a', '<f4')], 'fortran_order': False, "
		"'shape': (1, 2), }\n",
		8);
}

static void parentheses(struct hostile_file *f)
{
	struct str s = {0};

	str_add(&s, "{'descr': '<f4', 'fortran_order': False, 'shape': ");
	for (int i = 0; i < 10000; i++)
		str_addc(&s, '(');
	put_npy(f, s.text, 8);
	str_release(&s);
}

static void short_payload(struct hostile_file *f)
{
	put_npy(f, HEADER("<f4", "False", "(1, 2)"), 7);
}

static void wrong_magic(struct hostile_file *f)
{
	put_good_model(&f->model);
	put_file(f, "data.npy", "\x93NUMPZ\x01\x00\x00\x00", 10);
}

static void version_9(struct hostile_file *f)
{
	put_good_model(&f->model);
	put_file(f, "data.npy", "\x93NUMPY\x09\x00\x00\x00", 10);
}

/* ---- IDX ----------------------------------------------------------------- */

static void huge_idx(struct hostile_file *f)
{
	put_good_model(&f->model);
	put_file(f, "data-ubyte",
		 "\0\0\x08\4\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		 "\xff\xff\xff\xff",
		 20);
}

/* HEAD, then zeros, in gzip. */
static void put_bomb(struct hostile_file *f, const char *head, size_t n)
{
	static uint8_t zeros[1 << 16];
	struct str s = {0};
	uint8_t out[1 << 16];
	z_stream z = {.next_in = (uint8_t *)(uintptr_t)head,
		      .avail_in = (uInt)n};

	put_good_model(&f->model);
	if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, 0) != Z_OK)
		abort();
	for (int i = 0; i <= 500; i++) {
		do {
			z.next_out = out;
			z.avail_out = sizeof(out);
			deflate(&z, i < 500 ? Z_NO_FLUSH : Z_FINISH);
			str_addn(&s, (char *)out, sizeof(out) - z.avail_out);
		} while (!z.avail_out);
		z.next_in = zeros;
		z.avail_in = sizeof(zeros);
	}
	deflateEnd(&z);
	put_str(f, "data-ubyte", &s);
}

static void zeros_in_gzip(struct hostile_file *f)
{
	put_bomb(f, "", 0);
}

static void idx_bomb(struct hostile_file *f)
{
	put_bomb(f, "\0\0\x08\2\0\0\0\1\0\0\0\2", 12);
}

/* ---- archives ------------------------------------------------------------ */

static void put16(struct str *s, unsigned long x)
{
	str_addc(s, (char)(x & 255));
	str_addc(s, (char)(x >> 8 & 255));
}

static void put32(struct str *s, unsigned long x)
{
	put16(s, x & 0xffff);
	put16(s, x >> 16);
}

/* A member without data that claims to be BYTES long. */
static void put_member(struct str *s, const char *name, unsigned method,
		       unsigned long bytes)
{
	put32(s, 0x04034b50);
	put32(s, 20);
	put16(s, method);
	put32(s, 0);
	put32(s, 0);
	put32(s, 0);
	put32(s, bytes);
	put16(s, strlen(name));
	put16(s, 0);
	str_add(s, name);
}

static void put_entry(struct str *s, const char *name, unsigned method,
		      unsigned long bytes, size_t local)
{
	put32(s, 0x02014b50);
	put32(s, 20 << 16 | 20);
	put16(s, 0);
	put16(s, method);
	put32(s, 0);
	put32(s, 0);
	put32(s, 0);
	put32(s, bytes);
	put16(s, strlen(name));
	for (int i = 0; i < 6; i++)
		put16(s, 0);
	put32(s, local);
	str_add(s, name);
}

static void put_end(struct hostile_file *f, struct str *s, unsigned count,
		    size_t at)
{
	size_t bytes = s->len - at;

	put32(s, 0x06054b50);
	put32(s, 0);
	put16(s, count);
	put16(s, count);
	put32(s, bytes);
	put32(s, at);
	put16(s, 0);
	put_good_model(&f->model);
	put_str(f, "data.npz", s);
}

static void ratio_bomb(struct hostile_file *f)
{
	struct str s = {0};
	size_t at;

	put_member(&s, "X.npy", 8, 4000000000ul);
	at = s.len;
	put_entry(&s, "X.npy", 8, 4000000000ul, 0);
	put_end(f, &s, 1, at);
}

static void overlapping_members(struct hostile_file *f)
{
	struct str s = {0};
	size_t at;

	put_member(&s, "X.npy", 0, 0);
	at = s.len;
	put_entry(&s, "X.npy", 0, 0, 0);
	put_entry(&s, "Y.npy", 0, 0, 0);
	put_end(f, &s, 2, at);
}

static void way_out(struct hostile_file *f)
{
	struct str s = {0};
	size_t at;

	put_member(&s, "../X.npy", 0, 0);
	at = s.len;
	put_entry(&s, "../X.npy", 0, 0, 0);
	put_end(f, &s, 1, at);
}

static void million_members(struct hostile_file *f)
{
	struct str s = {0};
	size_t at = 0;

	/* The counts of the zip64 record; its directory is empty. */
	put32(&s, 0x06064b50);
	put32(&s, 44);
	put32(&s, 0);
	put32(&s, 45 << 16 | 45);
	put32(&s, 0);
	put32(&s, 0);
	for (int i = 0; i < 2; i++) {
		put32(&s, 1000000);
		put32(&s, 0);
	}
	for (int i = 0; i < 4; i++)
		put32(&s, 0);
	put32(&s, 0x07064b50);
	for (int i = 0; i < 3; i++)
		put32(&s, 0);
	put32(&s, 1);
	at = s.len;
	put_end(f, &s, 65535, at);
}

/* ---- images -------------------------------------------------------------- */

static void put_image(struct hostile_file *f, const char *name,
		      const void *data, size_t n)
{
	char *folder = path_in(f->dir, "data");

	put_good_model(&f->model);
	if (mkdir(folder, 0777) != 0)
		exit(99);
	free(folder);
	put_file(f, name, data, n);
}

static const char png_start[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
				"\x7f\xff\xff\xff\x7f\xff\xff\xff"
				"\x08\0\0\0\0\x31\xa2\x54\xba";

static void huge_png(struct hostile_file *f)
{
	char data[64] = {0};

	memcpy(data, png_start, sizeof(png_start) - 1);
	memcpy(data + 33, "\0\0\0\x08IDAT", 8);
	put_image(f, "data/x.png", data, sizeof(data));
}

static void cut_png(struct hostile_file *f)
{
	put_image(f, "data/x.png", png_start, 20);
}

static const char jpeg_start[] = "\xff\xd8\xff\xc0\0\x0b\x08\xff\xdc\xff\xdc\1"
				 "\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0";

static void huge_jpeg(struct hostile_file *f)
{
	put_image(f, "data/x.jpg", jpeg_start, sizeof(jpeg_start) - 1);
}

static void cut_jpeg(struct hostile_file *f)
{
	put_image(f, "data/x.jpg", jpeg_start, 9);
}

static void text_as_image(struct hostile_file *f)
{
	put_image(f, "data/x.png", "label,file\r\n", 12);
}

static void empty_folder(struct hostile_file *f)
{
	put_image(f, "data/README", "nothing", 7);
}

const struct hostile hostile_data[] = {
	{"N01", ERR_FORMAT, "needs more than", huge_shape, .data = "data.npy"},
	{"N02", ERR_FORMAT, "4294967295 bytes", huge_header,
	 .data = "data.npy"},
	{"N03", ERR_FORMAT, "2^63", dim_2_64, .data = "data.npy"},
	{"N04", ERR_FORMAT, "found '-'", negative_dim, .data = "data.npy"},
	{"N05", ERR_FORMAT, "Python objects", objects, .data = "data.npy"},
	{"N06", ERR_NONE, NULL, big_endian, .data = "data.npy"},
	{"N07", ERR_NONE, NULL, fortran_order, .data = "data.npy"},
	{"N08", ERR_FORMAT, "structures", structure, .data = "data.npy"},
	{"N09", ERR_FORMAT, "found '('", parentheses, .data = "data.npy"},
	{"N10", ERR_FORMAT, "the 7 bytes", short_payload, .data = "data.npy"},
	{"N11", ERR_FORMAT, "NumPy array", wrong_magic, .data = "data.npy"},
	{"N12", ERR_FORMAT, "version 9.0", version_9, .data = "data.npy"},
	{"N13", ERR_FORMAT, "it can hold", huge_idx, .data = "data-ubyte"},
	{"N14", ERR_FORMAT, NULL, zeros_in_gzip, .data = "data-ubyte"},
	{"N15", ERR_FORMAT, "more than expected", idx_bomb,
	 .data = "data-ubyte"},
	{"N16", ERR_LIMIT, "1032 : 1", ratio_bomb, .data = "data.npz"},
	{"N17", ERR_FORMAT, NULL, overlapping_members, .data = "data.npz"},
	{"N18", ERR_FORMAT, "not allowed", way_out, .data = "data.npz"},
	{"N19", ERR_LIMIT, "1000000 members", million_members,
	 .data = "data.npz"},
	{"N20", ERR_LIMIT, "2147483647 x 2147483647", huge_png, .data = "data"},
	{"N21", ERR_FORMAT, "cut off", cut_png, .data = "data"},
	{"N22", ERR_LIMIT, "65500 x 65500", huge_jpeg, .data = "data"},
	{"N23", ERR_FORMAT, "JPEG", cut_jpeg, .data = "data"},
	{"N24", ERR_FORMAT, "is no BMP, JPEG", text_as_image, .data = "data"},
	{"N25", ERR_FORMAT, "no samples", empty_folder, .data = "data"},
	{0},
};
