/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_write.c -- ModelProto and FunctionProto, and the file itself. */
#include "formats/onnx_write.h"

#include <inttypes.h>
#include <string.h>

#include "formats/onnx.h"
#include "formats/onnx_read.h"

/* ---- messages ------------------------------------------------------------ */

static void set_opsets(struct onnx_writer *w, size_t *n,
		       Onnx__OperatorSetIdProto ***field,
		       const struct opset *opset, uint32_t count)
{
	Onnx__OperatorSetIdProto **old = *field, **p;
	uint32_t done = 0;

	p = arena_array(&w->arena, Onnx__OperatorSetIdProto *, *n + count);
	for (size_t i = 0; i < *n; i++) {
		const char *domain = onnx_domain(old[i]->domain);

		for (uint32_t k = 0; k < count; k++) {
			if (strcmp(opset[k].domain, domain) != 0)
				continue;
			p[done] = arena_memdup(&w->arena, old[i], sizeof(**p));
			p[done++]->version = opset[k].version;
			break;
		}
	}
	for (uint32_t k = 0; k < count; k++) {
		bool is_old = false;

		for (size_t i = 0; i < *n && !is_old; i++)
			is_old = !strcmp(onnx_domain(old[i]->domain),
					 opset[k].domain);
		if (is_old)
			continue;
		p[done] = onnx_new(&w->arena, Onnx__OperatorSetIdProto,
				   onnx__operator_set_id_proto__descriptor);
		p[done]->domain = onnx_string(opset[k].domain);
		p[done]->has_version = true;
		p[done++]->version = opset[k].version;
	}
	*n = done;
	*field = p;
}

static void set_properties(struct onnx_writer *w, Onnx__ModelProto *p)
{
	const struct model *m = w->model;
	Onnx__StringStringEntryProto **x;

	x = arena_array(&w->arena, Onnx__StringStringEntryProto *,
			m->nproperty);
	for (uint32_t i = 0; i < m->nproperty; i++) {
		if (i < p->n_metadata_props)
			x[i] = arena_memdup(&w->arena, p->metadata_props[i],
					    sizeof(**x));
		else
			x[i] = onnx_new(
				&w->arena, Onnx__StringStringEntryProto,
				onnx__string_string_entry_proto__descriptor);
		onnx_set_text(&x[i]->key, m->property[i].key);
		onnx_set_text(&x[i]->value, m->property[i].value);
	}
	p->n_metadata_props = m->nproperty;
	p->metadata_props = x;
}

/* The names of values or ports into a repeated string field. */
static void set_interface(struct onnx_writer *w, Onnx__FunctionProto *p,
			  const struct graph *g)
{
	p->n_input = g->nin;
	p->input = arena_array(&w->arena, char *, g->nin);
	for (uint32_t i = 0; i < g->nin; i++)
		p->input[i] = onnx_string(name_of(&w->names, g->in[i]));
	p->n_output = g->nout;
	p->output = arena_array(&w->arena, char *, g->nout);
	for (uint32_t i = 0; i < g->nout; i++)
		p->output[i] = onnx_string(g->out[i].name);
}

static Onnx__FunctionProto *build_function(struct onnx_writer *w,
					   const struct function *f)
{
	const Onnx__FunctionProto *old = (const void *)f->origin;
	Onnx__FunctionProto *p;

	if (old)
		p = arena_memdup(&w->arena, old, sizeof(*old));
	else
		p = onnx_new(&w->arena, Onnx__FunctionProto,
			     onnx__function_proto__descriptor);
	onnx_set_text(&p->name, f->name);
	onnx_set_text(&p->overload, f->overload);
	if (strcmp(onnx_domain(p->domain), f->domain) != 0)
		p->domain = onnx_string(f->domain);
	set_opsets(w, &p->n_opset_import, &p->opset_import, f->opset,
		   f->nopset);
	set_interface(w, p, f->body);
	p->n_attribute = f->nattr;
	p->attribute = arena_array(&w->arena, char *, f->nattr);
	for (uint32_t i = 0; i < f->nattr; i++)
		p->attribute[i] = onnx_string(f->attr[i]);
	p->n_attribute_proto = f->nattr_default;
	p->attribute_proto = arena_array(&w->arena, Onnx__AttributeProto *,
					 f->nattr_default);
	for (uint32_t i = 0; i < f->nattr_default; i++)
		p->attribute_proto[i] = onnx_build_attr(w, &f->attr_default[i]);
	onnx_build_nodes(w, f->body, &p->n_node, &p->node);
	if (old)
		onnx_keep_infos(w, f->body, &old->base, &p->n_value_info,
				&p->value_info);
	return p;
}

