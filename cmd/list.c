/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/list.c -- mlopt list: what this build knows, read from its registries. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/table.h"
#include "cmd/load.h"
#include "formats/format.h"
#include "graph/dtype.h"
#include "ops/op.h"
#include "passes/pass.h"

struct list_opts {
	struct common_opts common;
};

static void json_params(struct json *j, const char *key, const struct param *p)
{
	json_array(j, key);
	for (; p && p->name; p++) {
		json_object(j, NULL);
		json_string(j, "name", p->name);
		if (p->var)
			json_string(j, "var", p->var);
		json_bool(j, "optional", p->flags & PARAM_OPTIONAL);
		json_bool(j, "variadic", p->flags & PARAM_VARIADIC);
		json_array(j, "types");
		for (int k = DTYPE_NONE + 1; k < DTYPE_COUNT; k++)
			if (p->types >> k & 1)
				json_string(j, NULL, dtype_info[k].text);
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

/* The whole row, so that it can be compared with the standard's schemas. */
static void json_schema(struct json *j, const struct op *o)
{
	json_params(j, "inputs", o->in);
	json_params(j, "outputs", o->out);
	json_array(j, "attributes");
	for (const struct attr_spec *a = o->attrs; a && a->name; a++) {
		json_object(j, NULL);
		json_string(j, "name", a->name);
		json_int(j, "type", a->kind);
		json_bool(j, "required", a->required);
		if (a->fallback)
			json_string(j, "default", a->fallback);
		json_end(j);
	}
	json_end(j);
}

static void list_ops(struct table *t, struct json *j,
		     const struct engine *usual)
{
	(void)usual;
	table_column(t, "operator", TABLE_LEFT);
	table_column(t, "domain", TABLE_LEFT);
	table_column(t, "since", TABLE_RIGHT);
	table_column(t, "engines", TABLE_LEFT);
	for (const struct op *o = op_next(NULL); o; o = op_next(o)) {
		const struct kernel *k = o->kernels;
		const char *last = "";
		struct str engines = {0};

		json_object(j, NULL);
		json_string(j, "operator", o->type);
		json_string(j, "domain", o->domain);
		json_int(j, "since", o->since);
		json_array(j, "engines");
		for (; k && k->name; k++) {
			if (strcmp(k->engine, last) == 0)
				continue;
			last = k->engine;
			json_string(j, NULL, last);
			str_addf(&engines, "%s%s", engines.len ? " " : "",
				 last);
		}
		json_end(j);
		json_schema(j, o);
		json_end(j);
		table_text(t, o->type);
		table_text(t, *o->domain ? o->domain : "ai.onnx");
		table_int(t, o->since);
		table_text(t, engines.len ? engines.text : "not executed");
		str_release(&engines);
	}
}

static const char *ability(bool reads, bool writes)
{
	return reads && writes ? "read, write"
	       : reads	       ? "read"
	       : writes	       ? "write"
			       : "-";
}

static void list_formats(struct table *t, struct json *j,
			 const struct engine *usual)
{
	(void)usual;
	table_column(t, "format", TABLE_LEFT);
	table_column(t, "suffix", TABLE_LEFT);
	table_column(t, "models", TABLE_LEFT);
	table_column(t, "tensors", TABLE_LEFT);
	table_column(t, "summary", TABLE_LEFT);
	t->max_width = 100;
	for (const struct format *f = format_next(NULL); f;
	     f = format_next(f)) {
		const char *models = ability(f->read_model != NULL,
					     f->write_model != NULL);
		const char *tensors = ability(f->read_tensors != NULL,
					      f->write_tensors != NULL);

		table_text(t, f->name);
		table_text(t, f->suffix ? f->suffix : "-");
		table_text(t, models);
		table_text(t, tensors);
		table_text(t, f->summary);
		json_object(j, NULL);
		json_string(j, "format", f->name);
		json_string(j, "suffix", f->suffix ? f->suffix : "");
		json_string(j, "models", models);
		json_string(j, "tensors", tensors);
		json_string(j, "summary", f->summary);
		json_end(j);
	}
}

static void list_engines(struct table *t, struct json *j,
			 const struct engine *usual)
{
	table_column(t, "engine", TABLE_LEFT);
	table_column(t, "available", TABLE_LEFT);
	table_column(t, "summary", TABLE_LEFT);
	t->max_width = 100;
	for (const struct engine *g = engine_next(NULL); g;
	     g = engine_next(g)) {
		struct err why = {0};
		bool available = !g->available || g->available(&why);
		const char *is = g == usual  ? "default"
				 : available ? "yes"
					     : "no";

		table_text(t, g->name);
		table_text(t, is);
		table_text(t, g->summary);
		json_object(j, NULL);
		json_string(j, "engine", g->name);
		json_bool(j, "available", available);
		json_bool(j, "default", g == usual);
		json_string(j, "summary", g->summary);
		json_end(j);
	}
}

static void list_dtypes(struct table *t, struct json *j,
			const struct engine *usual)
{
	(void)usual;
	static const char *const classes[] = {
		[CLASS_NONE] = "",	     [CLASS_FLOAT] = "float",
		[CLASS_INT] = "signed",	     [CLASS_UINT] = "unsigned",
		[CLASS_BOOL] = "bool",	     [CLASS_STRING] = "string",
		[CLASS_COMPLEX] = "complex",
	};

	table_column(t, "dtype", TABLE_LEFT);
	table_column(t, "code", TABLE_RIGHT);
	table_column(t, "bits", TABLE_RIGHT);
	table_column(t, "class", TABLE_LEFT);
	for (int i = DTYPE_NONE + 1; i < DTYPE_COUNT; i++) {
		const struct dtype_info *d = &dtype_info[i];
		/* A string has no size of its own. */
		int bits = d->class == CLASS_STRING ? 0 : (int)d->bits;

		table_text(t, d->text);
		table_int(t, i);
		if (bits)
			table_int(t, bits);
		else
			table_empty(t);
		table_text(t, classes[d->class]);
		json_object(j, NULL);
		json_string(j, "dtype", d->text);
		json_int(j, "code", i);
		json_int(j, "bits", bits);
		json_string(j, "class", classes[d->class]);
		json_end(j);
	}
}

static void list_passes(struct table *t, struct json *j,
			const struct engine *usual)
{
	(void)usual;
	table_column(t, "pass", TABLE_LEFT);
	table_column(t, "fidelity", TABLE_LEFT);
	table_column(t, "summary", TABLE_LEFT);
	for (const struct pass *p = pass_next(NULL); p; p = pass_next(p)) {
		table_text(t, p->name);
		table_text(t, fidelity_name(p->fidelity));
		table_text(t, p->summary);
		json_object(j, NULL);
		json_string(j, "pass", p->name);
		json_string(j, "fidelity", fidelity_name(p->fidelity));
		json_string(j, "summary", p->summary);
		json_end(j);
	}
}

static const struct {
	const char *name;
	void (*list)(struct table *t, struct json *j,
		     const struct engine *usual);
} registries[] = {
	{"ops", list_ops},	   {"passes", list_passes},
	{"formats", list_formats}, {"engines", list_engines},
	{"dtypes", list_dtypes},
};

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const char *names[COUNT_OF(registries) + 1] = {NULL};
	const struct engine *usual;
	struct table t = {0};
	struct json j = {0};
	struct str text = {0};
	int which;

	(void)argc;
	for (size_t i = 0; i < COUNT_OF(registries); i++)
		names[i] = registries[i].name;
	which = cmd_choice("list", argv[0], names, e);
	if (which < 0 || !load_engine(&usual, common, e))
		return CMD_FAILED;
	cmd_json_begin(&j);
	json_array(&j, names[which]);
	registries[which].list(&t, &j, usual);
	json_end(&j);
	json_end(&j);
	table_print(&t, &text);
	table_release(&t);
	return cmd_report(common, &text, &j, e) ? EXIT_OK : CMD_FAILED;
}

const struct cmd cmd_rows_list[] = {
	CMD(struct list_opts, "list", "ops|passes|formats|engines|dtypes",
	    "tell what this build knows", NULL, NULL, run, 1, 1, OUTPUT_REPORT),
	{0},
};
