/* SPDX-License-Identifier: Apache-2.0 */
/* passes/override_read.c -- overrides from YAML. */
#include <string.h>
#include <yaml.h>

#include "passes/override_rule.h"

enum { TEXT_BYTES = 1024 * 1024 };

struct reader {
	yaml_document_t doc;
	struct quantize_overrides *o;
	struct err *e;
};

static bool fail(struct reader *r, const yaml_node_t *at, const char *what,
		 const char *why)
{
	return err_set(r->e, ERR_FORMAT, "overrides line %zu: '%s' %s",
		       (size_t)at->start_mark.line + 1, what, why);
}

static const char *scalar(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value
					   : NULL;
}

/* Values of one pair in a mapping. */
struct entry {
	const yaml_node_t *key_node, *value_node;
	const char *key, *text; /* text NULL: no scalar */
};

static bool get_entry(struct reader *r, const yaml_node_pair_t *pair,
		      struct entry *x)
{
	x->key_node = yaml_document_get_node(&r->doc, pair->key);
	x->value_node = yaml_document_get_node(&r->doc, pair->value);
	x->key = scalar(x->key_node);
	x->text = scalar(x->value_node);
	return x->key || fail(r, x->key_node, "a key", "is no word");
}

/* ---- values ------------------------------------------------------------- */

