/* SPDX-License-Identifier: Apache-2.0 */
/* validate/agree.c -- does a result agree with the wanted one? */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "graph/element.h"
#include "validate/agree.h"

/* Where in containers the comparison stands: "[3][0]". */
struct place {
	const struct datum *got, *want;
	const char *where;
	struct place *next;
};

/* ---- elements ----------------------------------------------------------- */

struct difference {
	size_t count, worst; /* elements that do not agree; the furthest */
	double most;
};

static double largest(const struct tensor *t)
{
	size_t n = tensor_count(t);
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		double x = fabs(tensor_double(t, i));

		if (isfinite(x) && x > most)
			most = x;
	}
	return most;
}

static bool number_agrees(double g, double w, double slack,
			  const struct tolerance *t)
{
	double d = fabs(g - w);

	if (g == w || (isnan(g) && isnan(w)))
		return true;
	if (isnan(d) || isinf(d))
		return false;
	if (t->step > 0 && d <= t->step * 1.001)
		return true;
	return d <= slack + t->rtol * fabs(w);
}

static const struct tensor *second_opinion(const struct tolerance *t,
					   const struct tensor *want)
{
	if (!t->also || t->also->dtype != want->dtype ||
	    !shape_equal(&t->also->shape, &want->shape))
		return NULL;
	return t->also;
}

static void compare_numbers(const struct tensor *got, const struct tensor *want,
			    const struct tolerance *t, struct difference *x)
{
	const struct tensor *also = second_opinion(t, want);
	size_t n = tensor_count(want);
	double slack = t->atol;

	if (t->relative_atol > 0)
		slack += t->relative_atol * largest(want);
	for (size_t i = 0; i < n; i++) {
		double g = tensor_double(got, i), w = tensor_double(want, i);
		double d = fabs(g - w);

		if (number_agrees(g, w, slack, t) ||
		    (also &&
		     number_agrees(g, tensor_double(also, i), slack, t)))
			continue;
		if (!x->count++ || !(d <= x->most)) {
			x->worst = i;
			x->most = d;
		}
	}
}

static bool texts_equal(const struct text *a, const struct text *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->at, b->at, a->len));
}

/* Types whose elements agree only if they are the same bits. */
static void compare_exactly(const struct tensor *got, const struct tensor *want,
			    struct difference *x)
{
	size_t n = tensor_count(want);
	unsigned bytes = dtype_info[want->dtype].bits / 8;

	for (size_t i = 0; i < n; i++) {
		bool same;

		if (want->dtype == DTYPE_STRING)
			same = texts_equal((const struct text *)got->data + i,
					   (const struct text *)want->data + i);
		else if (bytes > 8)
			same = !memcmp((const char *)got->data + i * bytes,
				       (const char *)want->data + i * bytes,
				       bytes);
		else
			same = element_bits(got->dtype, got->data, i) ==
			       element_bits(want->dtype, want->data, i);
		if (!same && !x->count++)
			x->worst = i;
	}
}

/* Complex numbers as pairs of floats. */
static struct tensor parts(const struct tensor *t)
{
	struct tensor p = *t;

	p.dtype = t->dtype == DTYPE_C64 ? DTYPE_F32 : DTYPE_F64;
	p.shape = SHAPE((int64_t)(2 * tensor_count(t)));
	return p;
}

static bool compares_numbers(enum dtype t, const struct tolerance *tol)
{
	switch (dtype_info[t].class) {
	case CLASS_FLOAT:
		return true;
	case CLASS_INT:
	case CLASS_UINT:
		return tol->step > 0;
	default:
		return false;
	}
}

/* ---- tensors ------------------------------------------------------------ */

static void show_element(struct str *s, const struct tensor *t, size_t i)
{
	if (t->dtype == DTYPE_STRING) {
		const struct text *x = (const struct text *)t->data + i;

		str_addc(s, '\'');
		str_add_escaped(s, x->at, x->len);
		str_addc(s, '\'');
	} else if (dtype_info[t->dtype].class == CLASS_COMPLEX) {
		struct tensor p = parts(t);

		str_addf(s, "%g%+gi", tensor_double(&p, 2 * i),
			 tensor_double(&p, 2 * i + 1));
	} else if (dtype_is_float(t->dtype)) {
		str_addf(s, "%.9g", tensor_double(t, i));
	} else {
		str_addf(s, "%lld", (long long)tensor_int(t, i));
	}
}

