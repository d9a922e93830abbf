/* SPDX-License-Identifier: Apache-2.0 */
/* package/triton.c -- a model repository for Triton Inference Server.
 *
 *     DIR/NAME/config.pbtxt
 *     DIR/NAME/labels.txt            with --labels
 *     DIR/NAME/VERSION/model.onnx
 *
 * The onnxruntime backend batches a model only if every input and output has
 * a free first dimension; dims then leave it out.  A model that could batch
 * but does not say so is filled in by the server (batch 4), so the value is
 * always explicit.  Empty dims are not allowed there: a scalar is [1] with a
 * reshape.
 * Source: Triton model_configuration.md and the backend's README.
 */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "package/package.h"
#include "package/publish.h"

enum { DEFAULT_BATCH = 8 };

static const char *triton_type(enum dtype t)
{
	static const char *const names[DTYPE_COUNT] = {
		[DTYPE_BOOL] = "TYPE_BOOL",  [DTYPE_U8] = "TYPE_UINT8",
		[DTYPE_U16] = "TYPE_UINT16", [DTYPE_U32] = "TYPE_UINT32",
		[DTYPE_U64] = "TYPE_UINT64", [DTYPE_I8] = "TYPE_INT8",
		[DTYPE_I16] = "TYPE_INT16",  [DTYPE_I32] = "TYPE_INT32",
		[DTYPE_I64] = "TYPE_INT64",  [DTYPE_F16] = "TYPE_FP16",
		[DTYPE_F32] = "TYPE_FP32",   [DTYPE_F64] = "TYPE_FP64",
		[DTYPE_BF16] = "TYPE_BF16",  [DTYPE_STRING] = "TYPE_STRING",
	};

	return names[t];
}

/* One input or output of the interface. */
struct side {
	const char *name;
	struct type type;
};

struct interface {
	struct side *in, *out;
	uint32_t nin, nout;
};

static struct interface interface_of(const struct graph *g, struct arena *a)
{
	struct interface x = {.in = arena_array(a, struct side, g->nin),
			      .out = arena_array(a, struct side, g->nout)};

	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]))
			x.in[x.nin++] = (struct side){g->in[i]->name,
						      g->in[i]->type};
	for (uint32_t i = 0; i < g->nout; i++) {
		const struct port *p = &g->out[i];
		const struct value *v = p->read.value;

		/* Inference knows at least what the file declares. */
		x.out[x.nout++] = (struct side){p->name, v ? v->type : p->type};
	}
	return x;
}

static bool check_side(const struct side *s, struct err *e)
{
	if (s->type.kind != TYPE_TENSOR)
		return err_set(e, ERR_UNSUPPORTED,
			       "'%s' is no tensor; Triton serves tensors only",
			       s->name);
	if (!triton_type(s->type.dtype))
		return err_set(e, ERR_UNSUPPORTED,
			       "'%s' is %s, which Triton does not serve",
			       s->name, dtype_info[s->type.dtype].text);
	if (s->type.shape.rank == RANK_UNKNOWN)
		return err_set(e, ERR_UNSUPPORTED,
			       "'%s' has no known rank, which a Triton "
			       "configuration needs",
			       s->name);
	return true;
}

static bool check_interface(const struct interface *x, struct err *e)
{
	for (uint32_t i = 0; i < x->nin; i++)
		if (!check_side(&x->in[i], e))
			return false;
	for (uint32_t i = 0; i < x->nout; i++)
		if (!check_side(&x->out[i], e))
			return false;
	return true;
}

static bool first_is_free(const struct side *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (s[i].type.shape.rank < 1 || s[i].type.shape.dim[0] >= 0)
			return false;
	return true;
}

static bool can_batch(const struct interface *x)
{
	return first_is_free(x->in, x->nin) && first_is_free(x->out, x->nout);
}

static void add_string(struct str *s, const char *text)
{
	str_addc(s, '"');
	str_add_escaped(s, text, strlen(text));
	str_addc(s, '"');
}

static void add_side(struct str *s, const struct side *side, bool batched,
		     const char *labels)
{
	const struct shape *sh = &side->type.shape;

	str_add(s, "  {\n    name: ");
	add_string(s, side->name);
	str_addf(s, "\n    data_type: %s\n    dims: [",
		 triton_type(side->type.dtype));
	for (int32_t i = batched; i < sh->rank; i++)
		str_addf(s, "%s %" PRId64, i > (int32_t)batched ? "," : "",
			 sh->dim[i] >= 0 ? sh->dim[i] : -1);
	if (sh->rank == (int32_t)batched)
		str_add(s, " 1 ]\n    reshape { shape: [ ] }\n");
	else
		str_add(s, " ]\n");
	if (labels)
		str_add(s, "    label_filename: \"labels.txt\"\n");
	str_add(s, "  }");
}

