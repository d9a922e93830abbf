/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/external.c -- E: data in other files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/hostile/corpus.h"

static const float ones[2] = {1, 1};

static void put_entry(struct pb *t, const char *key, const char *value,
		      size_t n)
{
	struct pb x = {0};

	pb_text(&x, 1, key);
	pb_bytes(&x, 2, value, n);
	pb_message(t, 13, &x);
}

/* W float[2] in LOCATION, with other keys where they are not NULL. */
static void put_external(struct pb *t, const char *location, const char *offset,
			 const char *length)
{
	static const int64_t two = 2;

	put_tensor_head(t, "W", 1, &two, 1);
	if (location)
		put_entry(t, "location", location, strlen(location));
	if (offset)
		put_entry(t, "offset", offset, strlen(offset));
	if (length)
		put_entry(t, "length", length, strlen(length));
	pb_int(t, 14, 1);
}

static void with_place(struct hostile_file *f, const char *location,
		       const char *offset, const char *length)
{
	struct pb t = {0};

	put_external(&t, location, offset, length);
	put_add_model(&f->model, &t);
}

static void make_link(const struct hostile_file *f, const char *to,
		      const char *name)
{
	char *path = path_in(f->dir, name);

	if (symlink(to, path) != 0)
		exit(99);
	free(path);
}

#define PLACE(name, location, offset, length)             \
	static void name(struct hostile_file *f)          \
	{                                                 \
		put_file(f, "w.bin", ones, sizeof(ones)); \
		with_place(f, location, offset, length);  \
	}

PLACE(good, "w.bin", "0", "8")
PLACE(parent, "../w.bin", NULL, NULL)
PLACE(hidden_parent, "a/../../w.bin", NULL, NULL)
PLACE(absolute, "/etc/passwd", NULL, NULL)
PLACE(missing, "missing.bin", NULL, NULL)
PLACE(empty_location, "", NULL, NULL)
PLACE(no_location, NULL, "0", "8")
PLACE(negative_offset, "w.bin", "-4096", NULL)
PLACE(wrapping, "w.bin", "9223372036854775800", "8")
PLACE(beyond_64_bits, "w.bin", "99999999999999999999", "8")
PLACE(long_length, "w.bin", "0", "1125899906842624")
PLACE(past_end, "w.bin", "16", "8")
PLACE(other_length, "w.bin", "0", "4")
PLACE(hexadecimal, "w.bin", "0x10 ", NULL)
PLACE(shell, "w.bin", "16;rm -rf", NULL)
PLACE(itself, "model.onnx", NULL, NULL)
PLACE(other_case, "W.BIN", NULL, NULL)

static void link_out(struct hostile_file *f)
{
	make_link(f, "/etc/hostname", "link.bin");
	with_place(f, "link.bin", NULL, NULL);
}

static void parent_link(struct hostile_file *f)
{
	make_link(f, "/etc", "dir");
	with_place(f, "dir/hostname", NULL, NULL);
}

static void hard_link(struct hostile_file *f)
{
	char *from = path_in(f->dir, "w.bin"), *to = path_in(f->dir, "h.bin");

	put_file(f, "w.bin", ones, sizeof(ones));
	if (link(from, to) != 0)
		exit(99);
	free(from);
	free(to);
	with_place(f, "h.bin", NULL, NULL);
}

static void directory(struct hostile_file *f)
{
	char *path = path_in(f->dir, "d");

	if (mkdir(path, 0777) != 0)
		exit(99);
	free(path);
	with_place(f, "d", NULL, NULL);
}

static void fifo(struct hostile_file *f)
{
	char *path = path_in(f->dir, "pipe");

	if (mkfifo(path, 0666) != 0)
		exit(99);
	free(path);
	with_place(f, "pipe", NULL, NULL);
}

static void link_to_zero(struct hostile_file *f)
{
	make_link(f, "/dev/zero", "zero");
	with_place(f, "zero", NULL, NULL);
}

static void nul_in_location(struct hostile_file *f)
{
	static const int64_t two = 2;
	struct pb t = {0};

	put_tensor_head(&t, "W", 1, &two, 1);
	put_entry(&t, "location", "w.bin\0.txt", 10);
	pb_int(&t, 14, 1);
	put_add_model(&f->model, &t);
}

