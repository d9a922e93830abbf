/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_recipe.c -- see opset_recipe.h. */
#include "passes/opset_recipe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "passes/opset_row.h"

enum { MOST_NAMES = 40, MOST_OPERANDS = 8, MOST_TEXT = 32 };

struct cook {
	struct node *n; /* that goes */
	const char *at, *text;
	const struct recipe_args *args;
	struct {
		char name[MOST_TEXT];
		struct value *v;
	} known[MOST_NAMES];
	int nknown;
	struct err *e;
};

static void wrong(const struct cook *k, const char *want)
{
	bug("recipe '%s': want %s at '%s'", k->text, want, k->at);
}

static bool skip(struct cook *k, char c)
{
	while (*k->at == ' ')
		k->at++;
	if (*k->at != c)
		return false;
	k->at++;
	while (*k->at == ' ')
		k->at++;
	return true;
}

static void expect(struct cook *k, char c)
{
	char want[] = {'\'', c, '\'', 0};

	if (!skip(k, c))
		wrong(k, want);
}

static void read_word(struct cook *k, char out[MOST_TEXT])
{
	size_t n = 0;

	while ((isalnum((unsigned char)*k->at) || *k->at == '_') &&
	       n < MOST_TEXT - 1)
		out[n++] = *k->at++;
	out[n] = 0;
	if (!n)
		wrong(k, "a name");
}

/* The characters of a number; IS_FLOAT: it has a point or an exponent. */
static double read_number(struct cook *k, bool *is_float)
{
	char text[MOST_TEXT];
	size_t n = strspn(k->at, "+-0123456789.");
	double x;

	if (n && (k->at[n] == 'e' || k->at[n] == 'E'))
		n += 1 + strspn(k->at + n + 1, "+-0123456789");
	if (!n || n >= sizeof(text))
		wrong(k, "a number");
	memcpy(text, k->at, n);
	text[n] = 0;
	if (!str_to_double(text, &x))
		wrong(k, "a number");
	*is_float = strpbrk(text, ".eE") != NULL;
	k->at += n;
	return x;
}

/* "[1, -2]" behind its bracket. */
static uint32_t read_list(struct cook *k, int64_t x[MAX_RANK])
{
	uint32_t n = 0;
	bool point;

	while (!skip(k, ']')) {
		if (n)
			expect(k, ',');
		if (n == MAX_RANK)
			wrong(k, "fewer numbers");
		x[n++] = (int64_t)read_number(k, &point);
	}
	return n;
}

static int read_index(struct cook *k)
{
	if (!isdigit((unsigned char)*k->at))
		wrong(k, "a digit");
	return *k->at++ - '0';
}

/* ---- operands ----------------------------------------------------------- */

static struct value *known(struct cook *k, const char *name)
{
	for (int i = 0; i < k->nknown; i++)
		if (!strcmp(k->known[i].name, name))
			return k->known[i].v;
	if (name[0] == 'X' && isdigit((unsigned char)name[1]) && !name[2])
		return node_in(k->n, (uint32_t)(name[1] - '0'));
	wrong(k, "something known");
	return NULL;
}

/* A scalar of T, or of the type of operand 0. */
static bool scalar(struct cook *k, enum dtype t, double x, struct value **v)
{
	if (t == DTYPE_NONE)
		t = opset_dtype(node_in(k->n, 0));
	if (t == DTYPE_NONE)
		return err_set(k->e, ERR_UNSUPPORTED,
			       "computes an element type that is not known");
	*v = opset_scalar(k->n, t, x);
	return true;
}

static bool number_operand(struct cook *k, struct value **v)
{
	bool is_float;
	double x = read_number(k, &is_float);
	enum dtype t = DTYPE_NONE;

	switch (*k->at) {
	case 'f':
		t = DTYPE_F32;
		break;
	case 'd':
		t = DTYPE_F64;
		break;
	case 'i':
		t = DTYPE_I64;
		break;
	default:
		return scalar(k, t, x, v);
	}
	k->at++;
	return scalar(k, t, x, v);
}

static bool attr_operand(struct cook *k, struct value **v)
{
	char name[MOST_TEXT];
	bool is_float;
	double x;

	read_word(k, name);
	expect(k, '=');
	x = read_number(k, &is_float);
	return scalar(k, DTYPE_NONE, (double)node_float(k->n, name, (float)x),
		      v);
}

static bool read_operand(struct cook *k, struct value **v)
{
	char name[MOST_TEXT];
	int64_t list[MAX_RANK];
	uint32_t n;

	*v = NULL;
	if (skip(k, '_'))
		return true;
	if (skip(k, '$'))
		return attr_operand(k, v);
	if (skip(k, '%')) {
		*v = k->args->v[read_index(k)];
		return true;
	}
	if (skip(k, '[')) {
		n = read_list(k, list);
		*v = opset_int_list(k->n, list, n);
		return true;
	}
	if (!isalpha((unsigned char)*k->at))
		return number_operand(k, v);
	read_word(k, name);
	*v = known(k, name);
	return true;
}

