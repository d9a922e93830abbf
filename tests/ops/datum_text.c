/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/datum_text.c -- see datum_text.h. */
#include "tests/ops/datum_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"

static void complex_text(struct str *s, const struct tensor *t, size_t i)
{
	enum dtype part = t->dtype == DTYPE_C64 ? DTYPE_F32 : DTYPE_F64;

	str_add_double(s, element_double(part, t->data, 2 * i));
	str_addc(s, ' ');
	str_add_double(s, element_double(part, t->data, 2 * i + 1));
}

static void element_text(struct str *s, const struct tensor *t, size_t i)
{
	const struct text *string;

	switch (dtype_info[t->dtype].class) {
	case CLASS_STRING:
		string = (const struct text *)t->data + i;
		str_addc(s, '"');
		str_add_escaped(s, string->at, string->len);
		str_addc(s, '"');
		return;
	case CLASS_COMPLEX:
		complex_text(s, t, i);
		return;
	case CLASS_FLOAT:
		if (t->dtype == DTYPE_F64)
			str_add_double(s, tensor_double(t, i));
		else
			str_add_float(s, (float)tensor_double(t, i));
		return;
	case CLASS_UINT:
		str_addf(s, "%" PRIu64, (uint64_t)tensor_int(t, i));
		return;
	default:
		str_addf(s, "%" PRId64, tensor_int(t, i));
	}
}

static void tensor_text(struct str *s, const struct tensor *t)
{
	struct type type = type_tensor(t->dtype, &t->shape);

	type_print(s, &type, NULL);
	for (size_t i = 0; i < tensor_count(t); i++) {
		str_addc(s, ' ');
		element_text(s, t, i);
	}
}

static void map_text(struct str *s, const struct datum *d)
{
	str_add(s, "map [");
	for (size_t i = 0; i < d->count; i++) {
		const struct datum *value = &d->item[i];

		str_add(s, i ? " ; " : " ");
		element_text(s, &d->tensor, i);
		str_add(s, ": ");
		if (value->type.kind == TYPE_TENSOR &&
		    tensor_count(&value->tensor) == 1)
			element_text(s, &value->tensor, 0);
		else
			datum_text(s, value);
	}
	str_add(s, " ]");
}

/* Containers in tests are a few deep. */
void datum_text(struct str *s, const struct datum *d)
{
	switch (d->type.kind) {
	case TYPE_TENSOR:
		tensor_text(s, &d->tensor);
		return;
	case TYPE_MAP:
		map_text(s, d);
		return;
	case TYPE_SEQUENCE:
	case TYPE_OPTIONAL:
		str_add(s,
			d->type.kind == TYPE_SEQUENCE ? "seq [" : "optional [");
		for (size_t i = 0; i < d->count; i++) {
			str_add(s, i ? " ; " : " ");
			datum_text(s, &d->item[i]);
		}
		str_add(s, " ]");
		return;
	case TYPE_SPARSE:
		str_add(s, "sparse ");
		tensor_text(s, &d->tensor);
		str_add(s, " at ");
		datum_text(s, &d->item[0]);
		return;
	default:
		str_add(s, "nothing");
	}
}

static bool word_agrees(const char *got, size_t ngot, const char *want,
			size_t nwant)
{
	char a[64], b[64];
	double x, y;

	if (ngot == nwant && !memcmp(got, want, ngot))
		return true;
	if (ngot >= sizeof(a) || nwant >= sizeof(b))
		return false;
	memcpy(a, got, ngot);
	memcpy(b, want, nwant);
	a[ngot] = b[nwant] = '\0';
	if (!str_to_double(a, &x) || !str_to_double(b, &y))
		return false;
	return (x == y && signbit(x) == signbit(y)) ||
	       (x != y && fabs(x - y) <= 1e-7 + 2e-6 * fabs(y));
}

bool datum_text_agrees(const char *got, const char *want)
{
	for (;;) {
		size_t ngot, nwant;

		got += strspn(got, " ");
		want += strspn(want, " ");
		if (!strcmp(want, "..."))
			return true;
		if (!*got || !*want)
			return !*got && !*want;
		ngot = strcspn(got, " ");
		nwant = strcspn(want, " ");
		if (!word_agrees(got, ngot, want, nwant))
			return false;
		got += ngot;
		want += nwant;
	}
}