static bool tensor_agrees(const struct tensor *got, const struct tensor *want,
			  const struct tolerance *t, struct str *why)
{
	struct difference x = {0, 0, 0};
	size_t n = tensor_count(want);
	double allowed = 0;

	if (got->dtype != want->dtype ||
	    !shape_equal(&got->shape, &want->shape)) {
		str_addf(why, "is %s", dtype_info[got->dtype].text);
		shape_print(why, &got->shape, NULL);
		str_addf(why, ", want %s", dtype_info[want->dtype].text);
		shape_print(why, &want->shape, NULL);
		return false;
	}
	if (t->types_only)
		return true;
	if (dtype_info[want->dtype].class == CLASS_COMPLEX) {
		struct tensor g = parts(got), w = parts(want);

		compare_numbers(&g, &w, t, &x);
		x.worst /= 2;
	} else if (compares_numbers(want->dtype, t)) {
		compare_numbers(got, want, t, &x);
		allowed = t->misses * (double)n;
	} else {
		compare_exactly(got, want, &x);
	}
	if ((double)x.count <= allowed)
		return true;
	str_addf(why, "%zu of %zu elements differ; element %zu is ", x.count, n,
		 x.worst);
	show_element(why, got, x.worst);
	str_add(why, ", want ");
	show_element(why, want, x.worst);
	return false;
}

/* ---- containers --------------------------------------------------------- */

static const char *kind_name(enum type_kind k)
{
	static const char *const names[] = {
		[TYPE_UNKNOWN] = "a value of unknown type",
		[TYPE_TENSOR] = "a tensor",
		[TYPE_SPARSE] = "a sparse tensor",
		[TYPE_SEQUENCE] = "a sequence",
		[TYPE_OPTIONAL] = "an optional",
		[TYPE_MAP] = "a map",
	};

	return names[k];
}

/* Keys of maps may come in any order: where key I of WANT is in GOT. */
static size_t find_key(const struct tensor *got, const struct tensor *want,
		       size_t i)
{
	size_t n = tensor_count(got);

	for (size_t k = 0; k < n; k++) {
		bool same;

		if (want->dtype == DTYPE_STRING)
			same = texts_equal((const struct text *)got->data + k,
					   (const struct text *)want->data + i);
		else
			same = tensor_int(got, k) == tensor_int(want, i);
		if (same)
			return k;
	}
	return SIZE_MAX;
}

static bool keys_agree(const struct tensor *got, const struct tensor *want,
		       struct str *why)
{
	if (got->dtype != want->dtype) {
		str_addf(why, "has keys of %s, want %s",
			 dtype_info[got->dtype].text,
			 dtype_info[want->dtype].text);
		return false;
	}
	for (size_t i = 0; i < tensor_count(want); i++)
		if (find_key(got, want, i) == SIZE_MAX) {
			str_add(why, "lacks the key ");
			show_element(why, want, i);
			return false;
		}
	return true;
}

/* Everything but its items. */
static bool place_agrees(const struct place *p, const struct tolerance *t,
			 struct str *why)
{
	const struct datum *g = p->got, *w = p->want;

	if (g->type.kind != w->type.kind) {
		str_addf(why, "is %s, want %s", kind_name(g->type.kind),
			 kind_name(w->type.kind));
		return false;
	}
	if (g->count != w->count) {
		str_addf(why, "has %zu items, want %zu", g->count, w->count);
		return false;
	}
	if (w->type.kind == TYPE_SEQUENCE || w->type.kind == TYPE_OPTIONAL)
		return true;
	if (w->type.kind == TYPE_MAP)
		return keys_agree(&g->tensor, &w->tensor, why);
	return tensor_agrees(&g->tensor, &w->tensor, t, why);
}

/* Item I of P. */
static struct place *new_place(struct arena *a, const struct place *p, size_t i,
			       struct place *next)
{
	struct place *item = arena_new(a, struct place);
	size_t k = i;

	if (p->want->type.kind == TYPE_MAP)
		k = find_key(&p->got->tensor, &p->want->tensor, i);
	item->got = &p->got->item[k];
	item->want = &p->want->item[i];
	item->where = arena_printf(a, "%s[%zu]", p->where, i);
	item->next = next;
	return item;
}

bool datum_agrees(const struct datum *got, const struct datum *want,
		  const struct tolerance *t, struct str *why)
{
	struct arena a = {0};
	struct place first = {got, want, "", NULL}, *todo = &first;
	bool ok = true;

	while (ok && todo) {
		const struct place *p = todo;
		struct str text = {0};

		todo = todo->next;
		ok = place_agrees(p, t, &text);
		if (!ok)
			str_addf(why, "%s%s%s", p->where, *p->where ? " " : "",
				 text.text);
		str_release(&text);
		for (size_t i = p->want->count; ok && i-- > 0;)
			todo = new_place(&a, p, i, todo);
	}
	arena_release(&a);
	return ok;
}