Onnx__ModelProto *onnx_build_model(struct onnx_writer *w)
{
	const struct model *m = w->model;
	const Onnx__ModelProto *old = (const void *)m->origin;
	Onnx__ModelProto *p;

	if (old)
		p = arena_memdup(&w->arena, old, sizeof(*old));
	else
		p = onnx_new(&w->arena, Onnx__ModelProto,
			     onnx__model_proto__descriptor);
	p->has_ir_version = true;
	p->ir_version = m->ir_version;
	if (!old || old->n_opset_import || m->nopset != 1 ||
	    m->opset[0].version != 1)
		set_opsets(w, &p->n_opset_import, &p->opset_import, m->opset,
			   m->nopset);
	set_properties(w, p);
	p->graph = onnx_queue_write(w, m->main);
	p->n_functions = m->nfunction;
	p->functions = arena_array(&w->arena, Onnx__FunctionProto *,
				   m->nfunction);
	for (uint32_t i = 0; i < m->nfunction; i++)
		p->functions[i] = build_function(w, &m->function[i]);
	while (onnx_build_next_graph(w))
		;
	return p;
}

/* ---- tensors ------------------------------------------------------------- */

/* Below this, a tensor is not worth a place of its own in the data file. */
enum { EXTERNAL_MIN_BYTES = 1024, PAGE_BYTES = 4096 };

