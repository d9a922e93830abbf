/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_value.c -- names, types, tensors and attributes as text. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "formats/onnxtxt_print.h"
#include "graph/element.h"

enum { DRAIN_BYTES = 1 << 16 };

bool printer_drain(struct printer *p, struct err *e)
{
	if (p->text.len < DRAIN_BYTES)
		return true;
	if (!sink_write(p->sink, p->text.text, p->text.len, e))
		return false;
	p->text.len = 0;
	return true;
}

/* ---- names and types ---------------------------------------------------- */

static bool is_word(const char *s)
{
	if (!*s || (*s >= '0' && *s <= '9'))
		return false;
	for (; *s; s++)
		if (!(*s == '_' || (*s >= '0' && *s <= '9') ||
		      (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')))
			return false;
	return true;
}

/* Would S, where a value or a graph is named, be taken for something else? */
static bool is_reserved(const char *s)
{
	return !strcasecmp(s, "nan") || !strcasecmp(s, "inf") ||
	       !strcasecmp(s, "infinity") || dtype_from_text(s) != DTYPE_NONE ||
	       !strcmp(s, "seq") || !strcmp(s, "map") ||
	       !strcmp(s, "optional") || !strcmp(s, "sparse_tensor") ||
	       !strcmp(s, "opaque");
}

void print_quoted(struct printer *p, const char *s, size_t n)
{
	str_addc(&p->text, '"');
	if (p->opts.elide) {
		str_add_escaped(&p->text, s, n);
	} else {
		for (size_t i = 0; i < n; i++) {
			if (s[i] == '"' || s[i] == '\\')
				str_addc(&p->text, '\\');
			str_addc(&p->text, s[i]);
		}
	}
	str_addc(&p->text, '"');
}

void print_name(struct printer *p, const char *name, enum name_place place)
{
	if (is_word(name) && (place == PLACE_PLAIN || !is_reserved(name)))
		str_add(&p->text, name);
	else
		print_quoted(p, name, strlen(name));
}

static void print_dim(struct printer *p, int64_t dim)
{
	struct str s = {0};

	if (dim >= 0) {
		str_addf(&p->text, "%" PRId64, dim);
	} else if (dim == DIM_UNKNOWN) {
		str_addc(&p->text, '?');
	} else {
		const struct symbol *x = symbol_of(&p->model->symbols, dim);

		if (!x->name)
			symbol_print(&s, &p->model->symbols, dim);
		print_name(p, x->name ? x->name : s.text, PLACE_PLAIN);
	}
	str_release(&s);
}

static void print_shape(struct printer *p, const struct shape *s)
{
	if (s->rank == 0)
		return;
	str_addc(&p->text, '[');
	for (int32_t i = 0; i < s->rank; i++) {
		if (i)
			str_addc(&p->text, ',');
		print_dim(p, s->dim[i]);
	}
	str_addc(&p->text, ']');
}

void print_type(struct printer *p, const struct type *t)
{
	struct str *s = &p->text;
	unsigned open = 0;

	for (; t; t = t->elem) {
		switch (t->kind) {
		case TYPE_UNKNOWN:
			break;
		case TYPE_TENSOR:
			str_add(s, dtype_info[t->dtype].text);
			print_shape(p, &t->shape);
			break;
		case TYPE_SPARSE:
			str_addf(s, "sparse_tensor(%s",
				 dtype_info[t->dtype].text);
			print_shape(p, &t->shape);
			str_addc(s, ')');
			break;
		case TYPE_SEQUENCE:
			str_add(s, "seq(");
			open++;
			break;
		case TYPE_OPTIONAL:
			str_add(s, "optional(");
			open++;
			break;
		case TYPE_MAP:
			str_addf(s, "map(%s, ", dtype_info[t->dtype].text);
			open++;
			break;
		}
	}
	while (open--)
		str_addc(s, ')');
}

/* ---- tensors ------------------------------------------------------------ */

void print_tensor_type(struct printer *p, const struct tensor *t)
{
	str_add(&p->text, dtype_info[t->dtype].text);
	print_shape(p, &t->shape);
}

/* A number that cannot be taken for an integer: "1.0", "1e+20", "nan". */
static void print_real(struct str *s, double x, bool single, bool fraction)
{
	size_t from = s->len;

	if (isnan(x) && signbit(x))
		str_addc(s, '-');
	if (single)
		str_add_float(s, (float)x);
	else
		str_add_double(s, x);
	if (fraction && isfinite(x) && !strpbrk(s->text + from, ".e"))
		str_add(s, ".0");
}

/* Literal I of T; complex numbers have two literals each. */
static void print_literal(struct printer *p, const struct tensor *t, size_t i)
{
	const uint8_t *at = t->data;
	struct text text;
	float f;
	double d;

	switch (t->dtype) {
	case DTYPE_STRING:
		memcpy(&text, at + i * sizeof(text), sizeof(text));
		print_quoted(p, text.at, text.len);
		return;
	case DTYPE_F32:
	case DTYPE_C64:
		memcpy(&f, at + i * sizeof(f), sizeof(f));
		print_real(&p->text, (double)f, true, false);
		return;
	case DTYPE_F64:
	case DTYPE_C128:
		memcpy(&d, at + i * sizeof(d), sizeof(d));
		print_real(&p->text, d, false, false);
		return;
	case DTYPE_U64:
		str_addf(&p->text, "%" PRIu64,
			 element_bits(t->dtype, t->data, i));
		return;
	default:
		break;
	}
	if (!dtype_is_float(t->dtype))
		str_addf(&p->text, "%" PRId64,
			 element_int(t->dtype, t->data, i));
	else if (p->opts.elide)
		print_real(&p->text, element_double(t->dtype, t->data, i), true,
			   true);
	else
		str_addf(&p->text, "%" PRIu64,
			 element_bits(t->dtype, t->data, i));
}

bool print_values(struct printer *p, const struct tensor *t, struct err *e)
{
	size_t n = tensor_count(t);
	/* ONNX writes sub-byte types as the bytes that hold them. */
	bool bytes = dtype_info[t->dtype].bits < 8 && !p->opts.elide;
	const uint8_t *at = t->data;

	if (p->opts.elide && n > p->opts.elide) {
		str_add(&p->text, " {...}");
		return true;
	}
	if (bytes)
		n = dtype_bytes(t->dtype, n);
	else if (dtype_info[t->dtype].class == CLASS_COMPLEX)
		n *= 2;
	str_add(&p->text, " {");
	for (size_t i = 0; i < n; i++) {
		if (i)
			str_add(&p->text, ", ");
		if (bytes)
			str_addf(&p->text, "%u", (unsigned)at[i]);
		else
			print_literal(p, t, i);
		if (!printer_drain(p, e))
			return false;
	}
	str_addc(&p->text, '}');
	return true;
}

static bool print_tensor(struct printer *p, const struct tensor *t,
			 struct err *e)
{
	print_tensor_type(p, t);
	return print_values(p, t, e);
}

static bool print_sparse(struct printer *p, const struct sparse *s,
			 struct err *e)
{
	str_addf(&p->text, "sparse_tensor(%s",
		 dtype_info[s->values.dtype].text);
	print_shape(p, &s->shape);
	str_add(&p->text, ") {");
	if (!print_tensor(p, &s->values, e))
		return false;
	str_add(&p->text, ", ");
	if (!print_tensor(p, &s->indices, e))
		return false;
	str_addc(&p->text, '}');
	return true;
}

/* ---- attributes --------------------------------------------------------- */

static const char *const kind_text[] = {
	"undefined",	  "float",	"int",	       "string",
	"tensor",	  "graph",	"floats",      "ints",
	"strings",	  "tensors",	"graphs",      "sparse_tensor",
	"sparse_tensors", "type_proto", "type_protos",
};

static bool is_list(enum attr_kind k)
{
	return k == ATTR_FLOATS || k == ATTR_INTS || k == ATTR_STRINGS ||
	       k == ATTR_TENSORS || k == ATTR_GRAPHS || k == ATTR_SPARSES ||
	       k == ATTR_TYPES;
}

/* Value I of X; 0 for the single kinds. */
static bool print_value(struct printer *p, const struct attr *x, uint32_t i,
			struct err *e)
{
	switch (x->kind) {
	case ATTR_FLOAT:
		print_real(&p->text, (double)x->u.f, true, true);
		return true;
	case ATTR_FLOATS:
		print_real(&p->text, (double)x->u.floats[i], true, true);
		return true;
	case ATTR_INT:
		str_addf(&p->text, "%" PRId64, x->u.i);
		return true;
	case ATTR_INTS:
		str_addf(&p->text, "%" PRId64, x->u.ints[i]);
		return true;
	case ATTR_STRING:
		print_quoted(p, x->u.s, x->count);
		return true;
	case ATTR_STRINGS:
		print_quoted(p, x->u.strings[i].at, x->u.strings[i].len);
		return true;
	case ATTR_TENSOR:
	case ATTR_TENSORS:
		return print_tensor(p, &x->u.tensors[i], e);
	case ATTR_SPARSE:
	case ATTR_SPARSES:
		return print_sparse(p, &x->u.sparses[i], e);
	case ATTR_GRAPH:
	case ATTR_GRAPHS:
		return print_graph(p, x->u.graphs[i], e);
	case ATTR_TYPE:
	case ATTR_TYPES:
		print_type(p, &x->u.types[i]);
		return true;
	case ATTR_NONE:
		break;
	}
	return err_set(e, ERR_UNSUPPORTED,
		       "attribute '%s' has no type that the text syntax can "
		       "say",
		       x->name);
}

bool print_attr(struct printer *p, const struct attr *x, struct err *e)
{
	print_name(p, x->name, PLACE_PLAIN);
	if (x->ref) {
		if (x->kind != ATTR_NONE)
			str_addf(&p->text, ": %s", kind_text[x->kind]);
		str_add(&p->text, " = @");
		print_name(p, x->ref, PLACE_PLAIN);
		return true;
	}
	if (!is_list(x->kind)) {
		str_add(&p->text, " = ");
		return print_value(p, x, 0, e);
	}
	str_addf(&p->text, x->count ? " = [" : ": %s = [", kind_text[x->kind]);
	if (p->opts.elide && x->count > p->opts.elide) {
		str_add(&p->text, "...]");
		return true;
	}
	for (uint32_t i = 0; i < x->count; i++) {
		if (i)
			str_add(&p->text, ", ");
		if (!print_value(p, x, i, e) || !printer_drain(p, e))
			return false;
	}
	str_addc(&p->text, ']');
	return true;
}

bool print_attrs(struct printer *p, const struct attr *x, uint32_t count,
		 struct err *e)
{
	if (!count)
		return true;
	str_add(&p->text, " <");
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			str_add(&p->text, ", ");
		if (!print_attr(p, &x[i], e))
			return false;
	}
	str_addc(&p->text, '>');
	return true;
}
