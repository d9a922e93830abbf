/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/check.c -- mlopt check: everything that is wrong with models. */
#include "check/check.h"

#include <string.h>

#include "base/output.h"
#include "cmd/cmd.h"
#include "cmd/table.h"

struct check_opts {
	struct common_opts common;
	const char *sarif;
	bool strict, rules;
};

static const struct opt opts[] = {
	OPT_MAYBE(struct check_opts, sarif, 0, "FILE",
		  "write SARIF 2.1.0, to FILE or standard output"),
	OPT(struct check_opts, strict, 0, NULL, "fail for warnings too"),
	OPT(struct check_opts, rules, 0, NULL, "list all rules instead"),
	OPT_LAST,
};

enum { MESSAGE_COLUMNS = 400 };

/* ---- for people ---------------------------------------------------------- */

static void add_place(struct table *t, const struct finding *x)
{
	struct str s = {0};

	str_add(&s, x->path);
	if (x->node[0])
		str_addf(&s, "%s'%s' (%s)", s.len ? ": " : "", x->node, x->op);
	table_text(t, s.len ? s.text : "model");
	str_release(&s);
}

static void add_findings(struct str *out, const struct findings *f)
{
	struct table t = {.max_width = MESSAGE_COLUMNS};

	table_column(&t, "severity", TABLE_LEFT);
	table_column(&t, "rule", TABLE_LEFT);
	table_column(&t, "place", TABLE_LEFT);
	table_column(&t, "value", TABLE_LEFT);
	table_column(&t, "message", TABLE_LEFT);
	for (uint32_t i = 0; i < f->count; i++) {
		const struct finding *x = &f->at[i];

		table_text(&t, severity_name(x->severity));
		table_text(&t, finding_rules[x->rule].id);
		add_place(&t, x);
		table_text(&t, x->value[0] ? x->value : "-");
		table_text(&t, x->message);
	}
	if (f->count)
		table_print(&t, out);
	table_release(&t);
}

static void add_number(struct str *out, uint64_t n, const char *what)
{
	str_addf(out, "%llu %s%s", (unsigned long long)n, what,
		 n == 1 ? "" : "s");
}

static void add_totals(struct str *out, const struct checked_file *at, int n)
{
	uint64_t number[SEVERITY_ERROR + 1] = {0}, kept = 0, all = 0;

	for (int i = 0; i < n; i++) {
		kept += at[i].found.count;
		for (int s = 0; s <= SEVERITY_ERROR; s++) {
			number[s] += at[i].found.number[s];
			all += at[i].found.number[s];
		}
	}
	add_number(out, number[SEVERITY_ERROR], "error");
	str_add(out, ", ");
	add_number(out, number[SEVERITY_WARNING], "warning");
	str_add(out, ", ");
	add_number(out, number[SEVERITY_NOTE], "note");
	if (all > kept)
		str_addf(out, "; %llu are not listed",
			 (unsigned long long)(all - kept));
	str_add(out, "\n");
}

static void add_table(struct str *out, const struct checked_file *at, int n)
{
	for (int i = 0; i < n; i++) {
		size_t before = out->len;

		if (n > 1)
			str_addf(out, "%s:\n", at[i].path);
		add_findings(out, &at[i].found);
		if (!at[i].found.count)
			out->len = before;
		else if (n > 1)
			str_add(out, "\n");
	}
	add_totals(out, at, n);
}

static void list_rules(struct str *out)
{
	struct table t = {.max_width = MESSAGE_COLUMNS};

	table_column(&t, "rule", TABLE_LEFT);
	table_column(&t, "severity", TABLE_LEFT);
	table_column(&t, "finds", TABLE_LEFT);
	for (int i = 0; i < RULE_COUNT; i++) {
		table_text(&t, finding_rules[i].id);
		table_text(&t, severity_name(finding_rules[i].severity));
		table_text(&t, finding_rules[i].summary);
	}
	table_print(&t, out);
	table_release(&t);
}

/* ---- for machines -------------------------------------------------------- */

static void json_finding(struct json *j, const struct finding *x)
{
	json_object(j, NULL);
	json_string(j, "rule", finding_rules[x->rule].id);
	json_string(j, "severity", severity_name(x->severity));
	json_string(j, "graph", x->path);
	json_string(j, "node", x->node);
	json_string(j, "operator", x->op);
	json_string(j, "value", x->value);
	json_string(j, "message", x->message);
	json_end(j);
}

