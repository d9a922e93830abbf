/* SPDX-License-Identifier: Apache-2.0 */
/* graph/model.c -- models: life, payloads, warnings, opsets, metadata. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"

/* A payload that the model frees; linked newest first. */
struct owned {
	struct buf buf;
	struct owned *next;
};

struct model *model_new(struct budget *budget)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		die_oom();
	m->budget = budget;
	m->symbols.arena = &m->arena;
	m->main = graph_new(m, NULL);
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	for (struct owned *o = m->owned; o; o = o->next)
		buf_free(&o->buf);
	for (struct input *in = m->is_copy ? NULL : m->inputs, *next; in;
	     in = next) {
		next = in->next;
		input_close(in);
	}
	arena_release(&m->arena);
	free(m);
}

void model_keep_input(struct model *m, struct input *in)
{
	struct input *kept = arena_memdup(&m->arena, in, sizeof(*in));

	if (m->is_copy)
		bug("a copy of a model opens %s", in->path);
	kept->next = m->inputs;
	m->inputs = kept;
	memset(in, 0, sizeof(*in));
	in->fd = in->dir = -1;
}

bool model_alloc(struct model *m, size_t bytes, void **out, struct err *e)
{
	struct owned *o = arena_new(&m->arena, struct owned);

	if (!buf_alloc(&o->buf, bytes, m->budget, e))
		return false;
	o->next = m->owned;
	m->owned = o;
	*out = o->buf.data;
	return true;
}

void model_drop(struct model *m, const void *data)
{
	for (struct owned **link = &m->owned; *link; link = &(*link)->next)
		if (data && (*link)->buf.data == data) {
			buf_free(&(*link)->buf);
			*link = (*link)->next;
			return;
		}
}

void model_forget(struct model *m, const struct tensor *t)
{
	for (const struct input *in = m->inputs; in; in = in->next)
		if (input_forget(in, t->data, t->bytes))
			return;
	model_drop(m, t->data);
}

void model_warn(struct model *m, const char *fmt, ...)
{
	struct err e; /* for its escaping */
	const char **grown;
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(&e, ERR_NONE, "%s", text);
	grown = arena_array(&m->arena, const char *, m->nwarning + 1);
	if (m->nwarning)
		memcpy(grown, m->warning, m->nwarning * sizeof(*grown));
	grown[m->nwarning++] = arena_strdup(&m->arena, e.msg);
	m->warning = grown;
}

static bool same_domain(const char *a, const char *b)
{
	if (!strcmp(a, "ai.onnx"))
		a = "";
	if (!strcmp(b, "ai.onnx"))
		b = "";
	return !strcmp(a, b);
}

int64_t model_opset(const struct model *m, const char *domain)
{
	for (uint32_t i = 0; i < m->nopset; i++)
		if (same_domain(m->opset[i].domain, domain))
			return m->opset[i].version;
	return -1;
}

void model_set_opset(struct model *m, const char *domain, int64_t version)
{
	struct opset *grown;

	for (uint32_t i = 0; i < m->nopset; i++)
		if (same_domain(m->opset[i].domain, domain)) {
			m->opset[i].version = version;
			return;
		}
	grown = arena_array(&m->arena, struct opset, m->nopset + 1);
	if (m->nopset)
		memcpy(grown, m->opset, m->nopset * sizeof(*grown));
	grown[m->nopset++] = (struct opset){arena_strdup(&m->arena, domain),
					    version};
	m->opset = grown;
}

const char *model_property(const struct model *m, const char *key)
{
	for (uint32_t i = 0; i < m->nproperty; i++)
		if (!strcmp(m->property[i].key, key))
			return m->property[i].value;
	return NULL;
}

void model_set_property(struct model *m, const char *key, const char *value)
{
	struct property *grown;

	value = arena_strdup(&m->arena, value);
	for (uint32_t i = 0; i < m->nproperty; i++)
		if (!strcmp(m->property[i].key, key)) {
			m->property[i].value = value;
			return;
		}
	grown = arena_array(&m->arena, struct property, m->nproperty + 1);
	if (m->nproperty)
		memcpy(grown, m->property, m->nproperty * sizeof(*grown));
	grown[m->nproperty++] = (struct property){arena_strdup(&m->arena, key),
						  value};
	m->property = grown;
}
