/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_type.c -- types and tensor literals of ONNX's text syntax. */
#include "formats/onnxtxt_read.h"

#include <string.h>

#include "graph/element.h"

/* ---- types -------------------------------------------------------------- */

static enum dtype dtype_of(struct span word)
{
	char buf[32];

	if (word.len >= sizeof(buf))
		return DTYPE_NONE;
	memcpy(buf, word.at, word.len);
	buf[word.len] = '\0';
	return word.len ? dtype_from_text(buf) : DTYPE_NONE;
}

bool at_type(struct reader *r)
{
	static const char *const words[] = {"seq", "map", "optional",
					    "sparse_tensor", "opaque"};
	struct span word = lex_peek_word(&r->lex);

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_is(word, words[i]))
			return true;
	return dtype_of(word) != DTYPE_NONE;
}

static bool read_dim(struct reader *r, int64_t *dim, struct err *e)
{
	const char *name, *at;
	int c = lex_peek(&r->lex);

	if (lex_take(&r->lex, '?')) {
		*dim = DIM_UNKNOWN;
		return true;
	}
	at = r->lex.at;
	if (c == '"' || lex_peek_word(&r->lex).len) {
		if (!read_name(r, NAME_NEEDED, &name, e))
			return false;
		*dim = symbol_dim(&r->model->symbols, name);
		return true;
	}
	if (!lex_int(&r->lex, dim, e))
		return false;
	if (*dim == -1) /* DIM_UNKNOWN too, but nobody should rely on it */
		model_warn(r->model, "a dimension of -1 is taken as unknown");
	else if (*dim < 0)
		return lex_fail(&r->lex, at, e, "dimension %lld is negative",
				(long long)*dim);
	return true;
}

/* "[2,N,?]" is that shape, "[]" an unknown rank, nothing a scalar. */
static bool read_shape(struct reader *r, struct shape *s, struct err *e)
{
	*s = (struct shape){.rank = 0};
	if (!lex_take(&r->lex, '['))
		return true;
	if (lex_take(&r->lex, ']')) {
		s->rank = RANK_UNKNOWN;
		return true;
	}
	do {
		if (s->rank == MAX_RANK)
			return lex_fail_code(&r->lex, r->lex.at, e, ERR_LIMIT,
					     "more than %d dimensions",
					     MAX_RANK);
		if (!read_dim(r, &s->dim[s->rank++], e))
			return false;
	} while (lex_take(&r->lex, ','));
	return lex_want(&r->lex, ']', e);
}

static bool read_dtype(struct reader *r, enum dtype *t, struct err *e)
{
	struct span word = lex_peek_word(&r->lex);

	*t = dtype_of(word);
	if (*t == DTYPE_NONE)
		return lex_expected(&r->lex, "an element type", e);
	r->lex.at += word.len;
	return true;
}

/* One level of a type; *ELEM is set if another level follows inside. */
static bool read_type_level(struct reader *r, struct type *t, bool *elem,
			    struct err *e)
{
	struct span word = lex_peek_word(&r->lex);

	*t = (struct type){.shape.rank = RANK_UNKNOWN};
	*elem = false;
	if (dtype_of(word) != DTYPE_NONE) {
		t->kind = TYPE_TENSOR;
		return read_dtype(r, &t->dtype, e) &&
		       read_shape(r, &t->shape, e);
	}
	if (span_is(word, "opaque"))
		return lex_fail_code(&r->lex, word.at, e, ERR_UNSUPPORTED,
				     "opaque types are not supported");
	t->kind = span_is(word, "seq")		   ? TYPE_SEQUENCE
		  : span_is(word, "map")	   ? TYPE_MAP
		  : span_is(word, "optional")	   ? TYPE_OPTIONAL
		  : span_is(word, "sparse_tensor") ? TYPE_SPARSE
						   : TYPE_UNKNOWN;
	if (t->kind == TYPE_UNKNOWN)
		return lex_expected(&r->lex, "a type", e);
	r->lex.at += word.len;
	if (!lex_want(&r->lex, '(', e))
		return false;
	if (t->kind == TYPE_SPARSE)
		return read_dtype(r, &t->dtype, e) &&
		       read_shape(r, &t->shape, e) && lex_want(&r->lex, ')', e);
	*elem = true;
	return t->kind != TYPE_MAP ||
	       (read_dtype(r, &t->dtype, e) && lex_want(&r->lex, ',', e));
}