static void add_json(struct json *j, const struct checked_file *at, int n)
{
	cmd_json_begin(j);
	json_array(j, "models");
	for (int i = 0; i < n; i++) {
		const struct findings *f = &at[i].found;

		json_object(j, NULL);
		json_string(j, "model", at[i].path);
		json_int(j, "errors", f->number[SEVERITY_ERROR]);
		json_int(j, "warnings", f->number[SEVERITY_WARNING]);
		json_int(j, "notes", f->number[SEVERITY_NOTE]);
		json_array(j, "findings");
		for (uint32_t k = 0; k < f->count; k++)
			json_finding(j, &f->at[k]);
		json_end(j);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void json_rules(struct json *j)
{
	cmd_json_begin(j);
	json_array(j, "rules");
	for (int i = 0; i < RULE_COUNT; i++) {
		json_object(j, NULL);
		json_string(j, "rule", finding_rules[i].id);
		json_string(j, "severity",
			    severity_name(finding_rules[i].severity));
		json_string(j, "summary", finding_rules[i].summary);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* ---- the command --------------------------------------------------------- */

static bool is_stdout(const char *file)
{
	return !*file || !strcmp(file, "-");
}

static bool write_sarif(const char *file, const struct checked_file *at, int n,
			struct err *e)
{
	struct json j = {0};
	struct output out;
	bool ok;

	report_sarif(&j, at, n);
	ok = output_begin(&out, *file ? file : "-", e);
	if (ok && !sink_write(&out.sink, j.text.text, j.text.len, e)) {
		output_abort(&out);
		ok = false;
	} else if (ok) {
		ok = output_commit(&out, e);
	}
	json_release(&j);
	return ok;
}

static bool report(const struct check_opts *o, const struct checked_file *at,
		   int n, struct err *e)
{
	struct str text = {0};
	struct json j = {0};

	if (o->sarif && !write_sarif(o->sarif, at, n, e))
		return false;
	if (o->rules) {
		list_rules(&text);
		json_rules(&j);
	} else {
		if (!o->sarif || !is_stdout(o->sarif))
			add_table(&text, at, n);
		add_json(&j, at, n);
	}
	return cmd_report(&o->common, &text, &j, e);
}

/* What the worst error says: a model that is invalid in one place is that,
 * whatever else is merely unsupported. */
static int status(const struct check_opts *o, const struct checked_file *at,
		  int n)
{
	int status = EXIT_OK;
	bool strict = false;

	for (int i = 0; i < n; i++) {
		strict |= o->strict && at[i].found.number[SEVERITY_WARNING];
		for (uint32_t k = 0; k < at[i].found.count; k++) {
			const struct finding *x = &at[i].found.at[k];
			struct err e = {.code = x->code};

			if (x->severity != SEVERITY_ERROR)
				continue;
			if (status == EXIT_OK ||
			    exit_status(&e) == EXIT_INVALID)
				status = exit_status(&e);
		}
	}
	return status == EXIT_OK && strict ? EXIT_GATE : status;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct check_opts *o = (struct check_opts *)common;
	struct arena a = {0};
	struct checked_file *at = arena_array(&a, struct checked_file,
					      (size_t)argc);
	bool ok = true;
	int result = CMD_FAILED;

	if (!argc && !o->rules)
		ok = err_set(e, ERR_USAGE, "no model is given");
	if (o->sarif && common->json && is_stdout(o->sarif) &&
	    is_stdout(common->json))
		ok = err_set(e, ERR_USAGE,
			     "options '--sarif' and '--json' both write to "
			     "standard output");
	for (int i = 0; ok && i < argc; i++) {
		at[i].path = argv[i];
		ok = check_file(&at[i].found, argv[i], &common->limits, e);
	}
	if (ok && report(o, at, argc, e))
		result = status(o, at, argc);
	for (int i = 0; i < argc; i++)
		findings_release(&at[i].found);
	arena_release(&a);
	return result;
}

const struct cmd cmd_rows_check[] = {
	CMD(struct check_opts, "check", "MODEL...",
	    "report everything that is wrong with models", opts, NULL, run, 0,
	    -1, OUTPUT_REPORT),
	{0},
};
