/* SPDX-License-Identifier: Apache-2.0 */
/* formats/npy.c -- reading NumPy arrays; see npy.h. */
#include "formats/npy.h"

#include <inttypes.h>
#include <string.h>

#include "formats/npy_header.h"
#include "graph/element.h"

/* ---- the elements ------------------------------------------------------- */

static const struct {
	char kind;
	size_t bytes;
	enum dtype dtype;
	size_t swap; /* unit of byte order */
} element_types[] = {
	{'b', 1, DTYPE_BOOL, 1}, {'i', 1, DTYPE_I8, 1},
	{'i', 2, DTYPE_I16, 2},	 {'i', 4, DTYPE_I32, 4},
	{'i', 8, DTYPE_I64, 8},	 {'u', 1, DTYPE_U8, 1},
	{'u', 2, DTYPE_U16, 2},	 {'u', 4, DTYPE_U32, 4},
	{'u', 8, DTYPE_U64, 8},	 {'f', 2, DTYPE_F16, 2},
	{'f', 4, DTYPE_F32, 4},	 {'f', 8, DTYPE_F64, 8},
	{'c', 8, DTYPE_C64, 4},	 {'c', 16, DTYPE_C128, 8},
};

/* How the payload is stored and what it becomes. */
struct layout {
	enum dtype dtype;
	size_t count, item_bytes, swap;
	bool swapped, fortran;
	char kind;
};

static bool host_is_big(void)
{
	const uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 0;
}

static bool find_layout(const struct npy_header *h, struct layout *l,
			struct err *e)
{
	*l = (struct layout){.item_bytes = h->item_bytes,
			     .fortran = h->fortran && h->shape.rank > 1,
			     .kind = h->kind};
	if ((h->kind == 'S' || h->kind == 'U') && h->item_bytes) {
		l->dtype = DTYPE_STRING;
		l->swap = h->kind == 'U' ? 4 : 1;
	}
	for (size_t i = 0; i < COUNT_OF(element_types); i++)
		if (element_types[i].kind == h->kind &&
		    element_types[i].bytes == h->item_bytes) {
			l->dtype = element_types[i].dtype;
			l->swap = element_types[i].swap;
		}
	if (l->dtype == DTYPE_NONE)
		return err_set(e, ERR_FORMAT,
			       "elements of NumPy type '%c%zu' are not read",
			       h->kind, h->item_bytes);
	l->swapped = l->swap > 1 && (h->order == '>') != host_is_big() &&
		     h->order != '=' && h->order != '|';
	return true;
}

/* The payload is exactly as large as the shape says. */
static bool check_size(const struct npy_header *h, struct layout *l,
		       struct bytes payload, struct err *e)
{
	size_t bytes;
	struct err why;

	if (!shape_count(&h->shape, &l->count, &why) ||
	    __builtin_mul_overflow(l->count, l->item_bytes, &bytes) ||
	    bytes > payload.len)
		return err_set(e, ERR_FORMAT,
			       "the shape needs more than the %zu bytes that "
			       "follow the header",
			       payload.len);
	if (bytes < payload.len)
		return err_set(e, ERR_FORMAT,
			       "%zu bytes follow the header, the shape needs "
			       "%zu",
			       payload.len, bytes);
	return true;
}

static void copy_item(uint8_t *to, const uint8_t *from, size_t bytes,
		      size_t swap)
{
	for (size_t at = 0; at < bytes; at += swap)
		for (size_t i = 0; i < swap; i++)
			to[at + i] = from[at + swap - 1 - i];
}

/* The next index in C order; its Fortran offset advances with it. */
static size_t next_index(const struct shape *s, int64_t index[MAX_RANK],
			 const size_t stride[MAX_RANK], size_t offset)
{
	for (int32_t i = s->rank; i-- > 0;) {
		offset += stride[i];
		if (++index[i] < s->dim[i])
			return offset;
		offset -= stride[i] * (size_t)s->dim[i];
		index[i] = 0;
	}
	return 0;
}

/* Items of FROM in C order and in the byte order of this machine. */
static void convert(const struct layout *l, const struct shape *s,
		    const uint8_t *from, uint8_t *to)
{
	size_t stride[MAX_RANK], step = 1, offset = 0;
	int64_t index[MAX_RANK] = {0};

	for (int32_t i = 0; i < s->rank; i++) {
		stride[i] = step;
		step *= (size_t)s->dim[i];
	}
	for (size_t i = 0; i < l->count; i++) {
		copy_item(to + i * l->item_bytes,
			  from + (l->fortran ? offset : i) * l->item_bytes,
			  l->item_bytes, l->swapped ? l->swap : 1);
		if (l->fortran)
			offset = next_index(s, index, stride, offset);
	}
}

/* ---- strings ------------------------------------------------------------ */

/* UTF-8 of CODE at TO; 0 if it is no Unicode scalar. */
static size_t put_utf8(uint32_t code, char *to)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 63));
		to[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 63));
	to[2] = (char)(0x80 | (code >> 6 & 63));
	to[3] = (char)(0x80 | (code & 63));
	return 4;
}

