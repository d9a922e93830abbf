/* SPDX-License-Identifier: Apache-2.0 */
/* graph/symbol.c -- see symbol.h. */
#include "graph/symbol.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

static int64_t dim_of_index(uint32_t i)
{
	return -(int64_t)i - 2;
}

const struct symbol *symbol_of(const struct symbols *sy, int64_t dim)
{
	if (dim >= DIM_UNKNOWN || (uint64_t)(-(dim + 2)) >= sy->count)
		bug("dimension %" PRId64 " is no symbol", dim);
	return &sy->at[-(dim + 2)];
}

static int64_t append(struct symbols *sy, struct symbol s)
{
	if (sy->count == sy->cap) {
		uint32_t cap = sy->cap ? 2 * sy->cap : 16;
		struct symbol *grown = arena_array(sy->arena, struct symbol,
						   cap);

		if (sy->count)
			memcpy(grown, sy->at, sy->count * sizeof(*grown));
		sy->at = grown;
		sy->cap = cap;
	}
	sy->at[sy->count] = s;
	return dim_of_index(sy->count++);
}

int64_t symbol_dim(struct symbols *sy, const char *name)
{
	uint32_t i;

	/* The first byte keeps names apart from the keys of expressions. */
	name = arena_printf(sy->arena, "=%s", name);
	sy->names.arena = sy->arena;
	if (map_get(&sy->names, name, &i))
		return dim_of_index(i);
	map_add(&sy->names, name, sy->count);
	return append(sy, (struct symbol){.name = name + 1});
}

void symbol_print(struct str *s, const struct symbols *sy, int64_t dim)
{
	const struct symbol *x;

	if (dim >= 0) {
		str_addf(s, "%" PRId64, dim);
		return;
	}
	if (dim == DIM_UNKNOWN || !sy) {
		str_add(s, "?");
		return;
	}
	x = symbol_of(sy, dim);
	if (x->name) {
		str_add_escaped(s, x->name, strlen(x->name));
		return;
	}
	if (x->div > 1)
		str_add(s, x->add ? "floor((" : "floor(");
	if (x->mul != 1)
		str_addf(s, "%" PRId64 "*", x->mul);
	symbol_print(s, sy, x->base); /* a name: one level deep */
	if (x->add)
		str_addf(s, " %c %" PRId64, x->add < 0 ? '-' : '+',
			 x->add < 0 ? -x->add : x->add);
	if (x->div > 1)
		str_addf(s, x->add ? ")/%" PRId64 ")" : "/%" PRId64 ")",
			 x->div);
}

/* ---- affine expressions: floor((mul * base + add) / div) ---------------- */

/* BASE 0 stands for a number: then MUL is 0, DIV 1 and ADD its value. */
static bool expand(const struct symbols *sy, int64_t dim, struct symbol *x)
{
	if (dim == DIM_UNKNOWN)
		return false;
	if (dim >= 0) {
		*x = (struct symbol){.add = dim, .div = 1};
		return true;
	}
	*x = *symbol_of(sy, dim);
	if (x->name)
		*x = (struct symbol){.base = dim, .mul = 1, .div = 1};
	return true;
}

static int64_t gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t r = a % b;

		a = b;
		b = r;
	}
	return a < 0 ? -a : a;
}

static int64_t intern(struct symbols *sy, struct symbol x)
{
	const char *key;
	uint32_t i;
	int64_t g = gcd(gcd(x.mul, x.add), x.div);

	if (g > 1) {
		x.mul /= g;
		x.add /= g;
		x.div /= g;
	}
	if (!x.base || !x.mul)
		return x.add < 0 ? DIM_UNKNOWN : x.add / x.div;
	if (x.mul < 0)
		return DIM_UNKNOWN;
	if (x.mul == 1 && !x.add && x.div == 1)
		return x.base;
	key = arena_printf(sy->arena,
			   " %" PRId64 "*%" PRId64 "+%" PRId64 "/%" PRId64,
			   x.mul, x.base, x.add, x.div);
	sy->names.arena = sy->arena;
	if (map_get(&sy->names, key, &i))
		return dim_of_index(i);
	map_add(&sy->names, key, sy->count);
	return append(sy, x);
}