static void add_sides(struct str *s, const char *key, const struct side *side,
		      uint32_t n, bool batched, const char *labels)
{
	str_addf(s, "%s [\n", key);
	for (uint32_t i = 0; i < n; i++) {
		add_side(s, &side[i], batched, i ? NULL : labels);
		str_add(s, i + 1 < n ? ",\n" : "\n");
	}
	str_add(s, "]\n");
}

static void add_config(struct str *s, const struct interface *x,
		       const struct package_opts *o, int batch)
{
	str_add(s, "name: ");
	add_string(s, o->name);
	str_addf(s, "\nbackend: \"onnxruntime\"\nmax_batch_size: %d\n", batch);
	add_sides(s, "input", x->in, x->nin, batch > 0, NULL);
	add_sides(s, "output", x->out, x->nout, batch > 0, o->labels);
	str_add(s, "instance_group [ { kind: KIND_CPU, count: 1 } ]\n");
	if (batch > 1)
		str_add(s, "dynamic_batching { }\n");
	if (o->threads)
		str_addf(s,
			 "parameters {\n  key: \"intra_op_thread_count\"\n"
			 "  value { string_value: \"%d\" }\n}\n",
			 o->threads);
}

static bool write_file(const char *path, struct bytes content, struct err *e)
{
	struct output o;

	if (!output_begin(&o, path, e))
		return false;
	if (!sink_write(&o.sink, content.at, content.len, e)) {
		output_abort(&o);
		return false;
	}
	return output_commit(&o, e);
}

static bool copy_labels(const char *to, const char *from, struct err *e)
{
	struct input in;
	bool ok;

	if (!input_open(&in, from, NULL, e))
		return false;
	ok = write_file(to, in.bytes, e);
	input_close(&in);
	return ok;
}

static bool check_opts(const struct package_opts *o, struct err *e)
{
	size_t digits = strspn(o->version, "0123456789");

	if (!digits || o->version[digits] || o->version[0] == '0' ||
	    digits > 18)
		return err_set(e, ERR_USAGE,
			       "version '%s': Triton wants a positive number "
			       "without leading zeros",
			       o->version);
	if (!o->name[0] || o->name[0] == '.' || strchr(o->name, '/'))
		return err_set(e, ERR_USAGE,
			       "name '%s' cannot be a folder of the repository",
			       o->name);
	return true;
}

/* Weights that do not fit into one protobuf message lie beside the model, in
 * a folder that takes the place of the file. */
static bool needs_folder(const struct model *m)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < m->main->nkonst; i++)
		bytes += m->main->konst[i]->konst->bytes;
	return bytes > UINT64_C(2000) << 20;
}

static bool write_model(const struct model *m, struct publication *p,
			struct err *e)
{
	struct write_opts opts = {.external = EXTERNAL_NO};
	const char *path = arena_printf(&p->arena, "%s/model.onnx", p->temp);

	if (needs_folder(m)) {
		opts.external = EXTERNAL_YES;
		if (!publish_folder(path, e))
			return false;
		path = arena_printf(&p->arena, "%s/model.onnx", path);
	}
	return format_write_model(path, m, &opts, e);
}

/* Clients see a version when its folder appears, so it comes last. */
static bool publish(const struct model *m, const struct package_opts *o,
		    const char *folder, const struct str *config, struct err *e)
{
	struct bytes text = {(const uint8_t *)config->text, config->len};
	struct publication p;
	bool ok;

	if (!publish_begin(&p, folder, o->version, e))
		return false;
	ok = write_model(m, &p, e);
	if (ok && o->labels)
		ok = copy_labels(
			arena_printf(&p.arena, "%s/labels.txt", folder),
			o->labels, e);
	ok = ok && write_file(arena_printf(&p.arena, "%s/config.pbtxt", folder),
			      text, e);
	if (!ok) {
		publish_abort(&p);
		return false;
	}
	return publish_commit(&p, e);
}

static bool choose_batch(const struct interface *x,
			 const struct package_opts *o, int *batch,
			 struct err *e)
{
	bool free_dims = can_batch(x);

	if (o->max_batch > 0 && !free_dims)
		return err_set(e, ERR_UNSUPPORTED,
			       "a batch needs a free first dimension on every "
			       "input and output");
	*batch = o->max_batch >= 0 ? o->max_batch
		 : free_dims	   ? DEFAULT_BATCH
				   : 0;
	return true;
}

static bool write_triton(const struct model *m, const struct package_opts *o,
			 struct err *e)
{
	struct arena a = {0};
	struct interface x = interface_of(m->main, &a);
	struct str config = {0};
	int batch = 0;
	bool ok = check_opts(o, e) && check_interface(&x, e) &&
		  choose_batch(&x, o, &batch, e);

	if (ok) {
		add_config(&config, &x, o, batch);
		ok = publish(m, o, arena_printf(&a, "%s/%s", o->dir, o->name),
			     &config, e);
	}
	str_release(&config);
	arena_release(&a);
	return ok;
}

const struct target package_rows_triton[] = {
	{"triton", "model repository for Triton Inference Server",
	 write_triton},
	{0},
};
