/* SPDX-License-Identifier: Apache-2.0 */
/* ops/channels.c -- see channels.h. */
#include "ops/channels.h"

#include <string.h>

bool channels_are_last(const struct node *n)
{
	return node_int(n, "channels_last", 0) != 0 ||
	       strncmp(n->type, "Nhwc", 4) == 0;
}

struct shape channels_first_shape(const struct node *n, const struct shape *s)
{
	struct shape first = *s;

	if (s->rank < 2 || !channels_are_last(n))
		return first;
	first.dim[1] = s->dim[s->rank - 1];
	for (int32_t i = 2; i < s->rank; i++)
		first.dim[i] = s->dim[i - 1];
	return first;
}

struct shape channels_last_shape(const struct node *n, const struct shape *s)
{
	struct shape last = *s;

	if (s->rank < 2 || !channels_are_last(n))
		return last;
	for (int32_t i = 2; i < s->rank; i++)
		last.dim[i - 1] = s->dim[i];
	last.dim[s->rank - 1] = s->dim[1];
	return last;
}

size_t channels_last_at(size_t i, size_t channels, size_t points)
{
	size_t image = i / (channels * points), rest = i % (channels * points);

	return (image * points + rest % points) * channels + rest / points;
}

double *channels_load(struct doubles *d, const struct call *c, uint32_t i)
{
	const struct tensor *t = call_in(c, i);
	size_t n = tensor_count(t), channels, points = 1;
	double *x;

	if (n == 0 || !channels_are_last(c->node))
		return doubles_load(d, c, i);
	channels = (size_t)t->shape.dim[t->shape.rank - 1];
	for (int32_t k = 1; k < t->shape.rank - 1; k++)
		points *= (size_t)t->shape.dim[k];
	x = doubles_take(d, c, n);
	for (size_t k = 0; k < n; k++)
		x[k] = tensor_double(t, channels_last_at(k, channels, points));
	return x;
}
