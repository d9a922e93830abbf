/* SPDX-License-Identifier: Apache-2.0 */
/* kern/plane_tmpl.h -- body of plane.c for one instruction set (isa_base.h). */

ISA static inline VF NAME(load)(const float *p)
{
	VF v;

	memcpy(&v, p, sizeof(v));
	return v;
}

ISA static inline VF NAME(take)(enum plane_op op, VF acc, VF x, float w)
{
	if (op == PLANE_DOT)
		return V_FMA(x, w - (VF){0}, acc);
	if (op == PLANE_MAX)
		return V_MAX(acc, x);
	return acc + x;
}

/* Four vectors of outputs at a time hide the latency of the additions. */
ISA static inline void NAME(four)(enum plane_op op, const float *x,
				  const uint32_t *offset, size_t taps,
				  const float *w, float start, float *y)
{
	VF a0 = start - (VF){0}, a1 = a0, a2 = a0, a3 = a0;

	for (size_t t = 0; t < taps; t++) {
		const float *p = x + offset[t];
		float k = op == PLANE_DOT ? w[t] : 0;

		a0 = NAME(take)(op, a0, NAME(load)(p), k);
		a1 = NAME(take)(op, a1, NAME(load)(p + LANES), k);
		a2 = NAME(take)(op, a2, NAME(load)(p + 2 * LANES), k);
		a3 = NAME(take)(op, a3, NAME(load)(p + 3 * LANES), k);
	}
	memcpy(y, &a0, sizeof(VF));
	memcpy(y + LANES, &a1, sizeof(VF));
	memcpy(y + 2 * LANES, &a2, sizeof(VF));
	memcpy(y + 3 * LANES, &a3, sizeof(VF));
}

ISA static inline void NAME(one)(enum plane_op op, const float *x,
				 const uint32_t *offset, size_t taps,
				 const float *w, float start, float *y,
				 size_t count)
{
	VF a = start - (VF){0};

	for (size_t t = 0; t < taps; t++)
		a = NAME(take)(op, a, NAME(load)(x + offset[t]),
			       op == PLANE_DOT ? w[t] : 0);
	memcpy(y, &a, count * sizeof(float));
}

ISA static inline void NAME(plane)(enum plane_op op, const struct window2 *g,
				   const uint32_t *offset, const float *split,
				   const float *w, float *y)
{
	size_t taps = g->kh * g->kw, row = split_width(g) * g->sh;
	float start = op == PLANE_MAX ? -INFINITY : 0;

	for (size_t p = 0; p < g->oh; p++, split += row, y += g->ow) {
		size_t q = 0;

		for (; q + 4 * LANES <= g->ow; q += 4 * LANES)
			NAME(four)
			(op, split + q, offset, taps, w, start, y + q);
		for (; q < g->ow; q += LANES)
			NAME(one)
			(op, split + q, offset, taps, w, start, y + q,
			 g->ow - q < LANES ? g->ow - q : LANES);
	}
}

ISA static void NAME(dot)(const struct window2 *g, const uint32_t *offset,
			  const float *split, const float *w, float *y)
{
	NAME(plane)(PLANE_DOT, g, offset, split, w, y);
}

ISA static void NAME(max)(const struct window2 *g, const uint32_t *offset,
			  const float *split, float *y)
{
	NAME(plane)(PLANE_MAX, g, offset, split, NULL, y);
}

ISA static void NAME(sum)(const struct window2 *g, const uint32_t *offset,
			  const float *split, float *y)
{
	NAME(plane)(PLANE_SUM, g, offset, split, NULL, y);
}
