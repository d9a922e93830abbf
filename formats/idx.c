/* SPDX-License-Identifier: Apache-2.0 */
/* formats/idx.c -- IDX arrays, as MNIST comes in, plain or in gzip.
 *
 * Two zero bytes, the element type, the rank, the dimensions as 32-bit
 * numbers, the elements; everything big endian.
 * Source: Y. LeCun, http://yann.lecun.com/exdb/mnist/ (file format).
 */
#include <string.h>

#include "formats/format.h"
#include "formats/gzip.h"

enum { HEAD_BYTES = 4 };

/* Bytes of an IDX file from either source. */
struct idx_source {
	struct bytes plain; /* what is left */
	struct gzip *gzip;  /* or NULL */
};

static const struct {
	uint8_t code, bytes;
	enum dtype dtype;
} element_types[] = {
	{0x08, 1, DTYPE_U8},  {0x09, 1, DTYPE_I8},  {0x0b, 2, DTYPE_I16},
	{0x0c, 4, DTYPE_I32}, {0x0d, 4, DTYPE_F32}, {0x0e, 8, DTYPE_F64},
};

static bool is_head(const uint8_t *p)
{
	for (size_t i = 0; i < COUNT_OF(element_types); i++)
		if (p[2] == element_types[i].code)
			return !p[0] && !p[1] && p[3] && p[3] <= MAX_RANK;
	return false;
}

static bool probe(struct bytes head)
{
	uint8_t first[HEAD_BYTES];
	struct gzip *g;
	struct err e;
	bool ok;

	if (!gzip_probe(head))
		return head.len >= HEAD_BYTES && is_head(head.at);
	if (!gzip_open(&g, head, &e))
		return false;
	ok = gzip_read(g, first, sizeof(first), &e) && is_head(first);
	gzip_close(g);
	return ok;
}

static bool take(struct idx_source *s, void *to, size_t n, struct err *e)
{
	if (s->gzip)
		return gzip_read(s->gzip, to, n, e);
	if (n > s->plain.len)
		return err_set(e, ERR_FORMAT,
			       "the IDX file ends %zu bytes too early",
			       n - s->plain.len);
	if (n)
		memcpy(to, s->plain.at, n);
	s->plain.at += n;
	s->plain.len -= n;
	return true;
}

static bool read_head(struct idx_source *s, struct tensor *t, size_t *width,
		      struct err *e)
{
	uint8_t b[HEAD_BYTES];

	*t = (struct tensor){.dtype = DTYPE_NONE};
	if (!take(s, b, sizeof(b), e))
		return false;
	for (size_t i = 0; i < COUNT_OF(element_types); i++)
		if (b[2] == element_types[i].code) {
			t->dtype = element_types[i].dtype;
			*width = element_types[i].bytes;
		}
	if (b[0] || b[1] || t->dtype == DTYPE_NONE)
		return err_set(e, ERR_FORMAT,
			       "%02x %02x %02x %02x is no start of an IDX file",
			       b[0], b[1], b[2], b[3]);
	if (b[3] > MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "the IDX file has %u dimensions, the limit is "
			       "%d",
			       (unsigned)b[3], MAX_RANK);
	t->shape.rank = b[3];
	for (int32_t i = 0; i < t->shape.rank; i++) {
		if (!take(s, b, sizeof(b), e))
			return false;
		t->shape.dim[i] = (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 |
				  b[3];
	}
	return true;
}

/* The elements fit into MOST bytes, what the file can hold. */
static bool check_size(struct tensor *t, size_t width, size_t most,
		       const struct limits *lim, struct err *e)
{
	size_t n;
	struct err why;

	if (!shape_count(&t->shape, &n, &why) || n > most / width)
		return err_set(e, ERR_FORMAT,
			       "the shape of the IDX file needs more than the "
			       "%zu bytes that it can hold",
			       most);
	t->bytes = n * width;
	if (t->bytes > lim->tensor_bytes)
		return err_set(e, ERR_LIMIT,
			       "an array of %zu bytes exceeds the limit of %zu",
			       t->bytes, lim->tensor_bytes);
	return true;
}

static bool host_is_big(void)
{
	const uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 0;
}

static void swap_elements(uint8_t *at, size_t bytes, size_t width)
{
	if (host_is_big())
		return;
	for (size_t i = 0; i < bytes; i += width)
		for (size_t k = 0; k < width / 2; k++) {
			uint8_t x = at[i + k];

			at[i + k] = at[i + width - 1 - k];
			at[i + width - 1 - k] = x;
		}
}

static bool read_array(struct idx_source *s, struct tensor *t,
		       struct tensor_set *set, size_t file_bytes,
		       const struct limits *lim, struct err *e)
{
	size_t width = 1, most = s->plain.len;
	void *to;

	if (s->gzip &&
	    __builtin_mul_overflow(file_bytes, GZIP_RATIO_MAX, &most))
		most = SIZE_MAX;
	if (!read_head(s, t, &width, e))
		return false;
	if (!s->gzip)
		most = s->plain.len;
	if (!check_size(t, width, most, lim, e))
		return false;
	if (!s->gzip && s->plain.len != t->bytes)
		return err_set(e, ERR_FORMAT,
			       "%zu bytes follow the IDX header, the shape "
			       "needs %zu",
			       s->plain.len, t->bytes);
	if (!s->gzip && width == 1) {
		t->data = s->plain.at;
		return true;
	}
	if (!tensor_set_alloc(set, t->bytes, &to, e) ||
	    !take(s, to, t->bytes, e) || (s->gzip && !gzip_finish(s->gzip, e)))
		return false;
	swap_elements(to, t->bytes, width);
	t->data = to;
	return true;
}

static bool read_idx(struct tensor_set *set, struct input *in,
		     const struct limits *lim, struct err *e)
{
	struct idx_source s = {.plain = in->bytes};
	struct tensor t;
	bool ok;

	if (gzip_probe(in->bytes) && !gzip_open(&s.gzip, in->bytes, e))
		return false;
	ok = read_array(&s, &t, set, in->bytes.len, lim, e);
	gzip_close(s.gzip);
	if (!ok)
		return false;
	set->at = arena_new(&set->arena, struct named_tensor);
	set->at[0] = (struct named_tensor){"", datum_tensor(&t)};
	set->count = 1;
	set->input = *in;
	*in = (struct input){.fd = -1, .dir = -1};
	return true;
}

const struct format format_rows_idx[] = {
	{.name = "idx",
	 .summary = "IDX array (MNIST), plain or in gzip",
	 .suffix = "-ubyte",
	 .probe = probe,
	 .read_tensors = read_idx},
	{0},
};
