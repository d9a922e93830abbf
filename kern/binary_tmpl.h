/* SPDX-License-Identifier: Apache-2.0 */
/* kern/binary_tmpl.h -- body of binary.c for one instruction set
 * (isa_base.h). */

ISA static inline VF NAME(operand)(const float *p, size_t step, size_t n)
{
	VF v = {0};

	if (!step)
		return *p - (VF){0};
	memcpy(&v, p, n * sizeof(*p));
	return v;
}

ISA static inline VF NAME(extreme)(VF chosen, VF a)
{
	/* V_MAX and V_MIN lose a NaN of A only. */
	VI nan = a != a;

	return (VF)((nan & (VI)a) | (~nan & (VI)chosen));
}

ISA static inline VF NAME(apply)(enum binary_kind op, VF a, VF b)
{
	switch (op) {
	case BINARY_ADD:
		return a + b;
	case BINARY_SUB:
		return a - b;
	case BINARY_MUL:
		return a * b;
	case BINARY_DIV:
		return a / b;
	case BINARY_MAX:
		return NAME(extreme)(V_MAX(a, b), a);
	case BINARY_MIN:
		return NAME(extreme)(V_MIN(a, b), a);
	}
	return a;
}

ISA static inline void NAME(rows)(enum binary_kind op, const float *a,
				  size_t astep, const float *b, size_t bstep,
				  float *y, size_t n)
{
	size_t i = 0;
	VF v;

	for (; i + LANES <= n; i += LANES) {
		v = NAME(apply)(op, NAME(operand)(a + i * astep, astep, LANES),
				NAME(operand)(b + i * bstep, bstep, LANES));
		memcpy(y + i, &v, sizeof(v));
	}
	if (i == n)
		return;
	v = NAME(apply)(op, NAME(operand)(a + i * astep, astep, n - i),
			NAME(operand)(b + i * bstep, bstep, n - i));
	memcpy(y + i, &v, (n - i) * sizeof(*y));
}

ISA static void NAME(binary)(enum binary_kind op, const float *a, size_t astep,
			     const float *b, size_t bstep, float *y, size_t n)
{
	/* Constants let the compiler make one loop of each kind. */
	if (astep && bstep)
		NAME(rows)(op, a, 1, b, 1, y, n);
	else if (astep)
		NAME(rows)(op, a, 1, b, 0, y, n);
	else
		NAME(rows)(op, a, 0, b, bstep, y, n);
}
