/* SPDX-License-Identifier: Apache-2.0 */
/* quant/sketch_file.c -- sketches as files: exact bytes, checked reading.
 *
 * A valid file has one form only: what is read and written again is the same
 * bytes.  Every count is compared with what the rest of the file could hold
 * before anything is allocated for it.
 */
#include <math.h>
#include <string.h>

#include "base/input.h"
#include "quant/sketch.h"

static const uint8_t magic[8] = "mlopt\x1aSK";

enum { VERSION = 1, NAME_BYTES = 4096 };

/* ---- writing ------------------------------------------------------------ */

struct writer {
	struct sink *out;
	struct sha256 digest;
	struct err *e;
	bool ok;
};

static void put(struct writer *w, const void *data, size_t bytes)
{
	if (!w->ok)
		return;
	sha256_add(&w->digest, data, bytes);
	w->ok = sink_write(w->out, data, bytes, w->e);
}

static void put_le(struct writer *w, uint64_t x, int bytes)
{
	uint8_t le[8];

	for (int i = 0; i < bytes; i++)
		le[i] = (uint8_t)(x >> (8 * i));
	put(w, le, (size_t)bytes);
}

static void put_count(struct writer *w, uint64_t x)
{
	uint8_t at[10];
	size_t n = 0;

	for (; x > 127; x >>= 7)
		at[n++] = (uint8_t)(x | 128);
	at[n++] = (uint8_t)x;
	put(w, at, n);
}

static void put_float(struct writer *w, float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	put_le(w, bits, 4);
}

static void put_sums(struct writer *w, const struct histogram *h)
{
	uint64_t n = 0;

	for (int i = 0; i < HISTOGRAM_EXPONENTS; i++)
		n += h->significand_sum[i] != 0;
	put_count(w, n);
	for (int i = 0; i < HISTOGRAM_EXPONENTS; i++) {
		uint64_t x = (uint64_t)h->significand_sum[i];

		if (!x)
			continue;
		put_le(w, (uint64_t)i, 1);
		put_count(w, x << 1 ^ (x >> 63 ? UINT64_MAX : 0));
	}
}

static void put_pages(struct writer *w, const struct histogram *h)
{
	uint64_t n = 0;

	for (int p = 0; p < HISTOGRAM_PAGES; p++)
		n += h->page[p] != NULL;
	put_count(w, n);
	for (int p = 0; p < HISTOGRAM_PAGES; p++) {
		if (!h->page[p])
			continue;
		put_le(w, (uint64_t)p, 2);
		for (int i = 0; i < HISTOGRAM_PAGE_BINS; i++)
			put_count(w, h->page[p][i]);
	}
}

static void put_tensor(struct writer *w, const struct sketch_tensor *t)
{
	const struct histogram *h = &t->histogram;
	size_t len = strlen(t->name);

	put_count(w, len);
	put(w, t->name, len);
	put_count(w, h->count);
	put_count(w, h->nan);
	put_count(w, h->minus_inf);
	put_count(w, h->plus_inf);
	/* + 0.0f: the sign of a zero extreme depends on the order of samples.
	 */
	put_float(w, h->count ? h->min + 0.0f : 0);
	put_float(w, h->count ? h->max + 0.0f : 0);
	put_sums(w, h);
	put_pages(w, h);
}

bool sketch_write(const struct sketch *s, struct sink *out, struct err *e)
{
	struct writer w = {.out = out, .e = e, .ok = true};
	uint8_t digest[SHA256_BYTES];

	sha256_init(&w.digest);
	put(&w, magic, sizeof(magic));
	put_le(&w, VERSION, 4);
	put(&w, s->model, SHA256_BYTES);
	put(&w, s->data, SHA256_BYTES);
	put_count(&w, s->samples);
	put_count(&w, s->count);
	for (uint32_t i = 0; i < s->count; i++)
		put_tensor(&w, &s->tensor[i]);
	sha256_finish(&w.digest, digest);
	put(&w, digest, SHA256_BYTES);
	return w.ok;
}

bool sketch_write_file(const struct sketch *s, const char *path, struct err *e)
{
	struct output o;

	if (!output_begin(&o, path, e))
		return false;
	if (!sketch_write(s, &o.sink, e)) {
		output_abort(&o);
		return false;
	}
	return output_commit(&o, e);
}

/* ---- reading ------------------------------------------------------------ */

struct reader {
	const uint8_t *at, *end;
	struct err *e;
};

static size_t left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

static bool truncated(const struct reader *r, const char *what)
{
	return err_set(r->e, ERR_FORMAT, "the sketch ends inside %s", what);
}

static bool get(struct reader *r, void *data, size_t bytes, const char *what)
{
	if (left(r) < bytes)
		return truncated(r, what);
	memcpy(data, r->at, bytes);
	r->at += bytes;
	return true;
}