static void unknown_key(struct hostile_file *f)
{
	struct pb t = {0};

	put_file(f, "w.bin", ones, sizeof(ones));
	put_external(&t, "w.bin", NULL, NULL);
	put_entry(&t, "codec", "zstd", 4);
	put_add_model(&f->model, &t);
}

static void many_on_one_range(struct hostile_file *f)
{
	struct pb g = {0};

	put_file(f, "w.bin", ones, sizeof(ones));
	put_node(&g, "Add", "X", "W", "Y");
	for (int i = 0; i < 10000; i++) {
		static const int64_t two = 2;
		struct pb t = {0};
		char name[16];

		snprintf(name, sizeof(name), i ? "W%d" : "W", i);
		put_tensor_head(&t, name, 1, &two, 1);
		put_entry(&t, "location", "w.bin", 5);
		pb_int(&t, 14, 1);
		pb_message(&g, 5, &t);
	}
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(&f->model, &g);
}

static void both(struct hostile_file *f)
{
	struct pb t = {0};

	put_file(f, "w.bin", ones, sizeof(ones));
	put_external(&t, "w.bin", NULL, NULL);
	pb_bytes(&t, 9, ones, sizeof(ones));
	put_add_model(&f->model, &t);
}

/* 5 GiB, all but the last bytes a hole. */
static void far_offset(struct hostile_file *f)
{
	char *path = path_in(f->dir, "far.bin");
	FILE *out = fopen(path, "wb");

	if (!out || fseeko(out, INT64_C(5) << 30, SEEK_SET) != 0 ||
	    fwrite(ones, sizeof(ones), 1, out) != 1 || fclose(out) != 0)
		exit(99);
	free(path);
	with_place(f, "far.bin", "5368709120", "8");
}

const struct hostile hostile_external[] = {
	{"E00", ERR_NONE, NULL, good, NULL},
	{"E01", ERR_FORMAT, "'../w.bin'", parent, NULL},
	{"E02", ERR_FORMAT, "'a/../../w.bin'", hidden_parent, NULL},
	{"E03", ERR_FORMAT, "'/etc/passwd'", absolute, NULL},
	{"E04", ERR_IO, "'missing.bin'", missing, NULL},
	{"E05", ERR_FORMAT, "has no location", empty_location, NULL},
	{"E06", ERR_FORMAT, "has no location", no_location, NULL},
	{"E07", ERR_FORMAT, "offset is '-4096'", negative_offset, NULL},
	{"E08", ERR_FORMAT, "past the end", wrapping, NULL},
	{"E08a", ERR_FORMAT, "offset is '99999999999999999999'", beyond_64_bits,
	 NULL},
	{"E09", ERR_FORMAT, "length is 1125899906842624, want 8", long_length,
	 NULL},
	{"E10", ERR_FORMAT, "16+8 is past the end of 'w.bin', which has 8",
	 past_end, NULL},
	{"E11", ERR_FORMAT, "length is 4, want 8", other_length, NULL},
	{"E12", ERR_FORMAT, "offset is '0x10 '", hexadecimal, NULL},
	{"E12a", ERR_FORMAT, "offset is '16;rm -rf'", shell, NULL},
	{"E13", ERR_FORMAT, "'link.bin'", link_out, NULL},
	{"E14", ERR_FORMAT, "'dir/hostname'", parent_link, NULL},
	{"E15", ERR_FORMAT, "'h.bin'", hard_link, NULL},
	{"E16", ERR_FORMAT, "'d'", directory, NULL},
	{"E17", ERR_FORMAT, "'pipe'", fifo, NULL},
	{"E18", ERR_FORMAT, "'zero'", link_to_zero, NULL},
	{"E19", ERR_FORMAT, "is the model itself", itself, NULL},
	{"E20", ERR_FORMAT, "has a NUL byte", nul_in_location, NULL},
	{"E21", ERR_FORMAT, "has the key 'codec'", unknown_key, NULL},
	{"E22", ERR_NONE, NULL, many_on_one_range, NULL},
	{"E23", ERR_FORMAT, "its data is given twice", both, NULL},
	{"E24", ERR_NONE, NULL, far_offset, NULL},
	{"E25", ERR_IO, "'W.BIN'", other_case, NULL},
	{NULL, ERR_NONE, NULL, NULL, NULL},
};
