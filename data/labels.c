/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels.c -- see labels.h. */
#include "data/labels.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/str.h"

/* One number for each of COUNT samples; [COUNT, 1] will do. */
static bool check_array(const struct tensor *t, size_t count, const char *where,
			struct err *e)
{
	struct str shape = {0};
	enum dtype_class class = dtype_info[t->dtype].class;

	if (class == CLASS_STRING || class == CLASS_COMPLEX)
		return err_set(e, ERR_TYPE,
			       "labels '%s' are %s, want class indices", where,
			       dtype_info[t->dtype].text);
	if (t->shape.rank >= 1 && t->shape.dim[0] == (int64_t)count &&
	    tensor_count(t) == count)
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

bool labels_open(struct labels *l, const char *where,
		 const struct sample_source *s, const struct limits *lim,
		 struct err *e)
{
	*l = (struct labels){.set.input = {.fd = -1, .dir = -1}};
	if (!where)
		return true;
	if (!strcmp(where, "folders")) {
		l->folders = true;
		return s->has_classes ||
		       err_set(e, ERR_FORMAT,
			       "labels 'folders' need data in folders, one "
			       "for each class");
	}
	if (s->array)
		l->array = s->array(s, where);
	if (!l->array && !from_file(l, where, lim, e))
		return false;
	return check_array(l->array, s->count, where, e);
}

void labels_close(struct labels *l)
{
	tensor_set_release(&l->set);
	*l = (struct labels){0};
}

bool labels_given(const struct labels *l)
{
	return l->folders || l->array;
}

bool label_of(const struct labels *l, const struct sample_source *s, size_t i,
	      int64_t *label, struct err *e)
{
	double x;

	if (!labels_given(l))
		bug("label_of: there are no labels");
	if (l->folders) {
		*label = s->class_of(s, i);
		return true;
	}
	x = tensor_double(l->array, i);
	if (!(x >= 0 && x < 9e15) || x != floor(x))
		return err_set(e, ERR_FORMAT,
			       "label %g of sample %zu is no class index", x,
			       i);
	*label = (int64_t)x;
	return true;
}
