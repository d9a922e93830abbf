/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/shrink_front.c -- see shrink_front.h. */
#include "cmd/shrink_front.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

static bool parse_limit(struct shrink_target *t, const char *text, size_t len,
			struct err *e)
{
	const struct {
		const char *name;
		double *limit;
	} limits[] = {
		{"top1_drop<=", &t->most_drop},
		{"sqnr_db>=", &t->least_sqnr_db},
		{"size<=", &t->most_size},
		{"latency<=", &t->most_latency},
	};
	struct str one = {0};
	bool ok = false;

	str_addn(&one, text, len);
	str_addc(&one, ' ');
	one.text[len] = '\0';
	for (size_t i = 0; i < COUNT_OF(limits); i++)
		if (str_starts(one.text, limits[i].name))
			ok = str_to_double(one.text + strlen(limits[i].name),
					   limits[i].limit) &&
			     isfinite(*limits[i].limit);
	if (!ok)
		err_set(e, ERR_USAGE,
			"option '--target' wants top1_drop<=POINTS, "
			"sqnr_db>=DB, size<=RATIO or latency<=RATIO, not '%s'",
			one.text);
	str_release(&one);
	return ok;
}

bool shrink_target_parse(struct shrink_target *t, const char *text,
			 struct err *e)
{
	*t = (struct shrink_target){NAN, NAN, NAN, NAN};
	while (text) {
		const char *comma = strchr(text, ',');
		size_t len = comma ? (size_t)(comma - text) : strlen(text);

		if (!parse_limit(t, text, len, e))
			return false;
		text = comma ? comma + 1 : NULL;
	}
	return true;
}

/* Unset limits are NaN, and nothing is beyond NaN; nor is a measurement that
 * is NaN within a limit. */
static bool holds(const struct shrunk *c, const struct shrink_target *t)
{
	return !c->why_not &&
	       (isnan(t->most_drop) || c->drop <= t->most_drop) &&
	       (isnan(t->least_sqnr_db) || c->sqnr_db >= t->least_sqnr_db) &&
	       (isnan(t->most_size) || c->size <= t->most_size) &&
	       (isnan(t->most_latency) || c->latency <= t->most_latency);
}

static bool beats(const struct shrunk *a, const struct shrunk *b)
{
	const double noise = 1.02;
	bool scored = !isnan(a->accuracy) && !isnan(b->accuracy);
	double good_a = scored ? a->accuracy : a->sqnr_db;
	double good_b = scored ? b->accuracy : b->sqnr_db;

	if (a->size > b->size || !(good_a >= good_b) ||
	    a->latency > b->latency * noise)
		return false;
	return a->size < b->size || good_a > good_b ||
	       a->latency * noise < b->latency;
}

size_t shrink_front(struct shrunk *c, size_t n, const struct shrink_target *t)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		c[i].holds = holds(&c[i], t);
	for (size_t i = 0; i < n; i++) {
		c[i].on_front = c[i].holds;
		for (size_t k = 0; k < n; k++)
			if (k != i && c[k].holds && beats(&c[k], &c[i]))
				c[i].on_front = false;
		found += c[i].on_front;
	}
	return found;
}
