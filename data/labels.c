/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels.c -- see labels.h. */
#include "data/labels.h"

#include <string.h>

#include "base/str.h"

static bool check_array(const struct tensor *t, size_t count, const char *where,
			struct err *e)
{
	struct str shape = {0};
	enum dtype_class class = dtype_info[t->dtype].class;

	if (class == CLASS_STRING || class == CLASS_COMPLEX ||
	    dtype_info[t->dtype].bits < 8)
		return err_set(e, ERR_TYPE, "labels '%s' are %s, want numbers",
			       where, dtype_info[t->dtype].text);
	if (t->shape.rank >= 1 && t->shape.dim[0] == (int64_t)count)
		return true;
	shape_print(&shape, &t->shape, NULL);
	err_set(e, ERR_SHAPE,
		"labels '%s' have shape %s, want one for each of %zu samples",
		where, shape.text, count);
	str_release(&shape);
	return false;
}

static bool from_file(struct labels *l, const char *where,
		      const struct limits *lim, struct err *e)
{
	if (!format_read_tensors(&l->set, where, lim, e))
		return err_context(e, "labels: no array of this name beside "
				      "the inputs, and no file");
	if (l->set.count != 1 || l->set.at[0].datum.type.kind != TYPE_TENSOR)
		return err_set(e, ERR_FORMAT,
			       "labels '%s' hold %u arrays, want one", where,
			       (unsigned)l->set.count);
	l->array = &l->set.at[0].datum.tensor;
	return true;
}

static bool from_folders(struct labels *l, const struct sample_source *s,
			 struct err *e)
{
	int64_t *at;

	if (!s->has_classes)
		return err_set(e, ERR_FORMAT,
			       "labels 'folders' need data in folders, one "
			       "for each class");
	if (!buf_array(&l->storage, s->count, sizeof(*at), NULL, e))
		return false;
	at = (int64_t *)(void *)l->storage.data;
	for (size_t i = 0; i < s->count; i++)
		at[i] = s->class_of(s, i);
	l->folders = (struct tensor){.dtype = DTYPE_I64,
				     .shape = SHAPE((int64_t)s->count),
				     .data = at,
				     .bytes = l->storage.bytes};
	l->array = &l->folders;
	return true;
}

bool labels_open(struct labels *l, const char *where,
		 const struct sample_source *s, const struct limits *lim,
		 struct err *e)
{
	*l = (struct labels){.set.input = {.fd = -1, .dir = -1}};
	if (!where)
		return true;
	if (!strcmp(where, "folders"))
		return from_folders(l, s, e);
	if (s->array)
		l->array = s->array(s, where);
	if (!l->array && !from_file(l, where, lim, e))
		return false;
	return check_array(l->array, s->count, where, e);
}

void labels_close(struct labels *l)
{
	tensor_set_release(&l->set);
	buf_free(&l->storage);
	*l = (struct labels){0};
}

bool labels_given(const struct labels *l)
{
	return l->array;
}

struct tensor label_of(const struct labels *l, size_t i)
{
	struct tensor t;

	if (!labels_given(l))
		bug("label_of: there are no labels");
	t = *l->array;
	t.payload = NULL;
	t.bytes /= (size_t)t.shape.dim[0];
	t.data = (const uint8_t *)t.data + i * t.bytes;
	t.shape = shape_make(t.shape.rank - 1, t.shape.dim + 1);
	return t;
}
