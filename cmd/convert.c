/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/convert.c -- mlopt convert: the same model in another file.
 *
 * Without options that change the model, everything that the file says is
 * written back, also what is not understood here.
 */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/fix_dims.h"
#include "cmd/provenance.h"
#include "formats/format.h"
#include "ops/op.h"
#include "passes/inline_functions.h"
#include "passes/opset_convert.h"
#include "passes/opset_ml.h"

struct convert_opts {
	struct common_opts common;
	const char *external_data;
	bool inline_data;
	bool inline_functions;
	struct opt_list dim, opset;
	bool keep_overridable;
};

static const struct opt opts[] = {
	OPT_MAYBE(struct convert_opts, external_data, 0, "NAME",
		  "write weights to the file NAME beside OUT"),
	OPT(struct convert_opts, inline_data, 0, NULL,
	    "write weights into OUT itself"),
	OPT(struct convert_opts, inline_functions, 0, NULL,
	    "put the bodies of the model's functions where they are called"),
	OPT(struct convert_opts, dim, 0, "NAME=N",
	    "make N of dimension NAME everywhere; may be repeated"),
	OPT(struct convert_opts, opset, 0, "[DOMAIN=]V",
	    "convert to version V of the default operator set, or of "
	    "ai.onnx.ml"),
	OPT(struct convert_opts, keep_overridable, 0, NULL,
	    "keep inputs that have a default as inputs"),
	OPT_LAST,
};

static bool check(const struct convert_opts *o, struct write_opts *w,
		  struct err *e)
{
	if (o->external_data && o->inline_data)
		return err_set(e, ERR_USAGE,
			       "options '--external-data' and '--inline-data' "
			       "exclude each other");
	*w = (struct write_opts){.external = EXTERNAL_AS_IS};
	if (o->external_data) {
		w->external = EXTERNAL_YES;
		w->data_name = *o->external_data ? o->external_data : NULL;
	}
	if (o->inline_data)
		w->external = EXTERNAL_NO;
	return true;
}

/* IR 3 lists every constant as an input; IR 4 says by it that a caller may
 * override the constant. */
static void keep_overridable(struct model *m)
{
	struct graph *g = m->main;

	for (uint32_t i = 0; i < g->nin; i++) {
		struct value *v = g->in[i];

		if (!v->konst)
			continue;
		v->fallback = v->konst;
		v->konst = NULL;
	}
}

/* Nodes that do not fit into one message are told one by one. */
static void warn_of_each(const struct common_opts *c, const char *lines)
{
	while (lines && *lines) {
		int n = (int)strcspn(lines, "\n");

		cmd_warn(c, "%.*s", n, lines);
		lines += n + (lines[n] == '\n');
	}
}

/* "V" or "DOMAIN=V" */
static bool change_one_opset(struct model *m, const struct common_opts *c,
			     const char *text, struct err *e)
{
	const char *equals = strrchr(text, '=');
	size_t domain = equals ? (size_t)(equals - text) : 0;
	struct str refused = {0};
	long long version;
	bool ok;

	if (!str_to_int(equals ? equals + 1 : text, &version) || version < 1)
		return err_set(e, ERR_USAGE,
			       "option '--opset': '%s' is no version", text);
	if (domain == strlen("ai.onnx.ml") &&
	    !strncmp(text, "ai.onnx.ml", domain))
		return convert_ml_opset(m, version, e);
	if (domain && strncmp(text, "ai.onnx=", domain + 1) != 0)
		return err_set(e, ERR_USAGE,
			       "option '--opset': '%.*s' is no domain that is "
			       "converted, want ai.onnx or ai.onnx.ml",
			       (int)domain, text);
	ok = convert_opset(m, version, &refused, e);
	warn_of_each(c, refused.text);
	str_release(&refused);
	return ok;
}

static bool change_opsets(struct model *m, const struct convert_opts *o,
			  struct err *e)
{
	if (!o->opset.count)
		return true;
	op_bind_model(m);
	if (!infer_model(m, e))
		return false;
	for (int i = 0; i < o->opset.count; i++)
		if (!change_one_opset(m, &o->common, o->opset.at[i], e))
			return false;
	return true;
}

static bool convert(const struct convert_opts *o, const char *from,
		    const struct write_opts *w, struct err *e)
{
	const struct common_opts *c = &o->common;
	bool changed = o->dim.count || o->opset.count || o->inline_functions;
	struct model *m;
	bool ok;

	if (!format_read_model(&m, from, &c->limits, e))
		return false;
	for (uint32_t i = 0; i < m->nwarning; i++)
		cmd_warn(c, "%s: %s", from, m->warning[i]);
	ok = (!o->inline_functions || inline_functions(m, &c->limits, e)) &&
	     fix_dims(m, &o->dim, e);
	if (ok && o->keep_overridable)
		keep_overridable(m);
	ok = ok && change_opsets(m, o, e);
	if (ok && changed)
		provenance_add(m, c);
	ok = ok && format_write_model(c->output, m, w, e);
	model_free(m);
	return ok;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct convert_opts *o = (struct convert_opts *)common;
	struct write_opts w;

	(void)argc;
	if (!check(o, &w, e) || !convert(o, argv[0], &w, e))
		return CMD_FAILED;
	return EXIT_OK;
}

const struct cmd cmd_rows_convert[] = {
	CMD(struct convert_opts, "convert", "MODEL -o OUT",
	    "write a model to another file", opts, NULL, run, 1, 1,
	    OUTPUT_REQUIRED),
	{0},
};
