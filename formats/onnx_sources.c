/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_sources.c -- where a node came from, kept in the file.
 *
 * Entry i of node.sources is the metadata property "mlopt.source.<i>" with
 * the value "<rewrite> <node>", so that a chain of commands still speaks of
 * the nodes of the first model.
 */
#include <string.h>

#include "base/str.h"
#include "formats/onnx_read.h"
#include "formats/onnx_write.h"

static const char prefix[] = "mlopt.source.";

enum { MAX_SOURCES = 256 };

static bool is_source(const Onnx__StringStringEntryProto *p)
{
	return p->key && str_starts(p->key, prefix);
}

const struct source *onnx_read_sources(struct arena *a,
				       const Onnx__NodeProto *p)
{
	const struct source *first = NULL, **link = &first;

	for (size_t i = 0; i < p->n_metadata_props; i++) {
		const Onnx__StringStringEntryProto *x = p->metadata_props[i];
		const char *space = x->value ? strchr(x->value, ' ') : NULL;
		struct source *s;

		if (!is_source(x) || !space)
			continue;
		s = arena_new(a, struct source);
		s->rewrite = arena_strndup(a, x->value,
					   (size_t)(space - x->value));
		s->node = space + 1;
		*link = s;
		link = &s->next;
	}
	return first;
}

void onnx_build_sources(struct onnx_writer *w, const struct node *n,
			Onnx__NodeProto *p)
{
	struct arena *a = &w->arena;
	size_t count = p->n_metadata_props, kept = 0;
	Onnx__StringStringEntryProto **x;
	const struct source *s = n->sources;

	for (size_t i = 0; !s && i < count; i++)
		if (is_source(p->metadata_props[i]))
			kept++;
	if (!s && !kept)
		return;
	x = arena_array(a, Onnx__StringStringEntryProto *, count + MAX_SOURCES);
	kept = 0;
	for (size_t i = 0; i < count; i++)
		if (!is_source(p->metadata_props[i]))
			x[kept++] = p->metadata_props[i];
	for (unsigned i = 0; s && i < MAX_SOURCES; s = s->next, i++) {
		Onnx__StringStringEntryProto *q = onnx_new(
			a, Onnx__StringStringEntryProto,
			onnx__string_string_entry_proto__descriptor);

		q->key = arena_printf(a, "%s%u", prefix, i);
		q->value = arena_printf(a, "%s %s", onnx_text(s->rewrite),
					onnx_text(s->node));
		x[kept++] = q;
	}
	p->n_metadata_props = kept;
	p->metadata_props = x;
}
