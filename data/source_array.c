/* SPDX-License-Identifier: Apache-2.0 */
/* data/source_array.c -- samples along the first axis of arrays in a file. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "data/source.h"
#include "formats/format.h"

struct array_source {
	struct sample_source source;
	struct tensor_set set;
	const struct tensor **of; /* per fed input */
};

static void close_arrays(struct sample_source *self)
{
	struct array_source *s = (struct array_source *)self;

	tensor_set_release(&s->set);
	free(s->of);
	free(s);
}

/* Row I of T, which is not copied. */
static struct tensor row_of(const struct tensor *t, size_t i)
{
	struct tensor row = {.dtype = t->dtype,
			     .shape.rank = t->shape.rank - 1};
	size_t bytes = t->shape.dim[0] ? t->bytes / (size_t)t->shape.dim[0] : 0;

	memcpy(row.shape.dim, t->shape.dim + 1,
	       (size_t)row.shape.rank * sizeof(*row.shape.dim));
	row.data = (const uint8_t *)t->data + i * bytes;
	row.bytes = bytes;
	return row;
}

static bool sample(struct sample_source *self, size_t i, uint32_t k,
		   struct datum *out, struct err *e)
{
	struct array_source *s = (struct array_source *)self;
	struct tensor row = row_of(s->of[k], i);

	(void)e;
	*out = datum_tensor(&row);
	return true;
}

static const struct tensor *find(const struct tensor_set *set, const char *name)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (!strcmp(set->at[i].name, name) &&
		    set->at[i].datum.type.kind == TYPE_TENSOR)
			return &set->at[i].datum.tensor;
	return NULL;
}

static const struct tensor *array(const struct sample_source *self,
				  const char *name)
{
	return find(&((const struct array_source *)self)->set, name);
}

static bool digest(struct sample_source *self, struct sha256 *h, struct err *e)
{
	struct array_source *s = (struct array_source *)self;

	(void)e;
	sha256_add_u64(h, s->set.input.bytes.len);
	sha256_add(h, s->set.input.bytes.at, s->set.input.bytes.len);
	return true;
}

/* What the file has, for an error. */
static bool no_array(const struct array_source *s, const struct value *v,
		     struct err *e)
{
	struct str names = {0};

	for (uint32_t i = 0; i < s->set.count && names.len < 200; i++)
		str_addf(&names, i ? ", '%s'" : "'%s'", s->set.at[i].name);
	err_set(e, ERR_FORMAT, "no array is named like input '%s'; there is %s",
		v->name, names.len ? names.text : "none");
	str_release(&names);
	return false;
}

/* Arrays by name; a single one serves a single input under any name. */
static bool bind(struct array_source *s, const struct fed *fed, struct err *e)
{
	for (uint32_t k = 0; k < fed->count; k++) {
		const struct value *v = fed->at[k];
		const struct tensor *t = find(&s->set, v->name);

		if (!t && s->set.count == 1) {
			if (!fed_is_one(fed, "one array", e))
				return false;
			t = find(&s->set, s->set.at[0].name);
		}
		if (!t)
			return no_array(s, v, e);
		if (t->shape.rank == 0)
			return err_set(e, ERR_SHAPE,
				       "the array for input '%s' is a scalar, "
				       "want samples along its first axis",
				       v->name);
		if (k && t->shape.dim[0] != (int64_t)s->source.count)
			return err_set(e, ERR_SHAPE,
				       "the array for input '%s' has %" PRId64
				       " samples, the one for '%s' %zu",
				       v->name, t->shape.dim[0],
				       fed->at[0]->name, s->source.count);
		s->source.count = (size_t)t->shape.dim[0];
		s->of[k] = t;
	}
	return true;
}

bool source_open_arrays(struct sample_source **out,
			const struct source_context *c, struct err *e)
{
	struct array_source *s = calloc(1, sizeof(*s));

	if (!s)
		die_oom();
	s->source = (struct sample_source){.first = FIT_ROW,
					   .close = close_arrays,
					   .sample = sample,
					   .array = array,
					   .digest = digest};
	s->set.input = (struct input){.fd = -1, .dir = -1};
	s->of = calloc(c->fed->count, sizeof(const struct tensor *));
	if (!s->of)
		die_oom();
	if (c->prep->changes_pictures) {
		close_arrays(&s->source);
		return err_set(e, ERR_USAGE,
			       "options '--size' and '--color' are for images, "
			       "not for arrays");
	}
	if (!format_read_tensors(&s->set, c->path, c->lim, e) ||
	    !bind(s, c->fed, e)) {
		close_arrays(&s->source);
		return false;
	}
	*out = &s->source;
	return true;
}
