/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_overrides.c -- applying overrides, and writing them. */
#include "passes/quantize_overrides.h"

#include <string.h>

#include "passes/override_rule.h"

const char *const override_subject_name[] = {
	[BY_NAME] = "name",
	[BY_PATTERN] = "pattern",
	[BY_OPERATOR] = "operator",
};

const struct base_name base_names[] = {
	{"2", 1},	  {"sqrt2", 2}, {"2^(1/4)", 4}, {"2^(1/8)", 8},
	{"2^(1/16)", 16}, {"auto", 0},	{NULL, 0},
};

bool form_equal(const struct quantize_form *a, const struct quantize_form *b)
{
	return a->stay_float == b->stay_float && a->scheme == b->scheme &&
	       a->bits == b->bits && a->steps == b->steps &&
	       a->choose == b->choose && a->block == b->block &&
	       a->carrier == b->carrier && a->dtype == b->dtype &&
	       a->method == b->method;
}

void overrides_release(struct quantize_overrides *o)
{
	for (uint32_t i = 0; i < o->count; i++)
		override_pattern_free(o->rule[i].pattern);
	arena_release(&o->arena);
	*o = (struct quantize_overrides){.count = 0};
}

static bool rule_matches(const struct override_rule *r, const char *label,
			 const char *type, bool *yes, struct err *e)
{
	if (r->by == BY_PATTERN)
		return override_pattern_find(r->pattern, label, yes, e);
	*yes = !strcmp(r->text, r->by == BY_NAME ? label : type);
	return true;
}

static void apply(const struct override_rule *r, struct quantize_form *f)
{
	const struct quantize_form *x = &r->form;

	if (r->gives[KEY_EXCLUDE])
		f->stay_float = x->stay_float;
	if (r->gives[KEY_SCHEME]) {
		f->scheme = x->scheme;
		f->choose = x->choose;
		f->steps = 0;
	}
	if (r->gives[KEY_BASE]) {
		f->steps = x->steps;
		f->choose = x->choose;
	}
	if (r->gives[KEY_BITS])
		f->bits = x->bits;
	if (r->gives[KEY_BLOCK])
		f->block = x->block;
	if (r->gives[KEY_CARRIER])
		f->carrier = x->carrier;
	if (r->gives[KEY_DTYPE]) {
		f->dtype = x->dtype;
		f->carrier = x->carrier;
	}
	if (r->gives[KEY_METHOD])
		f->method = x->method;
}

bool overrides_apply(const struct quantize_overrides *o, const char *label,
		     const char *type, struct quantize_form *f, struct err *e)
{
	for (uint32_t i = 0; i < o->count; i++) {
		bool yes;

		if (!rule_matches(&o->rule[i], label, type, &yes, e))
			return false;
		if (yes)
			apply(&o->rule[i], f);
	}
	return true;
}

bool overrides_all_apply(const struct quantize_overrides *o,
			 const char *const *label, const char *const *type,
			 uint32_t n, struct err *e)
{
	for (uint32_t i = 0; i < o->count; i++) {
		const struct override_rule *r = &o->rule[i];
		bool any = false, yes;

		for (uint32_t k = 0; !any && k < n; k++, any = yes)
			if (!rule_matches(r, label[k], type[k], &yes, e))
				return false;
		if (!any)
			return err_set(e, ERR_USAGE,
				       "overrides line %zu: no layer has the "
				       "%s '%s'",
				       r->line, override_subject_name[r->by],
				       r->text);
	}
	return true;
}

/* ---- writing ------------------------------------------------------------ */

/* A YAML string in double quotes. */
static void put_text(struct str *s, const char *text)
{
	str_addc(s, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 127)
			str_addf(s, "\\x%02X", c);
		else if (c == '"' || c == '\\')
			str_addf(s, "\\%c", c);
		else
			str_addc(s, (char)c);
	}
	str_addc(s, '"');
}

void overrides_begin(struct str *s)
{
	str_add(s, "schema: 1\noverrides:\n");
}

static void put_base(struct str *s, const struct quantize_form *f)
{
	for (const struct base_name *b = base_names; b->name; b++)
		if (f->steps && b->steps == f->steps)
			str_addf(s, "    base: \"%s\"\n", b->name);
}

void overrides_print(struct str *s, const char *label,
		     const struct quantize_form *f)
{
	static const char *const methods[] = {"repair", "feedback", "nearest"};
	static const char *const carriers[] = {NULL, "int8", "lut", "packed"};

	str_add(s, "  - name: ");
	put_text(s, label);
	str_addc(s, '\n');
	if (f->stay_float) {
		str_add(s, "    exclude: true\n");
		return;
	}
	str_addf(s, "    scheme: %s\n    bits: %d\n",
		 f->choose ? "auto" : f->scheme->name, f->bits);
	put_base(s, f);
	str_addf(s, "    block: %u\n", f->block);
	if (f->dtype != DTYPE_NONE)
		str_addf(s, "    dtype: %s\n", dtype_info[f->dtype].text);
	else if (carriers[f->carrier])
		str_addf(s, "    carrier: %s\n", carriers[f->carrier]);
	str_addf(s, "    method: %s\n", methods[f->method]);
}
