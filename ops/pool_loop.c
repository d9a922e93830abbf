/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pool_loop.c -- see pool_loop.h. */
#include "ops/pool_loop.h"

#include <math.h>

#include "graph/element.h"
#include "ops/channels.h"

double pool_max(const struct pool *p, const double *plane, size_t position,
		size_t *where)
{
	struct window_walk k;
	double best = -INFINITY, x;
	bool first = true;

	*where = 0;
	window_walk(&k, &p->window, position);
	while (window_next(&k))
		for (size_t i = 0; i < k.count; i++) {
			x = plane[k.at + i * k.step];
			if (!first && !(x > best) && (!isnan(x) || isnan(best)))
				continue;
			first = false;
			best = x;
			*where = k.at + i * k.step;
		}
	return best;
}

double pool_average(const struct pool *p, const double *plane, size_t position,
		    size_t *where)
{
	struct window_walk k;
	double sum = 0;
	size_t count = 0;

	(void)where;
	window_walk(&k, &p->window, position);
	while (window_next(&k)) {
		for (size_t i = 0; i < k.count; i++)
			sum += plane[k.at + i * k.step];
		count += k.count;
	}
	if (p->count_padding)
		count = (size_t)window_padded_taps(&p->window, position);
	if (p->count_padding && p->count_all) {
		count = 1;
		for (int32_t i = 0; i < p->window.rank; i++)
			count *= (size_t)p->window.kernel[i];
	}
	return sum / (double)count;
}

double pool_norm(const struct pool *p, const double *plane, size_t position,
		 size_t *where)
{
	struct window_walk k;
	double sum = 0;

	(void)where;
	window_walk(&k, &p->window, position);
	while (window_next(&k))
		for (size_t i = 0; i < k.count; i++)
			sum += pow(fabs(plane[k.at + i * k.step]), p->p);
	return pow(sum, 1 / p->p);
}

/* Offset AT of a plane as an index that counts the first axis fastest. */
static size_t column_index(const struct window *w, size_t at)
{
	size_t index = 0, stride = window_inputs(w);

	for (int32_t d = w->rank - 1; d >= 0; d--) {
		stride /= (size_t)w->in[d];
		index += at % (size_t)w->in[d] * stride;
		at /= (size_t)w->in[d];
	}
	return index;
}

static void compute(struct job *job, size_t begin, size_t end)
{
	struct pool *p = (struct pool *)job;
	size_t plane, where = 0;
	double y;

	for (size_t i = begin; i < end; i++) {
		plane = i / p->outputs * p->inputs;
		y = p->f(p, p->x + plane, i % p->outputs, &where);
		if (p->quantized)
			y = nearbyint(y / p->y_scale) + p->y_zero;
		element_set_double(
			p->y->dtype, tensor_mut(p->y),
			p->channels
				? channels_last_at(i, p->channels, p->outputs)
				: i,
			y);
		if (!p->indices)
			continue;
		if (p->column_major)
			where = column_index(&p->window, where);
		element_set_int(p->indices->dtype, tensor_mut(p->indices), i,
				(int64_t)(plane + where));
	}
}

void pool_run(struct pool *p, const struct call *c)
{
	struct doubles d = {0};
	size_t n = tensor_count(call_in(c, 0));
	double *x = channels_load(&d, c, 0);

	for (size_t i = 0; i < n && p->quantized; i++)
		x[i] = (x[i] - p->x_zero) * p->x_scale;
	p->y = call_out(c, 0);
	if (channels_are_last(c->node))
		p->channels = (size_t)p->y->shape.dim[p->y->shape.rank - 1];
	p->job.run = compute;
	p->x = x;
	p->inputs = window_inputs(&p->window);
	p->outputs = window_outputs(&p->window);
	parallel_for(&p->job, tensor_count(p->y), 64);
}

size_t pool_scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0));
}