static uint64_t add_data(struct onnx_writer *w, const struct tensor *t)
{
	struct onnx_data_file *f = &w->file;
	const char *key = arena_printf(&w->arena, "%p+%zu", t->data, t->bytes);
	struct onnx_data_entry *grown;
	uint32_t i;

	if (map_get(&f->offsets, key, &i))
		return f->at[i].offset;
	if (f->count == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 64;
		grown = arena_array(&w->arena, struct onnx_data_entry, f->cap);
		if (f->count)
			memcpy(grown, f->at, f->count * sizeof(*grown));
		f->at = grown;
	}
	f->bytes = (f->bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	f->at[f->count] = (struct onnx_data_entry){t->data, t->bytes, f->bytes};
	map_add(&f->offsets, key, f->count);
	f->bytes += t->bytes;
	return f->at[f->count++].offset;
}

static Onnx__StringStringEntryProto *new_entry(struct onnx_writer *w,
					       const char *key,
					       const char *value)
{
	Onnx__StringStringEntryProto *p = onnx_new(
		&w->arena, Onnx__StringStringEntryProto,
		onnx__string_string_entry_proto__descriptor);

	p->key = onnx_string(key);
	p->value = onnx_string(value);
	return p;
}

static void make_external(struct onnx_writer *w, Onnx__TensorProto *p,
			  const struct tensor *t)
{
	uint64_t offset = add_data(w, t);

	if (!w->file.location)
		w->file.location = new_entry(w, "location", "");
	p->has_raw_data = false;
	p->has_data_location = true;
	p->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	p->n_external_data = 3;
	p->external_data = arena_array(&w->arena,
				       Onnx__StringStringEntryProto *, 3);
	p->external_data[0] = w->file.location;
	p->external_data[1] = new_entry(
		w, "offset", arena_printf(&w->arena, "%" PRIu64, offset));
	p->external_data[2] = new_entry(
		w, "length", arena_printf(&w->arena, "%zu", t->bytes));
}

Onnx__TensorProto *onnx_place_tensor(struct onnx_writer *w,
				     const struct tensor *t, const char *name,
				     enum onnx_role role)
{
	Onnx__TensorProto *p = onnx_build_tensor(&w->arena, t, name);
	bool external = p->has_data_location &&
			p->data_location ==
				ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	bool large = role == ROLE_CONSTANT && t->dtype != DTYPE_STRING &&
		     t->bytes >= EXTERNAL_MIN_BYTES;

	if (w->mode == DATA_AS_STORED || (!external && w->mode == DATA_INLINE))
		return p;
	if (w->mode == DATA_EXTERNAL && (external || large) && t->bytes) {
		p = onnx_without_data(&w->arena, p);
		make_external(w, p, t);
		return p;
	}
	if (!external)
		return p;
	p = onnx_without_data(&w->arena, p);
	p->has_raw_data = true;
	p->raw_data.len = t->bytes;
	p->raw_data.data = (uint8_t *)(uintptr_t)t->data;
	return p;
}

/* ---- the file ------------------------------------------------------------ */

static void writer_init(struct onnx_writer *w, const struct model *m,
			enum onnx_data_mode mode)
{
	*w = (struct onnx_writer){.model = m, .mode = mode};
	w->file.offsets.arena = &w->arena;
	names_init(&w->names, m);
}

static void writer_release(struct onnx_writer *w)
{
	names_release(&w->names);
	arena_release(&w->arena);
}

bool onnx_write_stream(struct sink *out, const struct model *m, struct err *e)
{
	struct onnx_writer w;
	bool ok;

	writer_init(&w, m, DATA_AS_STORED);
	ok = onnx_pack(&onnx_build_model(&w)->base, out, e);
	writer_release(&w);
	return ok;
}

static enum onnx_data_mode choose_mode(const struct model *m, const char *path,
				       const struct write_opts *o)
{
	if (o && o->external == EXTERNAL_YES)
		return DATA_EXTERNAL;
	if (o && o->external == EXTERNAL_NO)
		return DATA_INLINE;
	if (!onnx_has_external(m) || onnx_can_keep_external(m, path))
		return DATA_AS_STORED;
	return strcmp(path, "-") ? DATA_EXTERNAL : DATA_INLINE;
}

static bool write_file(const Onnx__ModelProto *p, const char *path,
		       struct err *e)
{
	struct output out;

	if (!output_begin(&out, path, e))
		return false;
	if (onnx_pack(&p->base, &out.sink, e))
		return output_commit(&out, e);
	output_abort(&out);
	return false;
}

/* The data first: until the model is renamed, the old pair is whole. */
static bool write_all(struct onnx_writer *w, const Onnx__ModelProto *p,
		      const char *path, const struct write_opts *o,
		      struct err *e)
{
	bool kept = w->mode == DATA_AS_STORED && onnx_has_external(w->model);

	if (kept && !onnx_copy_external(w->model, path, e))
		return false;
	if (w->file.count && !onnx_write_data(w, path, o, e))
		return false;
	if (!write_file(p, path, e))
		return false;
	if (strcmp(path, "-") != 0 && !kept)
		onnx_sweep_data(w, path);
	return true;
}

bool onnx_write_model(const char *path, const struct model *m,
		      const struct write_opts *o, struct err *e)
{
	enum onnx_data_mode mode = choose_mode(m, path, o);
	struct onnx_writer w;
	Onnx__ModelProto *p;
	size_t bytes;
	bool ok;

	writer_init(&w, m, mode);
	p = onnx_build_model(&w);
	bytes = protobuf_c_message_get_packed_size(&p->base);
	if (bytes > INT32_MAX && strcmp(path, "-") != 0 &&
	    !(o && o->external == EXTERNAL_NO)) {
		writer_release(&w);
		writer_init(&w, m, DATA_EXTERNAL);
		p = onnx_build_model(&w);
	}
	if (w.mode == DATA_EXTERNAL && !strcmp(path, "-"))
		ok = err_set(e, ERR_UNSUPPORTED,
			     "standard output takes no external data, want a "
			     "file or inline data");
	else
		ok = write_all(&w, p, path, o, e);
	writer_release(&w);
	return ok;
}
