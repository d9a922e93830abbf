/* SPDX-License-Identifier: Apache-2.0 */
/* kern/pool_lanes_tmpl.h -- body of pool_lanes.c for one instruction set
 * (isa_base.h). */

ISA static inline VF NAME(some)(const float *p, size_t n)
{
	VF v = {0};

	memcpy(&v, p, n * sizeof(*p));
	return v;
}

/* V_MAX loses a NaN of A only. */
ISA static inline VF NAME(join)(bool max, VF a, VF b)
{
	VI lost = a != a;

	if (!max)
		return a + b;
	return (VF)((lost & (VI)a) | (~lost & (VI)V_MAX(a, b)));
}

/* N lanes of one window from X on. */
ISA static inline VF NAME(window)(bool max, const struct pool_lanes *p,
				  const float *x, size_t n)
{
	VF acc = (max ? -INFINITY : 0) - (VF){0};

	for (size_t i = 0; i < p->rows; i++)
		for (size_t j = 0; j < p->cols; j++)
			acc = NAME(join)(
				max, acc,
				NAME(some)(x + i * p->down + j * p->right, n));
	return acc;
}

ISA static inline void NAME(pool)(bool max, const struct pool_lanes *p,
				  float scale)
{
	for (size_t k = 0; k < p->pixels; k++) {
		const float *x = (const float *)p->x + k * p->step;
		float *y = (float *)p->y + k * p->lanes;
		size_t i = 0;
		VF v;

		for (; i + LANES <= p->lanes; i += LANES) {
			v = NAME(window)(max, p, x + i, LANES);
			v = max ? v : v * scale;
			memcpy(y + i, &v, sizeof(v));
		}
		if (i == p->lanes)
			continue;
		v = NAME(window)(max, p, x + i, p->lanes - i);
		v = max ? v : v * scale;
		memcpy(y + i, &v, (p->lanes - i) * sizeof(*y));
	}
}

ISA static void NAME(pool_max)(const struct pool_lanes *p)
{
	NAME(pool)(true, p, 1);
}

ISA static void NAME(pool_sum)(const struct pool_lanes *p, float scale)
{
	NAME(pool)(false, p, scale);
}