static int64_t combine(struct symbols *sy, int64_t a, int64_t b, int64_t sign)
{
	struct symbol x, y;

	if (!expand(sy, a, &x) || !expand(sy, b, &y))
		return DIM_UNKNOWN;
	if (x.base && y.base && x.base != y.base)
		return DIM_UNKNOWN;
	/* Only a number may join a floor. */
	if ((x.div > 1 && y.base) || (y.div > 1 && (x.base || sign < 0)))
		return DIM_UNKNOWN;
	if (y.div > 1) {
		struct symbol t = x;

		x = y;
		y = t;
	}
	x.base = x.base ? x.base : y.base;
	if (__builtin_mul_overflow(y.add, sign * x.div, &y.add) ||
	    __builtin_add_overflow(x.add, y.add, &x.add) ||
	    __builtin_add_overflow(x.mul, sign * y.mul, &x.mul))
		return DIM_UNKNOWN;
	return intern(sy, x);
}

int64_t dim_add(struct symbols *sy, int64_t a, int64_t b)
{
	return combine(sy, a, b, 1);
}

int64_t dim_sub(struct symbols *sy, int64_t a, int64_t b)
{
	if (a == b && a != DIM_UNKNOWN)
		return 0;
	return combine(sy, a, b, -1);
}

int64_t dim_mul(struct symbols *sy, int64_t a, int64_t b)
{
	struct symbol x;
	int64_t n = a >= 0 ? a : b;

	if (a == 0 || b == 0)
		return 0;
	if (n < 0 || !expand(sy, a >= 0 ? b : a, &x))
		return DIM_UNKNOWN;
	if (n == 1)
		return a >= 0 ? b : a;
	/* n * floor(m / d) is no floor of an affine expression. */
	if (x.div > 1 || __builtin_mul_overflow(x.mul, n, &x.mul) ||
	    __builtin_mul_overflow(x.add, n, &x.add))
		return DIM_UNKNOWN;
	return intern(sy, x);
}

int64_t dim_div_floor(struct symbols *sy, int64_t a, int64_t b)
{
	struct symbol x;

	if (a == b && a != DIM_UNKNOWN && a != 0)
		return 1; /* a named dimension of 0 has no quotient */
	if (b <= 0 || !expand(sy, a, &x) ||
	    __builtin_mul_overflow(x.div, b, &x.div))
		return DIM_UNKNOWN;
	return intern(sy, x);
}

int64_t dim_div_ceil(struct symbols *sy, int64_t a, int64_t b)
{
	if (b <= 0)
		return DIM_UNKNOWN;
	return dim_div_floor(sy, dim_add(sy, a, b - 1), b);
}

bool dim_divides(struct symbols *sy, int64_t a, int64_t b, int64_t *q)
{
	struct symbol x, y;

	if (!expand(sy, a, &x) || !expand(sy, b, &y) || x.div > 1 || y.div > 1)
		return false;
	if (!y.base) {
		if (!y.add || x.mul % y.add || x.add % y.add)
			return false;
		*q = dim_div_floor(sy, a, b);
		return *q != DIM_UNKNOWN;
	}
	/* (k * (mul * n + add)) / (mul * n + add) = k */
	if (x.base != y.base || x.mul % y.mul || x.add != x.mul / y.mul * y.add)
		return false;
	*q = x.mul / y.mul;
	return true;
}

void symbols_copy(struct symbols *to, const struct symbols *from,
		  struct arena *a)
{
	*to = (struct symbols){.arena = a};
	for (uint32_t i = 0; i < from->count; i++) {
		const struct symbol *x = &from->at[i];

		if (x->name)
			symbol_dim(to, x->name);
		else
			intern(to, *x);
	}
}