static bool get_le(struct reader *r, uint32_t *x, size_t bytes,
		   const char *what)
{
	uint8_t le[4] = {0};

	if (!get(r, le, bytes, what))
		return false;
	*x = le[0] | (uint32_t)le[1] << 8 | (uint32_t)le[2] << 16 |
	     (uint32_t)le[3] << 24;
	return true;
}

static bool get_count(struct reader *r, uint64_t *x, const char *what)
{
	*x = 0;
	for (int shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (r->at == r->end)
			return truncated(r, what);
		byte = *r->at++;
		if ((shift == 63 && byte > 1) || (shift && !byte))
			break;
		*x |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return true;
	}
	return err_set(r->e, ERR_FORMAT, "%s is not a number of least length",
		       what);
}

/* A count of things that take at least EACH bytes of the file. */
static bool get_number_of(struct reader *r, uint64_t *n, size_t each,
			  const char *what)
{
	if (!get_count(r, n, what))
		return false;
	if (*n > left(r) / each)
		return err_set(r->e, ERR_FORMAT,
			       "%llu %s do not fit into the %zu bytes left",
			       (unsigned long long)*n, what, left(r));
	return true;
}

static bool get_float(struct reader *r, float *x)
{
	uint32_t bits;

	if (!get_le(r, &bits, 4, "an extreme"))
		return false;
	memcpy(x, &bits, sizeof(*x));
	return true;
}

static bool get_sums(struct reader *r, struct histogram *h)
{
	uint64_t n, x;
	int last = -1;

	if (!get_number_of(r, &n, 2, "sums"))
		return false;
	for (; n; n--) {
		uint32_t i;
		uint64_t limit = h->count << 24;

		if (!get_le(r, &i, 1, "a sum") || !get_count(r, &x, "a sum"))
			return false;
		if ((int)i <= last || i >= HISTOGRAM_EXPONENTS || !x)
			return err_set(r->e, ERR_FORMAT,
				       "sum of exponent %u out of order", i);
		if ((x >> 1) + (x & 1) > limit)
			return err_set(r->e, ERR_FORMAT,
				       "sum of exponent %u exceeds its samples",
				       i);
		last = (int)i;
		h->significand_sum[i] = (int64_t)(x >> 1 ^
						  (x & 1 ? UINT64_MAX : 0));
	}
	return true;
}

static bool get_page(struct reader *r, struct histogram *h, uint32_t p,
		     uint64_t *total)
{
	uint64_t before = *total;

	h->page[p] = arena_array(h->arena, uint64_t, HISTOGRAM_PAGE_BINS);
	for (int i = 0; i < HISTOGRAM_PAGE_BINS; i++) {
		if (!get_count(r, &h->page[p][i], "a bin"))
			return false;
		if (h->page[p][i] > h->count - *total)
			return err_set(r->e, ERR_FORMAT,
				       "more samples in bins than the %llu "
				       "counted",
				       (unsigned long long)h->count);
		*total += h->page[p][i];
	}
	if (*total == before)
		return err_set(r->e, ERR_FORMAT, "page %u is empty", p);
	return true;
}

static bool get_pages(struct reader *r, struct histogram *h)
{
	uint64_t n, total = 0;
	int64_t last = -1;

	if (!get_number_of(r, &n, 2 + HISTOGRAM_PAGE_BINS, "pages"))
		return false;
	for (; n; n--) {
		uint32_t p;

		if (!get_le(r, &p, 2, "a page number"))
			return false;
		if (p <= last || p >= HISTOGRAM_PAGES || p % 256 == 255)
			return err_set(r->e, ERR_FORMAT,
				       "page %u is out of order", p);
		last = p;
		if (!get_page(r, h, p, &total))
			return false;
	}
	if (total != h->count)
		return err_set(r->e, ERR_FORMAT,
			       "%llu samples in bins, %llu counted",
			       (unsigned long long)total,
			       (unsigned long long)h->count);
	return true;
}

static bool is_minus_zero(float x)
{
	return x == 0 && signbit(x);
}

static bool get_extremes(struct reader *r, struct histogram *h)
{
	if (!get_float(r, &h->min) || !get_float(r, &h->max))
		return false;
	if (!isfinite(h->min) || !isfinite(h->max) || h->min > h->max ||
	    is_minus_zero(h->min) || is_minus_zero(h->max) ||
	    (!h->count && (h->min != 0 || h->max != 0)))
		return err_set(r->e, ERR_FORMAT,
			       "extremes %g and %g of %llu samples",
			       (double)h->min, (double)h->max,
			       (unsigned long long)h->count);
	if (!h->count) {
		h->min = INFINITY;
		h->max = -INFINITY;
	}
	return true;
}

