/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv2.c -- the geometry of convolutions over signals and pictures. */
#include "ops/conv_f32.h"
#include "ops/op.h"
#include "ops/window.h"

bool window2_make(struct window2 *g, const struct window *w)
{
	int32_t v = w->rank - 2, u = w->rank - 1; /* vertical, horizontal */

	if (w->rank != 1 && w->rank != 2)
		return false;
	*g = (struct window2){
		.h = 1, .oh = 1, .kh = 1, .sh = 1, .dh = 1, .ph = 0};
	if (w->rank == 2) {
		g->h = (size_t)w->in[v];
		g->oh = (size_t)w->out[v];
		g->kh = (size_t)w->kernel[v];
		g->sh = (size_t)w->stride[v];
		g->dh = (size_t)w->dilation[v];
		g->ph = (size_t)w->before[v];
	}
	g->w = (size_t)w->in[u];
	g->ow = (size_t)w->out[u];
	g->kw = (size_t)w->kernel[u];
	g->sw = (size_t)w->stride[u];
	g->dw = (size_t)w->dilation[u];
	g->pw = (size_t)w->before[u];
	return true;
}

bool conv2_make(struct conv2 *g, const struct node *n, const struct shape *x,
		const struct shape *w)
{
	struct window win;
	struct err ignored;

	if ((x->rank != 3 && x->rank != 4) || w->rank != x->rank ||
	    !window_make(&win, n, x, w->dim + 2, NULL, &ignored) ||
	    !window2_make(&g->w, &win))
		return false;
	g->images = (size_t)x->dim[0];
	g->groups = (size_t)attr_int(n, "group");
	g->c = (size_t)w->dim[1];
	g->m = (size_t)w->dim[0] / g->groups;
	return true;
}
