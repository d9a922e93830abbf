/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/quantize_to.c -- mlopt quantize --to: another floating type. */
#include <string.h>

#include "cmd/provenance.h"
#include "cmd/quantize.h"
#include "cmd/table.h"
#include "formats/format.h"
#include "passes/narrow.h"

/* Options that say how codes are made have no meaning here. */
static bool refuse_others(const struct quantize_cmd_opts *o, struct err *e)
{
	const struct {
		const char *name;
		bool given;
	} others[] = {
		{"--scheme", o->scheme != NULL},
		{"--bits", o->bits != QUANTIZE_NO_BITS},
		{"--base", o->base != NULL},
		{"--ranges", o->ranges != NULL},
		{"--granularity", o->granularity != NULL},
		{"--block", o->block != 0},
		{"--carrier", o->carrier != NULL},
		{"--format", o->format != NULL},
		{"--overrides", o->overrides != NULL},
		{"--target", o->target != NULL},
		{"--policy", o->policy != NULL},
		{"--write-overrides", o->write_overrides != NULL},
		{"--no-feedback", o->no_feedback},
		{"--ledger", o->ledger},
		{"--keep-first", o->keep_first},
		{"--keep-last", o->keep_last},
	};

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (others[i].given)
			return err_set(e, ERR_USAGE,
				       "'%s' and '--to' exclude each other",
				       others[i].name);
	return true;
}

static bool parse(struct narrow_opts *n, const struct quantize_cmd_opts *o,
		  struct err *e)
{
	static const char *const types[] = {"float16", "bfloat16", NULL};
	const char *const activations[] = {o->to, "float", NULL};
	int i = cmd_choice("option '--to'", o->to, types, e);

	if (i < 0 || !refuse_others(o, e))
		return false;
	*n = (struct narrow_opts){.to = i == 0 ? DTYPE_F16 : DTYPE_BF16,
				  .weights_only = i == 1,
				  .keep = o->keep.at,
				  .nkeep = (uint32_t)o->keep.count};
	if (o->activations) {
		i = cmd_choice("option '--activations'", o->activations,
			       activations, e);
		if (i < 0)
			return false;
		n->weights_only = i == 1;
	}
	if (o->data.data && o->sketch)
		return err_set(e, ERR_USAGE,
			       "'--data' and '--sketch' exclude each other");
	return true;
}

static bool report(const struct narrow_report *r,
		   const struct quantize_cmd_opts *o, struct err *e)
{
	struct table t = {.ncolumns = 0};
	struct str text = {0};
	struct json j = {.depth = 0};

	table_column(&t, "stays float32", TABLE_LEFT);
	table_column(&t, "operator", TABLE_LEFT);
	table_column(&t, "because it", TABLE_LEFT);
	cmd_json_begin(&j);
	json_string(&j, "to", o->to);
	json_array(&j, "kept");
	for (uint32_t i = 0; i < r->nkept; i++) {
		json_object(&j, NULL);
		json_string(&j, "name", r->kept[i].label);
		json_string(&j, "operator", r->kept[i].type);
		json_string(&j, "why", r->kept[i].why);
		json_end(&j);
		table_text(&t, r->kept[i].label);
		table_text(&t, r->kept[i].type);
		table_text(&t, r->kept[i].why);
	}
	json_end(&j);
	json_int(&j, "narrowed", r->narrowed);
	json_int(&j, "casts", r->casts);
	json_int(&j, "float_weight_bytes", (int64_t)r->float_bytes);
	json_int(&j, "weight_bytes", (int64_t)r->bytes);
	json_end(&j);
	table_print(&t, &text);
	str_addf(&text, "%u narrowed, %u kept, %u casts\n", r->narrowed,
		 r->nkept, r->casts);
	table_release(&t);
	if (!o->common.verbose)
		str_release(&text);
	return cmd_report(&o->common, &text, &j, e);
}

/* Without -v somebody should still learn that a node did not fit. */
static void warn_of_kept(const struct narrow_report *r,
			 const struct common_opts *c)
{
	for (uint32_t i = 0; i < r->nkept; i++)
		if (strstr(r->kept[i].why, ", beyond "))
			cmd_warn(c, "'%s' stays float32: %s", r->kept[i].label,
				 r->kept[i].why);
}

static bool convert(struct model *m, const struct quantize_cmd_opts *o,
		    struct narrow_opts *n, struct err *e)
{
	const struct common_opts *c = &o->common;
	struct write_opts w = {.external = EXTERNAL_AS_IS};
	struct narrow_report r = {.nkept = 0};
	struct sketch s = {.count = 0};
	struct dataset *d = NULL;
	bool ok = true;

	if (o->data.data)
		ok = data_options_open(&d, m, &o->data, NULL, c, e) &&
		     shrink_calibrate(&s, m, d, NULL, c, e);
	if (ok && o->sketch)
		ok = quantize_read_sketch(&s, o->sketch, m, c, e);
	n->sketch = s.count ? &s : NULL;
	ok = ok && shrink_raise(m, narrow_opset(n), e) &&
	     narrow_model(m, n, &r, e);
	if (ok) {
		provenance_add(m, c);
		warn_of_kept(&r, c);
	}
	ok = ok && format_write_model(c->output, m, &w, e) && report(&r, o, e);
	narrow_report_release(&r);
	sketch_release(&s);
	dataset_close(d);
	return ok;
}

bool quantize_to(const struct quantize_cmd_opts *o, const char *path,
		 struct err *e)
{
	struct narrow_opts n;
	struct model *m;
	bool ok;

	if (!parse(&n, o, e) || !shrink_load(&m, &o->common, path, e))
		return false;
	ok = convert(m, o, &n, e) || err_context(e, "%s", path);
	model_free(m);
	return ok;
}