static bool get_name(struct reader *r, struct sketch *s, const char **name)
{
	uint64_t len;

	if (!get_number_of(r, &len, 1, "bytes of a name"))
		return false;
	if (len == 0 || len > NAME_BYTES || memchr(r->at, 0, len))
		return err_set(r->e, ERR_FORMAT,
			       "a tensor's name of %llu bytes",
			       (unsigned long long)len);
	*name = arena_strndup(&s->arena, (const char *)r->at, len);
	r->at += len;
	return true;
}

static bool get_tensor(struct reader *r, struct sketch *s, uint32_t i)
{
	struct sketch_tensor *t = &s->tensor[i];
	struct histogram *h = &t->histogram;

	if (!get_name(r, s, &t->name))
		return false;
	if (!map_add(&s->index, t->name, i))
		return err_set(r->e, ERR_FORMAT, "two tensors called '%s'",
			       t->name);
	histogram_init(h, &s->arena);
	if (!get_count(r, &h->count, "a sample count") ||
	    !get_count(r, &h->nan, "a NaN count") ||
	    !get_count(r, &h->minus_inf, "a -inf count") ||
	    !get_count(r, &h->plus_inf, "a +inf count"))
		return err_context(r->e, "'%s'", t->name);
	if (h->count > HISTOGRAM_MAX_COUNT)
		return err_set(r->e, ERR_LIMIT, "'%s' has %llu samples",
			       t->name, (unsigned long long)h->count);
	if (!get_extremes(r, h) || !get_sums(r, h) || !get_pages(r, h))
		return err_context(r->e, "'%s'", t->name);
	return true;
}

static bool check_trailer(struct bytes b, struct err *e)
{
	uint8_t digest[SHA256_BYTES];
	struct sha256 d;

	sha256_init(&d);
	sha256_add(&d, b.at, b.len - SHA256_BYTES);
	sha256_finish(&d, digest);
	if (memcmp(digest, b.at + b.len - SHA256_BYTES, SHA256_BYTES))
		return err_set(e, ERR_FORMAT,
			       "the sketch is damaged: its digest differs");
	return true;
}

static bool check_head(struct bytes b, struct err *e)
{
	enum { HEAD = sizeof(magic) + 4 };

	if (b.len < HEAD || memcmp(b.at, magic, sizeof(magic)))
		return err_set(e, ERR_FORMAT, "not a calibration sketch");
	if (b.at[8] != VERSION || b.at[9] || b.at[10] || b.at[11])
		return err_set(e, ERR_UNSUPPORTED,
			       "sketch version %u.%u.%u.%u, this program "
			       "reads %d",
			       b.at[8], b.at[9], b.at[10], b.at[11], VERSION);
	if (b.len < HEAD + 3 * SHA256_BYTES + 2)
		return err_set(e, ERR_FORMAT,
			       "the sketch ends inside its head");
	return true;
}

static bool get_all(struct reader *r, struct sketch *s,
		    const struct limits *lim)
{
	/* Name length, name, 4 counts, extremes, sums and pages. */
	enum { LEAST_TENSOR = 1 + 1 + 4 + 8 + 1 + 1 };
	uint64_t count;

	if (!get(r, s->model, SHA256_BYTES, "the model's digest") ||
	    !get(r, s->data, SHA256_BYTES, "the data's digest") ||
	    !get_count(r, &s->samples, "the sample count") ||
	    !get_number_of(r, &count, LEAST_TENSOR, "tensors"))
		return false;
	if (count > lim->nodes)
		return err_set(r->e, ERR_LIMIT, "%llu tensors, limit %u",
			       (unsigned long long)count, lim->nodes);
	s->count = (uint32_t)count;
	if (!buf_array(&s->storage, count, sizeof(*s->tensor), lim->memory,
		       r->e))
		return false;
	s->tensor = (struct sketch_tensor *)(void *)s->storage.data;
	for (uint32_t i = 0; i < s->count; i++)
		if (!get_tensor(r, s, i))
			return false;
	if (r->at != r->end)
		return err_set(r->e, ERR_FORMAT,
			       "%zu bytes after the last tensor", left(r));
	return true;
}

bool sketch_read(struct sketch *s, struct bytes bytes, const struct limits *lim,
		 struct err *e)
{
	struct reader r = {.e = e};

	*s = (struct sketch){0};
	s->index.arena = &s->arena;
	if (!check_head(bytes, e) || !check_trailer(bytes, e))
		return false;
	r.at = bytes.at + sizeof(magic) + 4;
	r.end = bytes.at + bytes.len - SHA256_BYTES;
	if (get_all(&r, s, lim ? lim : &limits_default))
		return true;
	sketch_release(s);
	return false;
}

bool sketch_read_file(struct sketch *s, const char *path,
		      const struct limits *lim, struct err *e)
{
	struct input in;
	bool ok;

	if (!lim)
		lim = &limits_default;
	if (!input_open(&in, path, lim->memory, e))
		return false;
	ok = sketch_read(s, in.bytes, lim, e);
	input_close(&in);
	return ok || err_context(e, "%s", path);
}
