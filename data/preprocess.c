/* SPDX-License-Identifier: Apache-2.0 */
/* data/preprocess.c -- see preprocess.h. */
#include "data/preprocess.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "graph/element.h"

enum { PIXELS_MAX = 65535 };

/* ---- options ------------------------------------------------------------ */

/* A number, or a quotient of two such as 1/255. */
static bool parse_number(const char *option, const char *text, size_t n,
			 double *x, struct err *e)
{
	char buf[64], *slash;
	double below = 1;

	if (n < sizeof(buf)) {
		memcpy(buf, text, n);
		buf[n] = '\0';
		slash = strchr(buf, '/');
		if (slash)
			*slash = '\0';
		if (str_to_double(buf, x) &&
		    (!slash || str_to_double(slash + 1, &below)) &&
		    isfinite(*x / below)) {
			*x /= below;
			return true;
		}
	}
	return err_set(e, ERR_USAGE, "option '--%s': '%.*s' is no number",
		       option, n > 60 ? 60 : (int)n, text);
}

static bool parse_channels(const char *option, const char *text,
			   struct per_channel *c, struct err *e)
{
	while (text) {
		size_t n = strcspn(text, ",");

		if (c->count == CHANNELS_MAX)
			return err_set(e, ERR_USAGE,
				       "option '--%s': more than %d numbers",
				       option, CHANNELS_MAX);
		if (!parse_number(option, text, n, &c->at[c->count++], e))
			return false;
		text = text[n] ? text + n + 1 : NULL;
	}
	return true;
}

static bool parse_size(const char *text, struct preprocess *p, struct err *e)
{
	long long h, w;
	const char *x = strchr(text, 'x');
	char buf[16];

	if (x && (size_t)(x - text) < sizeof(buf)) {
		memcpy(buf, text, (size_t)(x - text));
		buf[x - text] = '\0';
		if (str_to_int(buf, &h) && str_to_int(x + 1, &w) && h > 0 &&
		    w > 0 && h <= PIXELS_MAX && w <= PIXELS_MAX) {
			p->height = h;
			p->width = w;
			return true;
		}
	}
	return err_set(e, ERR_USAGE,
		       "option '--size': '%s' is not HxW, as in 224x224", text);
}

static bool parse_words(struct preprocess *p, const struct dataset_opts *o,
			struct err *e)
{
	const char *c = o->color, *l = o->layout;

	p->color = !c			? COLOR_AUTO
		   : !strcmp(c, "rgb")	? COLOR_RGB
		   : !strcmp(c, "bgr")	? COLOR_BGR
		   : !strcmp(c, "gray") ? COLOR_GRAY
					: COLOR_AUTO;
	if (c && p->color == COLOR_AUTO)
		return err_set(e, ERR_USAGE,
			       "option '--color': '%s' is none of rgb, bgr "
			       "and gray",
			       c);
	p->nhwc = l && !strcmp(l, "nhwc");
	if (l && !p->nhwc && strcmp(l, "nchw"))
		return err_set(e, ERR_USAGE,
			       "option '--layout': '%s' is neither nchw nor "
			       "nhwc",
			       l);
	return true;
}

bool preprocess_parse(struct preprocess *p, const struct dataset_opts *o,
		      struct err *e)
{
	*p = (struct preprocess){.scale = 1};
	if (o->scale &&
	    !parse_number("scale", o->scale, strlen(o->scale), &p->scale, e))
		return false;
	if (!parse_channels("mean", o->mean, &p->mean, e) ||
	    !parse_channels("std", o->std, &p->std, e) ||
	    (o->size && !parse_size(o->size, p, e)) || !parse_words(p, o, e))
		return false;
	for (int32_t i = 0; i < p->std.count; i++)
		if (p->std.at[i] == 0)
			return err_set(e, ERR_USAGE,
				       "option '--std': 0 cannot divide");
	p->changes_numbers = o->scale || o->mean || o->std;
	p->changes_pictures = o->size || o->color;
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

/* Element i of channels laid out like SHAPE has channel i / INNER % COUNT. */
struct channels {
	size_t inner;
	int64_t count;
};

static bool find_channels(const struct preprocess *p, const struct shape *s,
			  struct channels *c, struct err *e)
{
	int32_t axis = p->nhwc ? s->rank - 1 : 1;
	int32_t want = p->mean.count > p->std.count ? p->mean.count
						    : p->std.count;

	*c = (struct channels){.inner = 1, .count = 1};
	if (want <= 1)
		return true;
	if (axis >= s->rank || axis < 1)
		return err_set(e, ERR_SHAPE,
			       "%d numbers in --mean or --std, the input has "
			       "no channel axis",
			       (int)want);
	c->count = s->dim[axis];
	for (int32_t i = axis + 1; i < s->rank; i++)
		c->inner *= (size_t)s->dim[i];
	if ((p->mean.count > 1 && p->mean.count != c->count) ||
	    (p->std.count > 1 && p->std.count != c->count))
		return err_set(e, ERR_SHAPE,
			       "%d numbers in --mean or --std, the input has "
			       "%" PRId64 " channels",
			       (int)want, c->count);
	return true;
}

static double of_channel(const struct per_channel *x, int64_t c,
			 double fallback)
{
	return x->count == 0 ? fallback : x->at[x->count == 1 ? 0 : c];
}

/* (x * scale - mean) / std of channel C. */
static double number_of(const struct preprocess *p, double x, int64_t c)
{
	return (x * p->scale - of_channel(&p->mean, c, 0)) /
	       of_channel(&p->std, c, 1);
}

/* COUNT elements of one channel, from element FROM of T to AT of OUT. */
static void normalise_run(const struct preprocess *p, int64_t channel,
			  const struct tensor *t, size_t from, enum dtype to,
			  void *out, size_t at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double x = element_double(t->dtype, t->data, from + i);

		element_set_double(to, out, at + i, number_of(p, x, channel));
	}
}

