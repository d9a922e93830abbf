/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_read.c -- models and functions of ONNX's text syntax. */
#include "formats/onnxtxt.h"

#include <string.h>

#include "formats/onnxtxt_origin.h"
#include "formats/onnxtxt_read.h"

/* ---- headers ------------------------------------------------------------ */

static bool read_opsets(struct reader *r, struct opset **list, uint32_t *count,
			struct err *e)
{
	struct lex *l = &r->lex;
	struct opset x;

	if (!lex_want(l, '[', e))
		return false;
	if (lex_take(l, ']'))
		return true;
	do {
		const char *at = (lex_peek(l), l->at);

		if (!read_string(r, &x.domain, e) || !lex_want(l, ':', e) ||
		    !lex_int(l, &x.version, e))
			return false;
		for (uint32_t i = 0; i < *count; i++)
			if (!strcmp((*list)[i].domain, x.domain))
				return lex_fail(l, at, e,
						"opset '%s' is imported twice",
						x.domain);
		*list = array_add(r->arena, *list, *count, sizeof(x));
		(*list)[(*count)++] = x;
	} while (lex_take(l, ','));
	return lex_want(l, ']', e);
}

static bool read_properties(struct reader *r, struct err *e)
{
	struct lex *l = &r->lex;
	const char *key, *value;

	if (!lex_want(l, '[', e))
		return false;
	if (lex_take(l, ']'))
		return true;
	do {
		const char *at = (lex_peek(l), l->at);

		if (!read_string(r, &key, e) || !lex_want(l, ':', e) ||
		    !read_string(r, &value, e))
			return false;
		if (model_property(r->model, key))
			return lex_fail(l, at, e,
					"metadata '%s' is given twice", key);
		model_set_property(r->model, key, value);
	} while (lex_take(l, ','));
	return lex_want(l, ']', e);
}

/* Where a key of text goes; NULL if H has no such key for this kind. */
static const char **header_slot(struct header_text *h, struct span key,
				struct function *f)
{
	if (span_is(key, "doc_string"))
		return &h->doc_string;
	if (f)
		return span_is(key, "domain")	  ? &f->domain
		       : span_is(key, "overload") ? &f->overload
						  : NULL;
	return span_is(key, "domain")		  ? &h->domain
	       : span_is(key, "producer_name")	  ? &h->producer_name
	       : span_is(key, "producer_version") ? &h->producer_version
						  : NULL;
}

/* The value behind "key:", for a function if F is given. */
static bool read_header_value(struct reader *r, struct header_text *h,
			      struct span key, struct function *f,
			      struct err *e)
{
	struct model *m = r->model;
	const char **slot = header_slot(h, key, f);

	if (slot)
		return read_string(r, slot, e);
	if (span_is(key, "opset_import"))
		return f ? read_opsets(r, &f->opset, &f->nopset, e)
			 : read_opsets(r, &m->opset, &m->nopset, e);
	if (!f && span_is(key, "ir_version"))
		return lex_int(&r->lex, &m->ir_version, e);
	if (!f && span_is(key, "metadata_props"))
		return read_properties(r, e);
	if (!f && span_is(key, "model_version")) {
		h->has_version = true;
		return lex_int(&r->lex, &h->version, e);
	}
	return lex_fail(&r->lex, key.at, e, "'%.*s' is no key of a %s",
			key.len > 60 ? 60 : (int)key.len, key.at,
			f ? "function" : "model");
}

static bool read_header(struct reader *r, struct header_text *h,
			struct function *f, struct err *e)
{
	struct map seen = {.arena = &r->scratch};
	struct span key;

	*h = (struct header_text){0};
	if (!lex_take(&r->lex, '<'))
		return true;
	do {
		if (!lex_take_word(&r->lex, &key))
			return lex_expected(&r->lex, "a key", e);
		if (!map_add(&seen, arena_strndup(&r->scratch, key.at, key.len),
			     0))
			return lex_fail(
				&r->lex, key.at, e, "'%.*s' is given twice",
				key.len > 60 ? 60 : (int)key.len, key.at);
		if (!lex_want(&r->lex, ':', e) ||
		    !read_header_value(r, h, key, f, e))
			return false;
	} while (lex_take(&r->lex, ','));
	return lex_want(&r->lex, '>', e);
}

