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

ISA static inline void NAME(row)(enum binary_kind op, const float *a,
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

ISA static inline void NAME(rows)(enum binary_kind op,
				  const struct binary_rows *r, size_t astep,
				  size_t bstep)
{
	const float *a = r->a, *b = r->b;
	float *y = r->y;

	for (size_t i = 0; i < r->rows; i++) {
		NAME(row)(op, a, astep, b, bstep, y, r->n);
		a += r->adown;
		b += r->bdown;
		y += r->n;
	}
}

/* Constants let the compiler make one loop of each kind. */
ISA static inline void NAME(steps)(enum binary_kind op,
				   const struct binary_rows *r)
{
	if (r->astep && r->bstep)
		NAME(rows)(op, r, 1, 1);
	else if (r->astep)
		NAME(rows)(op, r, 1, 0);
	else
		NAME(rows)(op, r, 0, r->bstep);
}

ISA static void NAME(binary)(enum binary_kind op, const struct binary_rows *r)
{
	switch (op) {
	case BINARY_ADD:
		NAME(steps)(BINARY_ADD, r);
		break;
	case BINARY_SUB:
		NAME(steps)(BINARY_SUB, r);
		break;
	case BINARY_MUL:
		NAME(steps)(BINARY_MUL, r);
		break;
	case BINARY_DIV:
		NAME(steps)(BINARY_DIV, r);
		break;
	case BINARY_MAX:
		NAME(steps)(BINARY_MAX, r);
		break;
	case BINARY_MIN:
		NAME(steps)(BINARY_MIN, r);
		break;
	}
}