/* The same for bytes to floats, of which there are many but only 256. */
static void normalise_bytes(const struct preprocess *p, int64_t channel,
			    const uint8_t *from, float *to, size_t count)
{
	float table[256];

	for (int i = 0; i < 256; i++)
		table[i] = (float)number_of(p, i, channel);
	for (size_t i = 0; i < count; i++)
		to[i] = table[from[i]];
}

/* Runs of INNER elements have the same mean and standard deviation. */
static void normalise(const struct preprocess *p, const struct channels *c,
		      const struct tensor *t, enum dtype to, void *out,
		      size_t at, size_t count)
{
	size_t run = c->count > 1 ? c->inner : count;
	bool bytes = t->dtype == DTYPE_U8 && to == DTYPE_F32 && run >= 256;

	for (size_t i = 0; i < count; i += run) {
		int64_t channel = c->count > 1 ? (int64_t)(i / run) % c->count
					       : 0;

		if (bytes)
			normalise_bytes(p, channel,
					(const uint8_t *)t->data + i,
					(float *)out + at + i, run);
		else
			normalise_run(p, channel, t, i, to, out, at + i, run);
	}
}

static bool is_number(enum dtype t)
{
	return dtype_info[t].class != CLASS_STRING &&
	       dtype_info[t].class != CLASS_COMPLEX;
}

static void convert(const struct tensor *t, enum dtype to, void *out, size_t at,
		    size_t count)
{
	size_t bytes = dtype_info[to].bits / 8;

	if (!bytes) {
		/* Samples of sub-byte types need not start at a byte. */
		for (size_t i = 0; i < count; i++)
			element_set_double(
				to, out, at + i,
				element_double(t->dtype, t->data, i));
	} else if (t->dtype == to) {
		if (count)
			memcpy((uint8_t *)out + at * bytes, t->data,
			       count * bytes);
	} else {
		element_cast(t->dtype, t->data, to, (uint8_t *)out + at * bytes,
			     count, SATURATE_YES);
	}
}

bool preprocess_apply(const struct preprocess *p, const struct tensor *t,
		      enum dtype to, const struct shape *shape, void *out,
		      size_t at, size_t count, struct err *e)
{
	struct channels c;

	if (t->dtype != to && !(is_number(t->dtype) && is_number(to)))
		return err_set(e, ERR_TYPE, "%s cannot become %s",
			       dtype_info[t->dtype].text, dtype_info[to].text);
	/* Without options the formula is the identity, and its table quick. */
	if (!is_number(to) || (!p->changes_numbers &&
			       !(t->dtype == DTYPE_U8 && to == DTYPE_F32))) {
		convert(t, to, out, at, count);
		return true;
	}
	if (!find_channels(p, shape, &c, e))
		return false;
	if (count)
		normalise(p, &c, t, to, out, at, count);
	return true;
}

/* ---- parts -------------------------------------------------------------- */

/* One of the numbers between colons; FALLBACK if it is left out. */
static bool parse_part(const char **at, size_t *x, size_t fallback)
{
	char *end;

	*x = fallback;
	if (**at >= '0' && **at <= '9') {
		unsigned long long v = strtoull(*at, &end, 10);

		*x = v > SIZE_MAX ? SIZE_MAX : (size_t)v;
		*at = end;
	}
	return **at == ':' || !**at;
}

bool selection_parse(struct selection *s, const char *samples, int index,
		     int shards, size_t total, struct err *e)
{
	const char *at = samples ? samples : ":";
	size_t last, n;
	bool ok = strchr(at, ':') != NULL;

	ok = ok && parse_part(&at, &s->first, 0) && *at++ &&
	     parse_part(&at, &last, SIZE_MAX);
	s->step = 1;
	if (ok && *at) {
		at++;
		ok = parse_part(&at, &s->step, 1) && !*at && s->step;
	}
	if (!ok)
		return err_set(e, ERR_USAGE,
			       "option '--samples': '%s' is not "
			       "FIRST:LAST[:STEP]",
			       samples);
	last = last < total ? last : total;
	n = s->first < last ? (last - s->first - 1) / s->step + 1 : 0;
	if (shards > 1) {
		/* n * i / shards without overflow */
		size_t q = n / (size_t)shards, r = n % (size_t)shards;
		size_t i = (size_t)index, k = (size_t)shards;
		size_t from = q * i + r * i / k;

		s->first += from * s->step;
		n = q * (i + 1) + r * (i + 1) / k - from;
	}
	s->count = n;
	if (!n)
		return err_set(e, ERR_FORMAT,
			       "no samples: there are %zu, of which %s%s%s",
			       total, samples ? samples : "all",
			       shards > 1 ? " and this shard" : "",
			       samples || shards > 1 ? " select none"
						     : " are needed");
	return true;
}