static int index_of(const char *text, const char *const *names)
{
	for (int i = 0; text && names[i]; i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

static bool read_exclude(struct reader *r, struct entry *x,
			 struct quantize_form *f)
{
	static const char *const words[] = {"false", "true", NULL};
	int i = index_of(x->text, words);

	f->stay_float = i == 1;
	return i >= 0 ||
	       fail(r, x->value_node, x->key, "must be true or false");
}

static bool read_scheme(struct reader *r, struct entry *x,
			struct quantize_form *f)
{
	f->choose = x->text && !strcmp(x->text, "auto");
	f->scheme = x->text ? scheme_find(f->choose ? "log" : x->text) : NULL;
	return f->scheme ||
	       fail(r, x->value_node, x->key, "must be linear, log or auto");
}

static bool read_count(struct reader *r, struct entry *x, long long most,
		       long long *n)
{
	if (x->text && str_to_int(x->text, n) && *n >= 0 && *n <= most)
		return true;
	return fail(r, x->value_node, x->key, "must be a number in range");
}

static bool read_bits(struct reader *r, struct entry *x,
		      struct quantize_form *f)
{
	long long n;

	if (!read_count(r, x, CODEBOOK_BITS, &n))
		return false;
	f->bits = (int)n;
	return true;
}

static bool read_block(struct reader *r, struct entry *x,
		       struct quantize_form *f)
{
	long long n;

	if (!read_count(r, x, 4096, &n))
		return false;
	if (n && (n < 16 || (n & (n - 1))))
		return fail(r, x->value_node, x->key,
			    "must be 0 or a power of two from 16 to 4096");
	f->block = (uint32_t)n;
	return true;
}

static bool read_base(struct reader *r, struct entry *x,
		      struct quantize_form *f)
{
	for (const struct base_name *b = base_names; x->text && b->name; b++)
		if (!strcmp(b->name, x->text)) {
			f->steps = b->steps;
			f->choose = !b->steps;
			return true;
		}
	return fail(r, x->value_node, x->key,
		    "must be 2, sqrt2, 2^(1/4), 2^(1/8), 2^(1/16) or auto");
}

static bool read_dtype(struct reader *r, struct entry *x,
		       struct quantize_form *f)
{
	static const enum dtype types[] = {DTYPE_I4, DTYPE_I8, DTYPE_I16,
					   DTYPE_U4, DTYPE_U8};

	for (size_t i = 0; x->text && i < COUNT_OF(types); i++)
		if (!strcmp(dtype_info[types[i]].text, x->text)) {
			f->dtype = types[i];
			f->carrier = i < 3 ? CARRIER_INTEGER : CARRIER_TABLE;
			return true;
		}
	return fail(r, x->value_node, x->key,
		    "must be int4, int8, int16, uint4, uint8 or float32");
}

static bool read_carrier(struct reader *r, struct entry *x,
			 struct quantize_form *f)
{
	static const char *const names[] = {"int8", "lut", "packed", NULL};
	int i = index_of(x->text, names);

	f->dtype = DTYPE_NONE;
	f->carrier = (enum carrier)(CARRIER_INTEGER + i);
	return i >= 0 ||
	       fail(r, x->value_node, x->key, "must be int8, lut or packed");
}

static bool read_method(struct reader *r, struct entry *x,
			struct quantize_form *f)
{
	static const char *const names[] = {"repair", "feedback", "nearest",
					    NULL};
	int i = index_of(x->text, names);

	f->method = (enum coding_method)i;
	return i >= 0 || fail(r, x->value_node, x->key,
			      "must be repair, feedback or nearest");
}

/* ---- entries ------------------------------------------------------------ */

static const struct {
	const char *name;
	bool (*read)(struct reader *r, struct entry *x,
		     struct quantize_form *f);
} keys[KEY_COUNT] = {
	[KEY_EXCLUDE] = {"exclude", read_exclude},
	[KEY_SCHEME] = {"scheme", read_scheme},
	[KEY_BITS] = {"bits", read_bits},
	[KEY_BASE] = {"base", read_base},
	[KEY_BLOCK] = {"block", read_block},
	[KEY_DTYPE] = {"dtype", read_dtype},
	[KEY_CARRIER] = {"carrier", read_carrier},
	[KEY_METHOD] = {"method", read_method},
};

static bool read_subject(struct reader *r, struct entry *x,
			 struct override_rule *rule, int by)
{
	if (rule->text)
		return fail(r, x->key_node, x->key,
			    "is given twice, or beside another of name, "
			    "pattern and operator");
	if (!x->text || !*x->text)
		return fail(r, x->value_node, x->key, "must be a word");
	rule->by = (enum override_subject)by;
	rule->text = arena_strdup(&r->o->arena, x->text);
	if (rule->by != BY_PATTERN ||
	    override_pattern_compile(&rule->pattern, rule->text, r->e))
		return true;
	return err_context(r->e, "overrides line %zu", rule->line);
}

static bool read_key(struct reader *r, struct entry *x,
		     struct override_rule *rule)
{
	/* The one dtype that is no code. */
	bool is_float = !strcmp(x->key, "dtype") && x->text &&
			(!strcmp(x->text, "float32") ||
			 !strcmp(x->text, "float"));

	for (int by = BY_NAME; by <= BY_OPERATOR; by++)
		if (!strcmp(x->key, override_subject_name[by]))
			return read_subject(r, x, rule, by);
	for (int k = 0; k < KEY_COUNT; k++) {
		if (strcmp(x->key, keys[k].name))
			continue;
		if (is_float)
			k = KEY_EXCLUDE;
		if (rule->gives[k])
			return fail(r, x->key_node, x->key, "is given twice");
		rule->gives[k] = true;
		if (!is_float)
			return keys[k].read(r, x, &rule->form);
		rule->form.stay_float = true;
		return true;
	}
	return fail(r, x->key_node, x->key, "is no key of an override");
}

static bool check_rule(struct reader *r, const yaml_node_t *n,
		       struct override_rule *rule)
{
	const bool *gives = rule->gives;
	bool any = false;

	for (int k = 0; k < KEY_COUNT; k++)
		any |= gives[k];
	if (!rule->text)
		return fail(r, n, "overrides",
			    "has an entry without name, pattern or operator");
	if (!any)
		return fail(r, n, rule->text, "is given nothing");
	if (gives[KEY_DTYPE] && gives[KEY_CARRIER])
		return fail(r, n, rule->text, "has both dtype and carrier");
	if (gives[KEY_BASE] && gives[KEY_SCHEME] &&
	    (rule->form.choose ? rule->form.steps > 0
			       : !rule->form.scheme->steps))
		return fail(r, n, rule->text,
			    "has a base, which is for scheme log");
	if (gives[KEY_DTYPE] && !gives[KEY_BITS]) {
		unsigned bits = dtype_info[rule->form.dtype].bits;

		rule->form.bits = bits < CODEBOOK_BITS ? (int)bits
						       : CODEBOOK_BITS;
		rule->gives[KEY_BITS] = true;
	}
	return true;
}

static bool read_rule(struct reader *r, const yaml_node_t *n,
		      struct override_rule *rule)
{
	rule->line = n->start_mark.line + 1;
	if (n->type != YAML_MAPPING_NODE)
		return fail(r, n, "overrides", "must list keys and values");
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
	     p < n->data.mapping.pairs.top; p++) {
		struct entry x;

		if (!get_entry(r, p, &x) || !read_key(r, &x, rule))
			return false;
	}
	return check_rule(r, n, rule);
}

static bool read_rules(struct reader *r, const yaml_node_t *n)
{
	struct quantize_overrides *o = r->o;
	yaml_node_item_t *item;

	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "overrides", "must be a list");
	o->rule = arena_array(&o->arena, struct override_rule,
			      (size_t)(n->data.sequence.items.top -
				       n->data.sequence.items.start));
	for (item = n->data.sequence.items.start;
	     item < n->data.sequence.items.top; item++)
		if (!read_rule(r, yaml_document_get_node(&r->doc, *item),
			       &o->rule[o->count++]))
			return false;
	return true;
}