bool read_type(struct reader *r, struct type *out, struct err *e)
{
	struct type *t = out;
	uint32_t open = 0;
	bool more;

	for (;;) {
		const char *at = r->lex.at;

		if (!read_type_level(r, t, &more, e))
			return false;
		if (!more)
			break;
		if (++open > r->lim->graph_depth)
			return lex_fail_code(&r->lex, at, e, ERR_LIMIT,
					     "types nest deeper than %u",
					     (unsigned)r->lim->graph_depth);
		t->elem = arena_new(r->arena, struct type);
		t = (struct type *)(uintptr_t)t->elem;
	}
	while (open--)
		if (!lex_want(&r->lex, ')', e))
			return false;
	return true;
}

/* ---- tensors ------------------------------------------------------------ */

/* How the elements of a type are written. */
static bool is_small_float(enum dtype t)
{
	return dtype_is_float(t) && t != DTYPE_F32 && t != DTYPE_F64;
}

static bool is_sub_byte(enum dtype t)
{
	return dtype_info[t].bits < 8;
}

/* A tensor literal being filled. */
struct fill {
	struct reader *r;
	enum dtype dtype;
	size_t count;	/* elements of the shape */
	size_t words;	/* literals wanted: two per complex number */
	size_t done;	/* literals read */
	size_t numbers; /* of them, small floats written as numbers */
	uint8_t *data;
	uint8_t *packed;  /* sub-byte types: the low byte of each literal */
	const char *wide; /* the first that is no element, only a byte */
};

static bool fill_code(struct fill *f, const struct literal *x, struct err *e)
{
	const struct lex *l = &f->r->lex;
	unsigned bits = dtype_info[f->dtype].bits;
	bool is_signed = dtype_info[f->dtype].class == CLASS_INT;
	int64_t half = INT64_C(1) << (bits - 1), v;

	if (is_sub_byte(f->dtype)) {
		/* An element, or a byte that holds several. */
		if (!literal_int(l, x, -128, 255, &v, e))
			return false;
		if (!f->wide && (v < (is_signed ? -half : 0) || v >= 2 * half))
			f->wide = x->text.at;
		f->packed[f->done] = (uint8_t)v;
		if (f->done < f->count)
			element_set_bits(f->dtype, f->data, f->done,
					 (uint64_t)v & (2 * half - 1));
		return true;
	}
	if (!literal_int(l, x, is_signed ? -half : 0,
			 is_signed ? half - 1 : 2 * half - 1, &v, e))
		return false;
	element_set_bits(f->dtype, f->data, f->done,
			 (uint64_t)v & (uint64_t)(2 * half - 1));
	return true;
}

/* float16 and smaller: an integer is a bit pattern, anything else a number. */
static bool fill_small_float(struct fill *f, const struct literal *x,
			     struct err *e)
{
	double v;

	if (x->kind == LITERAL_FLOAT && f->done < f->count) {
		if (!literal_double(&f->r->lex, x, &v, e))
			return false;
		element_set_double(f->dtype, f->data, f->done, v);
		f->numbers++;
	} else if (!fill_code(f, x, e)) {
		return false;
	}
	if (f->numbers && f->numbers != f->done + 1)
		return lex_fail(&f->r->lex, x->text.at, e,
				"a %s tensor holds either bit patterns (15360) "
				"or numbers (1.0), not both",
				dtype_info[f->dtype].text);
	return true;
}

static bool fill_text(struct fill *f, const struct literal *x, struct err *e)
{
	struct text t;
	struct span s;

	if (x->kind != LITERAL_STRING)
		return lex_fail(&f->r->lex, x->text.at, e,
				"expected a string in quotes");
	s = literal_unescape(x, f->r->arena);
	t = (struct text){s.at, s.len};
	memcpy(f->data + f->done * sizeof(t), &t, sizeof(t));
	return true;
}

static bool fill_one(struct fill *f, const struct literal *x, struct err *e)
{
	const struct lex *l = &f->r->lex;
	union {
		float f32;
		double f64;
		int64_t i64;
		uint64_t u64;
	} v;

	switch (f->dtype) {
	case DTYPE_STRING:
		return fill_text(f, x, e);
	case DTYPE_F32:
	case DTYPE_C64:
		if (!literal_float(l, x, &v.f32, e))
			return false;
		memcpy(f->data + f->done * 4, &v.f32, 4);
		return true;
	case DTYPE_F64:
	case DTYPE_C128:
		if (!literal_double(l, x, &v.f64, e))
			return false;
		memcpy(f->data + f->done * 8, &v.f64, 8);
		return true;
	case DTYPE_I64:
		if (!literal_int(l, x, INT64_MIN, INT64_MAX, &v.i64, e))
			return false;
		memcpy(f->data + f->done * 8, &v.i64, 8);
		return true;
	case DTYPE_U64:
		if (!literal_uint(l, x, UINT64_MAX, &v.u64, e))
			return false;
		memcpy(f->data + f->done * 8, &v.u64, 8);
		return true;
	default:
		return is_small_float(f->dtype) ? fill_small_float(f, x, e)
						: fill_code(f, x, e);
	}
}