/* Item I of UTF-32 ITEMS as UTF-8 at TO; NumPy pads with zeros. */
static bool from_utf32(const uint8_t *items, size_t item_bytes, char *to,
		       size_t *len, struct err *e)
{
	size_t n = item_bytes / 4, put;
	uint32_t code;

	*len = 0;
	for (; n; n--) {
		memcpy(&code, items + 4 * (n - 1), 4);
		if (code)
			break;
	}
	for (size_t i = 0; i < n; i++) {
		memcpy(&code, items + 4 * i, 4);
		put = put_utf8(code, to + *len);
		if (!put)
			return err_set(e, ERR_FORMAT,
				       "a string holds the invalid character "
				       "0x%" PRIx32,
				       code);
		*len += put;
	}
	return true;
}

/* ITEMS, in C order and native byte order, as an array of struct text. */
static bool make_texts(struct tensor *out, const struct layout *l,
		       const uint8_t *items, struct tensor_set *set,
		       struct err *e)
{
	void *texts, *utf8 = NULL;
	struct text t;

	if (l->count > SIZE_MAX / sizeof(t))
		return err_set(e, ERR_LIMIT, "%zu strings do not fit in memory",
			       l->count);
	if (!tensor_set_alloc(set, l->count * sizeof(t), &texts, e))
		return false;
	/* UTF-8 takes at most the four bytes of UTF-32. */
	if (l->kind == 'U' &&
	    !tensor_set_alloc(set, l->count * l->item_bytes, &utf8, e))
		return false;
	for (size_t i = 0; i < l->count; i++) {
		const uint8_t *item = items + i * l->item_bytes;

		t = (struct text){(const char *)item, l->item_bytes};
		if (l->kind == 'U') {
			t.at = (char *)utf8 + i * l->item_bytes;
			if (!from_utf32(item, l->item_bytes,
					(char *)utf8 + i * l->item_bytes,
					&t.len, e))
				return false;
		}
		while (l->kind == 'S' && t.len && !t.at[t.len - 1])
			t.len--;
		memcpy((uint8_t *)texts + i * sizeof(t), &t, sizeof(t));
	}
	out->data = texts;
	out->bytes = l->count * sizeof(t);
	return true;
}

/* ---- arrays ------------------------------------------------------------- */

static bool has_odd_bool(const uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] > 1)
			return true;
	return false;
}

bool npy_parse(struct tensor *out, struct bytes file, struct tensor_set *set,
	       const struct limits *lim, struct err *e)
{
	struct npy_header h;
	struct layout l;
	struct bytes payload = {0};
	const uint8_t *items;
	void *copy;

	if (!npy_header_parse(file, &h, &payload, e) ||
	    !find_layout(&h, &l, e) || !check_size(&h, &l, payload, e))
		return false;
	if (payload.len > lim->tensor_bytes)
		return err_set(e, ERR_LIMIT,
			       "an array of %zu bytes exceeds the limit of %zu",
			       payload.len, lim->tensor_bytes);
	items = payload.at;
	if (l.swapped || l.fortran ||
	    (l.dtype == DTYPE_BOOL && has_odd_bool(items, l.count))) {
		if (!tensor_set_alloc(set, payload.len, &copy, e))
			return false;
		convert(&l, &h.shape, items, copy);
		for (size_t i = 0; l.dtype == DTYPE_BOOL && i < l.count; i++)
			((uint8_t *)copy)[i] = ((uint8_t *)copy)[i] != 0;
		items = copy;
	}
	*out = (struct tensor){.dtype = l.dtype,
			       .shape = h.shape,
			       .data = items,
			       .bytes = payload.len};
	return l.dtype != DTYPE_STRING || make_texts(out, &l, items, set, e);
}

/* ---- the format --------------------------------------------------------- */

static bool probe(struct bytes head)
{
	return head.len >= NPY_MAGIC_BYTES &&
	       !memcmp(head.at, npy_magic, NPY_MAGIC_BYTES);
}

static bool read_npy(struct tensor_set *set, struct input *in,
		     const struct limits *lim, struct err *e)
{
	struct tensor t;

	if (!npy_parse(&t, in->bytes, set, lim, e))
		return false;
	set->at = arena_new(&set->arena, struct named_tensor);
	set->at[0] = (struct named_tensor){"", datum_tensor(&t)};
	set->count = 1;
	set->input = *in;
	*in = (struct input){.fd = -1, .dir = -1};
	return true;
}

static bool write_npy(struct sink *out, const struct named_tensor *t,
		      size_t count, struct err *e)
{
	struct npy_image x;
	bool ok;

	if (count != 1 || t->datum.type.kind != TYPE_TENSOR)
		return err_set(e, ERR_UNSUPPORTED,
			       "an .npy file holds one tensor; use .npz");
	if (!npy_image_init(&x, &t->datum.tensor, e))
		return false;
	ok = sink_write(out, x.head.text, x.head.len, e) &&
	     sink_write(out, x.body.at, x.body.len, e);
	npy_image_release(&x);
	return ok;
}

const struct format format_rows_npy[] = {
	{.name = "npy",
	 .summary = "NumPy array",
	 .suffix = ".npy",
	 .probe = probe,
	 .read_tensors = read_npy,
	 .write_tensors = write_npy},
	{0},
};
