/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attr.c -- attributes of bound nodes, with the schema's defaults. */
#include "ops/op.h"

#include <string.h>

#include "base/str.h"

static const struct attr_spec *find_spec(const struct node *n, const char *name,
					 enum attr_kind kind)
{
	const struct attr_spec *s = n->op ? n->op->attrs : NULL;

	for (; s && s->name; s++)
		if (strcmp(s->name, name) == 0 && s->kind == kind)
			return s;
	bug("operator %s has no attribute '%s' of kind %d", n->type, name,
	    (int)kind);
}

/* The attribute if it is there with the kind that the schema says; other
 * kinds are refused by infer_call() before anybody asks. */
static const struct attr *find_attr(const struct node *n, const char *name,
				    enum attr_kind kind)
{
	const struct attr *a = node_attr(n, name);

	return a && a->kind == kind && !a->ref ? a : NULL;
}

int64_t attr_int(const struct node *n, const char *name)
{
	const struct attr_spec *s = find_spec(n, name, ATTR_INT);
	const struct attr *a = find_attr(n, name, ATTR_INT);
	long long x = 0;

	if (a)
		return a->u.i;
	if (s->fallback && !str_to_int(s->fallback, &x))
		bug("default '%s' of '%s' is not an integer", s->fallback,
		    name);
	return x;
}

float attr_float(const struct node *n, const char *name)
{
	const struct attr_spec *s = find_spec(n, name, ATTR_FLOAT);
	const struct attr *a = find_attr(n, name, ATTR_FLOAT);
	double x = 0;

	if (a)
		return a->u.f;
	if (s->fallback && !str_to_double(s->fallback, &x))
		bug("default '%s' of '%s' is not a number", s->fallback, name);
	return (float)x;
}

const char *attr_string(const struct node *n, const char *name)
{
	const struct attr_spec *s = find_spec(n, name, ATTR_STRING);
	const struct attr *a = find_attr(n, name, ATTR_STRING);

	if (a)
		return a->u.s;
	return s->fallback ? s->fallback : "";
}

uint32_t attr_ints(const struct node *n, const char *name, const int64_t **ints)
{
	const struct attr *a;

	find_spec(n, name, ATTR_INTS);
	a = find_attr(n, name, ATTR_INTS);
	*ints = a ? a->u.ints : NULL;
	return a ? a->count : 0;
}

uint32_t attr_floats(const struct node *n, const char *name,
		     const float **floats)
{
	const struct attr *a;

	find_spec(n, name, ATTR_FLOATS);
	a = find_attr(n, name, ATTR_FLOATS);
	*floats = a ? a->u.floats : NULL;
	return a ? a->count : 0;
}

bool attr_given(const struct node *n, const char *name)
{
	return node_attr(n, name) != NULL;
}