/* ---- functions ---------------------------------------------------------- */

/* "<alpha, beta: float = 1.0>": parameters, some with a default. */
static bool read_parameters(struct reader *r, struct function *f, struct err *e)
{
	if (!lex_take(&r->lex, '<') || lex_take(&r->lex, '>'))
		return true;
	do {
		struct attr x = {0};
		int c;

		if (!read_name(r, NAME_NEEDED, &x.name, e))
			return false;
		c = lex_peek(&r->lex);
		if (c != ':' && c != '=') {
			f->attr = array_add(r->arena, (void *)f->attr, f->nattr,
					    sizeof(*f->attr));
			f->attr[f->nattr++] = x.name;
			continue;
		}
		if (!read_attr_value(r, &x, e))
			return false;
		f->attr_default = array_add(r->arena, f->attr_default,
					    f->nattr_default, sizeof(x));
		f->attr_default[f->nattr_default++] = x;
	} while (lex_take(&r->lex, ','));
	return lex_want(&r->lex, '>', e);
}

static bool read_function(struct reader *r, struct err *e)
{
	struct model *m = r->model;
	const char *at = (lex_peek(&r->lex), r->lex.at);
	struct function *f;
	struct header_text h;

	if (m->nfunction >= r->lim->functions)
		return lex_fail_code(&r->lex, at, e, ERR_LIMIT,
				     "more than %u functions",
				     (unsigned)r->lim->functions);
	m->function = array_add(r->arena, m->function, m->nfunction,
				sizeof(*m->function));
	f = &m->function[m->nfunction];
	f->domain = f->overload = "";
	f->body = graph_new(m, NULL);
	if (!read_header(r, &h, f, e) ||
	    !read_name(r, NAME_NEEDED, &f->name, e))
		return false;
	r->open = f->body;
	if (!read_parameters(r, f, e) || !read_graph_body(r, f->body, e))
		return false;
	header_set_function(m, f, &h);
	for (uint32_t i = 0; i < m->nfunction; i++)
		if (!r->found && !strcmp(m->function[i].name, f->name) &&
		    !strcmp(m->function[i].domain, f->domain) &&
		    !strcmp(m->function[i].overload, f->overload))
			return lex_fail(&r->lex, at, e,
					"function '%s' is defined twice",
					f->name);
	m->nfunction++;
	return true;
}

/* ---- models ------------------------------------------------------------- */

static bool read_model(struct reader *r, struct err *e)
{
	struct model *m = r->model;
	struct header_text h;
	const char *at = (lex_peek(&r->lex), r->lex.at);

	if (!read_header(r, &h, NULL, e))
		return false;
	if (m->ir_version < 1)
		return lex_fail(&r->lex, at, e,
				"the header has no positive ir_version");
	/* Opset imports came with IR version 3. */
	if (!m->nopset && m->ir_version >= 3 &&
	    !lex_fail(&r->lex, at, e, "the header has no opset_import") &&
	    !findings_take(r->found, RULE_MISSING_OPSET, &(struct where){0}, e))
		return false;
	header_set_model(m, &h);
	if (!read_name(r, NAME_MAY_BE_EMPTY, &m->main->name, e) ||
	    !read_graph_body(r, m->main, e))
		return false;
	r->in_function = true;
	while (lex_peek(&r->lex) >= 0)
		if (!read_function(r, e))
			return false;
	return model_check_calls(m, r->lim->nodes, r->found, e);
}

bool onnxtxt_parse(struct model **out, struct bytes text,
		   const struct limits *lim, struct err *e)
{
	return onnxtxt_check(out, text, lim, NULL, e);
}

bool onnxtxt_check(struct model **out, struct bytes text,
		   const struct limits *lim, struct findings *found,
		   struct err *e)
{
	const char *at = (const char *)text.at;
	struct limits filled = limits_filled(lim);
	struct reader r = {
		.lex = {at, at, at + text.len}, .lim = &filled, .found = found};
	bool ok;

	r.model = model_new(filled.memory);
	r.arena = &r.model->arena;
	ok = read_model(&r, e);
	arena_release(&r.scratch);
	if (!ok) {
		model_free(r.model);
		return false;
	}
	*out = r.model;
	return true;
}
