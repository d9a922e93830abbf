/* SPDX-License-Identifier: Apache-2.0 */
/* kern/plane_tmpl.h -- body of plane.c for one instruction set (isa_base.h). */

ISA static inline VF NAME(load)(const float *p)
{
	VF v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* V_MAX loses a NaN of A only. */
ISA static inline VF NAME(larger)(VF a, VF b)
{
	VI lost = a != a;

	return (VF)((lost & (VI)a) | (~lost & (VI)V_MAX(a, b)));
}

ISA static inline VF NAME(take)(enum plane_op op, VF acc, VF x, float w)
{
	if (op == PLANE_DOT)
		return V_FMA(x, w - (VF){0}, acc);
	if (op == PLANE_MAX)
		return NAME(larger)(acc, x);
	return acc + x;
}

ISA static inline void NAME(keep)(float *y, VF v, size_t count)
{
	if (count == LANES)
		memcpy(y, &v, sizeof(v));
	else
		memcpy(y, &v, count * sizeof(*y));
}

/* Four rows of outputs at a time hide the latency of the additions.  Rows of X
 * are DOWN apart. */
ISA static inline void NAME(four)(enum plane_op op, const struct taps *t,
				  const float *x, size_t down, float *y,
				  size_t width, size_t count)
{
	VF a0 = t->start - (VF){0}, a1 = a0, a2 = a0, a3 = a0;

	for (size_t i = 0; i < t->count; i++) {
		const float *p = x + t->offset[i];
		float w = op == PLANE_DOT ? t->w[i] : 0;

		a0 = NAME(take)(op, a0, NAME(load)(p), w);
		a1 = NAME(take)(op, a1, NAME(load)(p + down), w);
		a2 = NAME(take)(op, a2, NAME(load)(p + 2 * down), w);
		a3 = NAME(take)(op, a3, NAME(load)(p + 3 * down), w);
	}
	NAME(keep)(y, a0, count);
	NAME(keep)(y + width, a1, count);
	NAME(keep)(y + 2 * width, a2, count);
	NAME(keep)(y + 3 * width, a3, count);
}

ISA static inline void NAME(one)(enum plane_op op, const struct taps *t,
				 const float *x, float *y, size_t count)
{
	VF a = t->start - (VF){0};

	for (size_t i = 0; i < t->count; i++)
		a = NAME(take)(op, a, NAME(load)(x + t->offset[i]),
			       op == PLANE_DOT ? t->w[i] : 0);
	NAME(keep)(y, a, count);
}

ISA static inline void NAME(plane)(enum plane_op op, const struct window2 *g,
				   const uint32_t *offset, const float *split,
				   const float *w, float *y)
{
	const struct taps t = {offset, w, g->kh * g->kw,
			       op == PLANE_MAX ? -INFINITY : 0};
	size_t down = split_width(g) * g->sh;

	for (size_t q = 0; q < g->ow; q += LANES) {
		size_t count = g->ow - q < LANES ? g->ow - q : LANES, p = 0;

		for (; p + 4 <= g->oh; p += 4)
			NAME(four)
		(op, &t, split + p * down + q, down, y + p * g->ow + q, g->ow,
		 count);
		for (; p < g->oh; p++)
			NAME(one)
		(op, &t, split + p * down + q, y + p * g->ow + q, count);
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
