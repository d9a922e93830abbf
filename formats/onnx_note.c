/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_note.c -- findings that only the messages of a file show. */
#include <inttypes.h>

#include "base/str.h"
#include "formats/onnx_read.h"

static void note_metadata(struct onnx_reader *r, const Onnx__ModelProto *p)
{
	struct map keys = {.arena = &r->model->arena};

	for (size_t i = 0; i < p->n_metadata_props; i++) {
		const char *key = onnx_text(p->metadata_props[i]->key);

		if (!map_add(&keys, key, 0))
			findings_add(r->found, RULE_METADATA,
				     &(struct where){.value = key},
				     "the metadata have the key '%s' twice",
				     key);
	}
}

static const Onnx__TensorShapeProto *shape_in(const Onnx__TypeProto *t)
{
	switch (t ? t->value_case : ONNX__TYPE_PROTO__VALUE__NOT_SET) {
	case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
		return t->tensor_type->shape;
	case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
		return t->sparse_tensor_type->shape;
	default:
		return NULL;
	}
}

static bool is_negative(const Onnx__TensorShapeProto__Dimension *d)
{
	return d->value_case ==
		       ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
	       d->dim_value < 0;
}

/* The reader takes negative dimensions for unknown ones. */
static void note_dims(struct onnx_reader *r, const struct graph *g,
		      Onnx__ValueInfoProto *const *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Onnx__TensorShapeProto *s = shape_in(p[i]->type);
		const struct where at = {.graph = g, .value = p[i]->name};

		for (size_t k = 0; s && k < s->n_dim; k++)
			if (is_negative(s->dim[k]))
				findings_add(r->found, RULE_NEGATIVE_DIM, &at,
					     "dimension %zu of '%s' is "
					     "%" PRId64 ", want 0 or more, a "
					     "name or nothing",
					     k, onnx_text(p[i]->name),
					     s->dim[k]->dim_value);
	}
}

static void refuse_shape(struct onnx_reader *r, const struct where *at,
			 const struct tensor *t, const struct type *said)
{
	struct type found = type_tensor(t->dtype, &t->shape);
	struct str a = {0}, b = {0};

	type_print(&a, &found, &r->model->symbols);
	type_print(&b, said, &r->model->symbols);
	findings_add(r->found, RULE_DECLARED_SHAPE, at,
		     "initializer '%s' is %s, declared is %s", at->value,
		     a.text, b.text);
	str_release(&a);
	str_release(&b);
}

/* T, of an initializer, and what an input or a value_info says about it. */
static void compare_types(struct onnx_reader *r, const struct graph *g,
			  const char *name, const struct tensor *t,
			  const struct type *said)
{
	const struct where at = {.graph = g, .value = name};
	bool same = said->shape.rank == t->shape.rank;

	if (said->kind == TYPE_TENSOR && said->dtype != DTYPE_NONE &&
	    said->dtype != t->dtype)
		findings_add(r->found, RULE_DECLARED_TYPE, &at,
			     "initializer '%s' has element type %s, declared "
			     "is %s",
			     name, dtype_info[t->dtype].text,
			     dtype_info[said->dtype].text);
	for (int32_t i = 0; same && i < said->shape.rank; i++)
		same = said->shape.dim[i] < 0 ||
		       said->shape.dim[i] == t->shape.dim[i];
	if (said->kind == TYPE_TENSOR && said->shape.rank >= 0 && !same)
		refuse_shape(r, &at, t, said);
}

static void note_initializers(struct onnx_reader *r, const struct onnx_scope *s,
			      Onnx__ValueInfoProto *const *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = onnx_text(p[i]->name);
		const struct tensor *t;
		struct type said;
		uint32_t k;

		if (!map_get(&s->names, name, &k))
			continue;
		t = s->value[k]->konst ? s->value[k]->konst
				       : s->value[k]->fallback;
		/* A type that is none was found when it was read. */
		if (t && onnx_read_type(r, &said, p[i]->type))
			compare_types(r, s->graph, name, t, &said);
	}
}

void onnx_note(struct onnx_reader *r, const Onnx__ModelProto *p)
{
	note_metadata(r, p);
	if (p->ir_version < 6 && p->graph->n_sparse_initializer)
		findings_add(r->found, RULE_IR_FEATURE, &(struct where){0},
			     "sparse initializers came with IR version 6, the "
			     "model's is %" PRId64,
			     p->ir_version);
	for (const struct onnx_scope *s = r->first; s; s = s->next) {
		const Onnx__GraphProto *g = s->proto;

		if (!g) {
			note_dims(r, s->graph, s->function->value_info,
				  s->function->n_value_info);
			continue;
		}
		note_dims(r, s->graph, g->input, g->n_input);
		note_dims(r, s->graph, g->output, g->n_output);
		note_dims(r, s->graph, g->value_info, g->n_value_info);
		note_initializers(r, s, g->input, g->n_input);
		note_initializers(r, s, g->value_info, g->n_value_info);
	}
	onnx_external_note(&r->source);
}