/* ---- attributes --------------------------------------------------------- */

static void copy_attr(struct cook *k, struct node *new, const char *name)
{
	const struct attr *a = node_attr(k->n, name);

	if (a)
		node_set_attr(new, a);
}

static void set_argument(struct cook *k, struct node *new, const char *name)
{
	const struct shape *s;

	if (isdigit((unsigned char)*k->at)) {
		node_set_int(new, name, k->args->i[read_index(k)]);
		return;
	}
	s = &k->args->list[*k->at++ - 'a'];
	node_set_ints(new, name, s->dim, (uint32_t)s->rank);
}

static void read_attr(struct cook *k, struct node *new)
{
	char name[MOST_TEXT], word[MOST_TEXT];
	int64_t list[MAX_RANK];
	bool is_float;
	double x;

	read_word(k, name);
	expect(k, '=');
	if (skip(k, '$')) {
		copy_attr(k, new, name);
	} else if (skip(k, '%')) {
		set_argument(k, new, name);
	} else if (skip(k, '@')) {
		read_word(k, word);
		node_set_int(new, name, opset_dtype(known(k, word)));
	} else if (skip(k, '[')) {
		uint32_t n = read_list(k, list);

		node_set_ints(new, name, list, n);
	} else if (isalpha((unsigned char)*k->at)) {
		read_word(k, word);
		node_set_string(new, name, word);
	} else {
		x = read_number(k, &is_float);
		if (is_float)
			node_set_float(new, name, (float)x);
		else
			node_set_int(new, name, (int64_t)x);
	}
}

/* ---- statements --------------------------------------------------------- */

/* Past a statement that makes nothing. */
static void pass_over(struct cook *k)
{
	while (*k->at && *k->at != ';')
		k->at++;
}

static bool read_operands(struct cook *k, struct value *in[MOST_OPERANDS],
			  uint32_t *nin)
{
	*nin = 0;
	expect(k, '(');
	while (!skip(k, ')')) {
		if (*nin)
			expect(k, ',');
		if (*nin == MOST_OPERANDS)
			wrong(k, "fewer operands");
		if (!read_operand(k, &in[(*nin)++]))
			return false;
	}
	while (*nin && !in[*nin - 1])
		--*nin;
	return true;
}

static void keep(struct cook *k, const char *name, struct value *v)
{
	if (k->nknown == MOST_NAMES)
		wrong(k, "fewer statements");
	memcpy(k->known[k->nknown].name, name, MOST_TEXT);
	k->known[k->nknown++].v = v;
}

/* The result of the statement is V, called NAME. */
static void finish(struct cook *k, const char *name, struct value *v)
{
	if (name[0] == 'Y')
		opset_replace(k->n, (uint32_t)(name[1] - '0'), v);
	keep(k, name, v);
}

static bool statement(struct cook *k)
{
	char name[MOST_TEXT], type[MOST_TEXT];
	struct value *in[MOST_OPERANDS];
	struct node_spec spec = {.type = type, .in = in, .nout = 1};
	const char *attrs = NULL, *end;
	struct node *new;

	read_word(k, name);
	expect(k, '=');
	if (name[0] == 'Y' && !opset_is_used(k->n, (uint32_t)(name[1] - '0'))) {
		pass_over(k);
		return true;
	}
	read_word(k, type);
	if (*k->at == ';') {
		keep(k, name, known(k, type));
		return true;
	}
	if (skip(k, '<')) {
		attrs = k->at;
		k->at = strchr(k->at, '>') + 1;
	}
	if (!read_operands(k, in, &spec.nin))
		return false;
	new = opset_insert(k->n, &spec);
	end = k->at;
	for (k->at = attrs; attrs && !skip(k, '>'); skip(k, ','))
		read_attr(k, new);
	k->at = end;
	finish(k, name, new->out[0]);
	return true;
}

bool opset_recipe(struct node *n, const char *text,
		  const struct recipe_args *args, struct err *e)
{
	static const struct recipe_args none = {.v = {NULL}};
	struct cook k = {
		.n = n, .at = text, .text = text, .args = args, .e = e};

	if (!args)
		k.args = &none;
	do {
		if (!statement(&k))
			return false;
	} while (skip(&k, ';') && *k.at);
	for (uint32_t i = 0; i < n->nout; i++)
		if (opset_is_used(n, i))
			return err_set(e, ERR_UNSUPPORTED,
				       "has result %u, which older operators "
				       "do not give",
				       i);
	node_remove(n);
	return true;
}
