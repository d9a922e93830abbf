/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/quantize_report.c -- see quantize_report.h. */
#include "cmd/quantize_report.h"

#include "base/output.h"
#include "cmd/table.h"
#include "cmd/validate_ledger.h"

struct totals {
	size_t float_bytes, bytes, weights, logical_bits;
	double carried_bits;
};

static void put_layer(struct table *t, struct json *j, struct totals *sum,
		      const struct quantized_layer *l)
{
	json_object(j, NULL);
	json_string(j, "name", l->label);
	json_string(j, "operator", l->type);
	json_int(j, "weights", (int64_t)l->weights);
	json_int(j, "logical_bits", l->logical_bits);
	json_double(j, "carried_bits", l->carried_bits);
	json_int(j, "channels", l->channels);
	json_int(j, "linear_channels", l->linear_channels);
	if (l->why_not)
		json_string(j, "float", l->why_not);
	json_end(j);
	table_text(t, l->label);
	table_text(t, l->type);
	table_int(t, (int64_t)l->weights);
	if (l->why_not)
		table_textf(t, "float: %s", l->why_not);
	else
		table_textf(t, "%d in %.3g", l->logical_bits, l->carried_bits);
	table_textf(t, "%u of %u", l->linear_channels, l->channels);
	sum->float_bytes += l->float_bytes;
	sum->bytes += l->bytes;
	sum->weights += l->weights;
	sum->logical_bits += l->weights * (size_t)l->logical_bits;
	sum->carried_bits += (double)l->weights * l->carried_bits;
}

static void put_totals(struct str *text, struct json *j,
		       const struct quantize_report *r,
		       const struct totals *sum)
{
	double weights = sum->weights ? (double)sum->weights : 1;
	double ratio = sum->float_bytes
			       ? (double)sum->bytes / (double)sum->float_bytes
			       : 1;
	double logical = (double)sum->logical_bits / weights;
	double carried = sum->carried_bits / weights;

	json_int(j, "activations", r->activations);
	json_int(j, "float_weight_bytes", (int64_t)sum->float_bytes);
	json_int(j, "weight_bytes", (int64_t)sum->bytes);
	json_double(j, "weight_ratio", ratio);
	json_double(j, "logical_bits", logical);
	json_double(j, "carried_bits", carried);
	str_add(text, "weights ");
	str_add_bytes(text, (double)sum->float_bytes);
	str_add(text, " -> ");
	str_add_bytes(text, (double)sum->bytes);
	str_addf(text,
		 " (%.3fx), %.2f bits of information in %.2f bits each; "
		 "%u activations in %s\n",
		 ratio, logical, carried, r->activations,
		 dtype_info[r->activation_type].text);
}

bool quantize_print(const struct quantize_report *r, const struct ledger *l,
		    const struct common_opts *c, struct err *e)
{
	struct table t = {.ncolumns = 0};
	struct str text = {0};
	struct json j = {.depth = 0};
	struct totals sum = {.bytes = r->table_bytes};

	table_column(&t, "layer", TABLE_LEFT);
	table_column(&t, "operator", TABLE_LEFT);
	table_column(&t, "weights", TABLE_RIGHT);
	table_column(&t, "bits", TABLE_RIGHT);
	table_column(&t, "linear channels", TABLE_RIGHT);
	cmd_json_begin(&j);
	json_array(&j, "layers");
	for (uint32_t i = 0; i < r->count; i++)
		put_layer(&t, &j, &sum, &r->layer[i]);
	json_end(&j);
	table_print(&t, &text);
	put_totals(&text, &j, r, &sum);
	table_release(&t);
	if (!c->verbose)
		str_release(&text);
	if (l && c->verbose)
		ledger_table(&text, l, false);
	else if (l)
		ledger_summary(&text, l);
	if (l)
		ledger_json(&j, l);
	json_end(&j);
	return cmd_report(c, &text, &j, e);
}

bool quantize_write_overrides(const struct quantize_report *r, const char *path,
			      struct err *e)
{
	struct output out = {0};
	struct str s = {0};
	bool ok;

	if (!path)
		return true;
	overrides_begin(&s);
	for (uint32_t i = 0; i < r->count; i++)
		overrides_print(&s, r->layer[i].label, &r->layer[i].form);
	ok = output_begin(&out, path, e);
	if (ok && !sink_write(&out.sink, s.text, s.len, e)) {
		output_abort(&out);
		ok = false;
	}
	ok = ok && output_commit(&out, e);
	str_release(&s);
	return ok;
}