static bool read_root(struct reader *r, const yaml_node_t *n)
{
	bool schema = false, rules = false;

	if (n->type != YAML_MAPPING_NODE)
		return fail(r, n, "the file", "must hold keys and values");
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
	     p < n->data.mapping.pairs.top; p++) {
		struct entry x;
		bool *seen;

		if (!get_entry(r, p, &x))
			return false;
		seen = !strcmp(x.key, "schema")	     ? &schema
		       : !strcmp(x.key, "overrides") ? &rules
						     : NULL;
		if (!seen)
			return fail(r, x.key_node, x.key,
				    "is no key of overrides");
		if (*seen)
			return fail(r, x.key_node, x.key, "is given twice");
		*seen = true;
		if (seen == &schema && (!x.text || strcmp(x.text, "1")))
			return fail(r, x.value_node, x.key, "must be 1");
		if (seen == &rules && !read_rules(r, x.value_node))
			return false;
	}
	if (!schema || !rules)
		return err_set(r->e, ERR_FORMAT, "overrides: '%s' is missing",
			       schema ? "overrides" : "schema: 1");
	return true;
}

static bool load(yaml_parser_t *yaml, struct reader *r, struct bytes text)
{
	yaml_parser_set_input_string(yaml, text.at, text.len);
	if (yaml_parser_load(yaml, &r->doc))
		return true;
	return err_set(r->e, ERR_FORMAT, "overrides line %zu: %s",
		       (size_t)yaml->problem_mark.line + 1,
		       yaml->problem ? yaml->problem : "is no YAML");
}

bool overrides_parse(struct quantize_overrides *o, struct bytes text,
		     struct err *e)
{
	struct reader r = {.o = o, .e = e};
	yaml_parser_t yaml;
	yaml_node_t *root;
	bool ok;

	*o = (struct quantize_overrides){.count = 0};
	if (text.len > TEXT_BYTES)
		return err_set(e, ERR_LIMIT,
			       "overrides have %zu bytes, limit %d", text.len,
			       TEXT_BYTES);
	if (!yaml_parser_initialize(&yaml))
		return err_set(e, ERR_MEMORY, "out of memory");
	ok = load(&yaml, &r, text);
	if (ok) {
		root = yaml_document_get_root_node(&r.doc);
		ok = root ? read_root(&r, root)
			  : err_set(e, ERR_FORMAT,
				    "overrides: the file is empty");
		yaml_document_delete(&r.doc);
	}
	yaml_parser_delete(&yaml);
	if (!ok)
		overrides_release(o);
	return ok;
}