/* ONNX writes sub-byte tensors as the bytes that hold them: fewer literals
 * than elements, of which BYTES are wanted. */
static bool fill_from_packed(struct fill *f, size_t bytes)
{
	if (!is_sub_byte(f->dtype) || f->done != bytes || f->numbers ||
	    f->done == f->words)
		return false;
	memcpy(f->data, f->packed, bytes);
	return true;
}

static bool fill_all(struct fill *f, size_t bytes, struct err *e)
{
	struct lex *l = &f->r->lex;
	const char *at = l->at;
	struct literal x;

	if (!lex_want(l, '{', e))
		return false;
	if (lex_peek(l) != '}')
		do {
			if (!lex_literal(l, &x, e))
				return false;
			if (f->done == f->words)
				return lex_fail(l, x.text.at, e,
						"more than the %zu values of "
						"the shape",
						f->words);
			if (!fill_one(f, &x, e))
				return false;
			f->done++;
		} while (lex_take(l, ','));
	if (!lex_want(l, '}', e))
		return false;
	if (f->done == f->words)
		return !f->wide ||
		       lex_fail(l, f->wide, e, "the number does not fit %s",
				dtype_info[f->dtype].text);
	if (!fill_from_packed(f, bytes))
		return lex_fail(l, at, e, "%zu values, the shape wants %zu",
				f->done, f->words);
	return true;
}

/*
 * Storage for the literal.  N values take at least 2 N - 1 characters of
 * text, so what is too large for the rest of the text is refused before
 * anything is allocated for it.
 */
static bool fill_alloc(struct fill *f, size_t bytes, struct err *e)
{
	size_t left = (size_t)(f->r->lex.end - f->r->lex.at);
	size_t least = is_sub_byte(f->dtype) ? bytes : f->words;
	void *p;

	if (least > left / 2 + 1)
		return lex_fail(&f->r->lex, f->r->lex.at, e,
				"the shape wants %zu values, the text ends "
				"before",
				f->words);
	if (!model_alloc(f->r->model, bytes, &p, e))
		return false;
	f->data = p;
	if (is_sub_byte(f->dtype) && bytes) {
		memset(f->data, 0, bytes);
		f->packed = arena_array(&f->r->scratch, uint8_t, f->words);
	}
	return true;
}

bool read_tensor(struct reader *r, const struct type *t, struct tensor *out,
		 struct err *e)
{
	struct fill f = {.r = r, .dtype = t->dtype};
	const char *at = r->lex.at;
	size_t bytes;
	struct err why;

	if (t->kind != TYPE_TENSOR)
		return lex_fail(&r->lex, at, e,
				"only a tensor type can have values");
	if (lex_peek(&r->lex) == '[')
		return lex_fail_code(&r->lex, r->lex.at, e, ERR_UNSUPPORTED,
				     "external data is not read from text");
	if (!shape_bytes(&t->shape, t->dtype, &bytes, &why))
		return lex_fail_code(&r->lex, at, e, why.code,
				     "values need a known shape: %s", why.msg);
	if (r->lim->tensor_bytes && bytes > r->lim->tensor_bytes)
		return lex_fail_code(&r->lex, at, e, ERR_LIMIT,
				     "a tensor of %zu bytes exceeds the limit "
				     "of %zu",
				     bytes, r->lim->tensor_bytes);
	if (!shape_count(&t->shape, &f.count, e))
		return false;
	f.words = f.count;
	if (dtype_info[t->dtype].class == CLASS_COMPLEX)
		f.words *= 2;
	if (!fill_alloc(&f, bytes, e) || !fill_all(&f, bytes, e))
		return false;
	*out = (struct tensor){.dtype = t->dtype,
			       .shape = t->shape,
			       .data = f.data,
			       .bytes = bytes};
	return true;
}

bool read_sparse(struct reader *r, const struct type *t, struct sparse *out,
		 struct err *e)
{
	struct type part;

	out->shape = t->shape;
	if (!shape_is_known(&t->shape))
		return lex_fail(&r->lex, r->lex.at, e,
				"values need a known shape");
	return lex_want(&r->lex, '{', e) && read_type(r, &part, e) &&
	       read_tensor(r, &part, &out->values, e) &&
	       lex_want(&r->lex, ',', e) && read_type(r, &part, e) &&
	       read_tensor(r, &part, &out->indices, e) &&
	       lex_want(&r->lex, '}', e);
}
