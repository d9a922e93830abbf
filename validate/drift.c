/* SPDX-License-Identifier: Apache-2.0 */
/* validate/drift.c -- see drift.h. */
#include "validate/drift.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "graph/element.h"

/* Order-preserving integer of the bits of a float of WIDTH bits. */
static int64_t ordered(uint64_t bits, unsigned width)
{
	uint64_t sign = UINT64_C(1) << (width - 1);
	uint64_t magnitude = bits & (sign - 1);

	return bits & sign ? -(int64_t)magnitude : (int64_t)magnitude;
}

uint64_t ulp_distance(enum dtype t, double want, double got)
{
	uint8_t cell[16] = {0};
	int64_t a, b;

	element_set_double(t, cell, 0, want);
	a = ordered(element_bits(t, cell, 0), dtype_info[t].bits);
	element_set_double(t, cell, 0, got);
	b = ordered(element_bits(t, cell, 0), dtype_info[t].bits);
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

static void add_numbers(struct drift *d, const struct tensor *want,
			const struct tensor *got, size_t i)
{
	double w = tensor_double(want, i), g = tensor_double(got, i);
	double error = fabs(g - w);
	uint64_t ulp;

	if (!isfinite(w) || !isfinite(g)) {
		/* Infinities of one sign have the difference NaN. */
		d->nonfinite += !(isnan(w) && isnan(g)) && !(w == g);
		return;
	}
	if (error > d->max_abs) {
		d->max_abs = error;
		d->worst = d->count + i;
	}
	d->sum_want += w * w;
	d->sum_got += g * g;
	d->sum_product += w * g;
	d->sum_error += (g - w) * (g - w);
	if (error == 0)
		return;
	ulp = dtype_is_float(want->dtype) ? ulp_distance(want->dtype, w, g)
					  : (uint64_t)error;
	if (ulp > d->max_ulp)
		d->max_ulp = ulp;
}

static void add_strings(struct drift *d, const struct tensor *want,
			const struct tensor *got, size_t i)
{
	const struct text *w = (const struct text *)want->data + i;
	const struct text *g = (const struct text *)got->data + i;

	d->sum_want += 1;
	d->sum_got += 1;
	if (w->len == g->len && !memcmp(w->at, g->at, w->len)) {
		d->sum_product += 1;
		return;
	}
	d->max_abs = 1;
	d->max_ulp = 1;
	d->worst = d->count + i;
	d->sum_error += 1;
}

bool drift_add(struct drift *d, const struct tensor *want,
	       const struct tensor *got, struct err *e)
{
	size_t n;

	if (want->dtype != got->dtype)
		return err_set(e, ERR_TYPE, "got %s, want %s",
			       dtype_info[got->dtype].text,
			       dtype_info[want->dtype].text);
	if (dtype_info[want->dtype].class == CLASS_COMPLEX)
		return err_set(e, ERR_UNSUPPORTED, "drift of %s",
			       dtype_info[want->dtype].text);
	if (!shape_equal(&want->shape, &got->shape)) {
		struct str s = {0};

		str_add(&s, "got shape ");
		shape_print(&s, &got->shape, NULL);
		str_add(&s, ", want ");
		shape_print(&s, &want->shape, NULL);
		err_set(e, ERR_SHAPE, "%s", s.text);
		str_release(&s);
		return false;
	}
	n = tensor_count(want);
	for (size_t i = 0; i < n; i++)
		if (want->dtype == DTYPE_STRING)
			add_strings(d, want, got, i);
		else
			add_numbers(d, want, got, i);
	d->count += n;
	return true;
}

double drift_rmse(const struct drift *d)
{
	return d->count ? sqrt(d->sum_error / (double)d->count) : NAN;
}

double drift_sqnr_db(const struct drift *d)
{
	if (!d->count)
		return NAN;
	if (d->sum_error == 0)
		return INFINITY;
	return d->sum_want > 0 ? 10 * log10(d->sum_want / d->sum_error) : NAN;
}

double drift_cosine(const struct drift *d)
{
	if (!d->count)
		return NAN;
	if (d->sum_error == 0)
		return 1;
	if (d->sum_want == 0 || d->sum_got == 0)
		return NAN;
	return d->sum_product / sqrt(d->sum_want) / sqrt(d->sum_got);
}
