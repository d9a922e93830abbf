/* SPDX-License-Identifier: Apache-2.0 */
/* formats/npy_write.c -- writing NumPy arrays; see npy.h. */
#include "formats/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "graph/element.h"

/* NumPy's name of T, and the type that T is widened to. */
static const char *numpy_type(enum dtype t, enum dtype *as)
{
	*as = t;
	switch (t) {
	case DTYPE_BOOL:
		return "|b1";
	case DTYPE_I8:
		return "|i1";
	case DTYPE_U8:
		return "|u1";
	case DTYPE_I16:
		return "<i2";
	case DTYPE_U16:
		return "<u2";
	case DTYPE_I32:
		return "<i4";
	case DTYPE_U32:
		return "<u4";
	case DTYPE_I64:
		return "<i8";
	case DTYPE_U64:
		return "<u8";
	case DTYPE_F16:
		return "<f2";
	case DTYPE_F32:
		return "<f4";
	case DTYPE_F64:
		return "<f8";
	case DTYPE_C64:
		return "<c8";
	case DTYPE_C128:
		return "<c16";
	case DTYPE_I4:
	case DTYPE_I2:
		*as = DTYPE_I8;
		return "|i1";
	case DTYPE_U4:
	case DTYPE_U2:
		*as = DTYPE_U8;
		return "|u1";
	default: /* floats of 16 bits and less */
		*as = DTYPE_F32;
		return "<f4";
	}
}

/* Characters of a UTF-8 text; SIZE_MAX if it is none, or holds a NUL. */
static size_t utf8_count(const struct text *t)
{
	size_t n = 0, len;

	for (size_t i = 0; i < t->len; i += len, n++) {
		uint8_t c = (uint8_t)t->at[i];

		len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (!c || (c >= 0x80 && c < 0xc2) || c > 0xf4 ||
		    len > t->len - i)
			return SIZE_MAX;
		for (size_t k = 1; k < len; k++)
			if ((t->at[i + k] & 0xc0) != 0x80)
				return SIZE_MAX;
	}
	return n;
}

/* The character at AT, whose text utf8_count() has accepted. */
static uint32_t get_utf8(const char *at, size_t *len)
{
	const uint8_t *p = (const uint8_t *)at;
	uint32_t code;

	*len = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	code = *len == 1 ? *p : *p & (0x7fu >> *len);
	for (size_t k = 1; k < *len; k++)
		code = code << 6 | (p[k] & 63u);
	return code;
}

static struct text text_at(const struct tensor *t, size_t i)
{
	struct text x;

	memcpy(&x, (const uint8_t *)t->data + i * sizeof(x), sizeof(x));
	return x;
}

/* Strings as UTF-32, padded with zeros to the longest. */
static bool convert_texts(struct npy_image *x, const struct tensor *t,
			  size_t count, size_t *width, struct err *e)
{
	*width = 1;
	for (size_t i = 0; i < count; i++) {
		struct text s = text_at(t, i);
		size_t n = utf8_count(&s);

		if (n == SIZE_MAX)
			return err_set(e, ERR_UNSUPPORTED,
				       "string %zu is no UTF-8 text, which "
				       "NumPy needs",
				       i);
		*width = n > *width ? n : *width;
	}
	if (*width > SIZE_MAX / 4)
		return err_set(e, ERR_LIMIT, "the strings are too long");
	if (!buf_array(&x->converted, count, 4 * *width, NULL, e))
		return false;
	if (x->converted.bytes)
		memset(x->converted.data, 0, x->converted.bytes);
	for (size_t i = 0; i < count; i++) {
		struct text s = text_at(t, i);
		uint8_t *to = x->converted.data + i * 4 * *width;

		for (size_t at = 0, len; at < s.len; at += len, to += 4) {
			uint32_t code = get_utf8(s.at + at, &len);

			for (unsigned k = 0; k < 4; k++)
				to[k] = (uint8_t)(code >> (8 * k));
		}
	}
	return true;
}

static void make_head(struct npy_image *x, const char *type,
		      const struct shape *s)
{
	struct str dict = {0};
	size_t total;

	str_addf(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (",
		 type);
	for (int32_t i = 0; i < s->rank; i++)
		str_addf(&dict, i ? ", %" PRId64 : "%" PRId64, s->dim[i]);
	str_add(&dict, s->rank == 1 ? ",), }" : "), }");
	/* Magic, version, length, text and newline: a multiple of 64. */
	total = (10 + dict.len + 1 + 63) / 64 * 64;
	while (dict.len < total - 10 - 1)
		str_addc(&dict, ' ');
	str_addc(&dict, '\n');
	str_addn(&x->head, "\x93NUMPY\x01\x00", 8);
	str_addc(&x->head, (char)(dict.len & 255));
	str_addc(&x->head, (char)(dict.len >> 8));
	str_addn(&x->head, dict.text, dict.len);
	str_release(&dict);
}

bool npy_image_init(struct npy_image *x, const struct tensor *t, struct err *e)
{
	size_t count = tensor_count(t), width;
	char type[32];
	enum dtype as;

	*x = (struct npy_image){0};
	if (t->dtype == DTYPE_STRING) {
		if (!convert_texts(x, t, count, &width, e)) {
			npy_image_release(x);
			return false;
		}
		snprintf(type, sizeof(type), "<U%zu", width);
		make_head(x, type, &t->shape);
		x->body = (struct bytes){x->converted.data, x->converted.bytes};
		return true;
	}
	make_head(x, numpy_type(t->dtype, &as), &t->shape);
	x->body = (struct bytes){t->data, dtype_bytes(t->dtype, count)};
	if (as == t->dtype)
		return true;
	if (!buf_array(&x->converted, count, dtype_info[as].bits / 8, NULL,
		       e)) {
		npy_image_release(x);
		return false;
	}
	element_cast(t->dtype, t->data, as, x->converted.data, count,
		     SATURATE_YES);
	x->body = (struct bytes){x->converted.data, x->converted.bytes};
	return true;
}

void npy_image_release(struct npy_image *x)
{
	str_release(&x->head);
	buf_free(&x->converted);
}

/* ---- containers --------------------------------------------------------- */

/* Recursion is as deep as the type, which readers limit. */
static bool visit_datum(struct tensor_visitor *v, const char *name,
			const struct datum *d, struct err *e)
{
	struct str sub = {0};
	bool ok = true;

	switch (d->type.kind) {
	case TYPE_TENSOR:
		return v->visit(v, name, &d->tensor, e);
	case TYPE_MAP:
		str_addf(&sub, "%s.keys", name);
		ok = v->visit(v, sub.text, &d->tensor, e);
		str_release(&sub);
		break;
	case TYPE_SEQUENCE:
	case TYPE_OPTIONAL:
		break;
	default:
		return err_set(e, ERR_UNSUPPORTED,
			       "'%s' is no tensor, sequence, optional or map",
			       name);
	}
	for (size_t i = 0; ok && i < d->count; i++) {
		if (d->type.kind == TYPE_OPTIONAL)
			str_add(&sub, name);
		else if (d->type.kind == TYPE_MAP)
			str_addf(&sub, "%s.values.%zu", name, i);
		else
			str_addf(&sub, "%s.%zu", name, i);
		ok = visit_datum(v, sub.text, &d->item[i], e);
		str_release(&sub);
	}
	return ok;
}

bool named_tensor_visit(const struct named_tensor *t, struct tensor_visitor *v,
			struct err *e)
{
	return visit_datum(v, t->name, &t->datum, e);
}
