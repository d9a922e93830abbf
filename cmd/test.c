/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/test.c -- mlopt test: run models on recorded inputs and compare.
 *
 * A case is a folder NAME_set_N beside a model (data/cases.h).  Cases of one
 * model follow each other, so that it is read and planned once.
 */
#include <string.h>

#include "cmd/load.h"
#include "cmd/progress.h"
#include "cmd/test_operators.h"
#include "data/cases.h"
#include "exec/session.h"
#include "validate/agree.h"
#include "validate/foretold.h"
#include "validate/output_step.h"
#include "validate/resemble.h"

struct test_opts {
	struct common_opts common;
	double rtol;
	double atol;
	double misses;
	bool literal;
	bool strict;
	bool shapes;
};

static const struct opt opts[] = {
	OPT(struct test_opts, rtol, 0, "R",
	    "relative tolerance of floats (1e-3)"),
	OPT(struct test_opts, atol, 0, "A",
	    "absolute tolerance of floats (1e-5 of the output's largest "
	    "magnitude)"),
	OPT(struct test_opts, misses, 0, "F",
	    "fraction of an output's elements that may be further away (0, or "
	    "1e-3 where a quantizer made it)"),
	OPT(struct test_opts, literal, 0, NULL,
	    "run nodes as written, also with a fast engine"),
	OPT(struct test_opts, strict, 0, NULL,
	    "a node that the engine itself has no kernel for is unsupported"),
	OPT(struct test_opts, shapes, 0, NULL,
	    "also compare inferred types and shapes with those that come out"),
	OPT_LAST,
};

static const struct test_opts defaults = {
	.rtol = 1e-3, .atol = -1, .misses = -1};

enum outcome { PASSED, FAILED, UNSUPPORTED };

struct tester {
	const struct test_opts *opts;
	struct plan_opts plan;
	const char *path; /* of the model at hand */
	struct model *model;
	struct arena arena; /* of the model */
	const bool *drawn;  /* by output: it depends on a node that draws */
	struct session *session;
	struct str text; /* the report */
	struct json json;
	size_t count[3];
	struct op_tally tally;
};

static void forget_model(struct tester *t)
{
	session_free(t->session);
	model_free(t->model);
	arena_release(&t->arena);
	t->session = NULL;
	t->model = NULL;
	t->path = NULL;
}

static bool take_model(struct tester *t, const char *path, struct err *e)
{
	if (t->path && !strcmp(t->path, path))
		return true;
	forget_model(t);
	if (!load_model(&t->model, &t->opts->common, path, e))
		return false;
	t->path = path;
	t->drawn = find_drawn_outputs(t->model, &t->arena);
	t->session = session_open(t->model, &t->plan);
	return true;
}

static void count_ulps(struct tester *t, const struct datum *want,
		       const struct datum *got)
{
	const struct op *op = op_tally_subject(t->model);

	if (op && want->type.kind == TYPE_TENSOR &&
	    want->tensor.dtype == DTYPE_F32)
		ulp_counts_add(&op_tally_of(&t->tally, op)->ulp, &want->tensor,
			       &got->tensor, t->opts->atol);
}

static bool output_agrees(struct tester *t, const struct case_data *c,
			  uint32_t i, struct str *why)
{
	const struct plan *p = session_plan(t->session);
	struct tolerance tol = {
		.rtol = t->opts->rtol,
		.step = output_step(t->model, i),
	};
	struct str text = {0};
	bool ok;

	tol.misses = tol.step > 0 ? 1e-3 : 0;
	if (t->opts->misses >= 0)
		tol.misses = t->opts->misses;
	if (t->opts->atol >= 0)
		tol.atol = t->opts->atol;
	else
		tol.relative_atol = 1e-5;
	if (c->also[i] && c->also[i]->type.kind == TYPE_TENSOR)
		tol.also = &c->also[i]->tensor;
	ok = t->drawn[i]
		     ? datum_resembles(plan_output(p, i), c->out[i], &text)
		     : datum_agrees(plan_output(p, i), c->out[i], &tol, &text);
	if (ok && !t->drawn[i])
		count_ulps(t, c->out[i], plan_output(p, i));
	if (!ok)
		str_addf(why, "%soutput '%s' %s", why->len ? "; " : "",
			 t->model->main->out[i].name, text.text);
	str_release(&text);
	return ok;
}

/* Run and compare every result with what inference says of it. */
static bool run_foretold(struct tester *t, const struct case_data *c,
			 struct str *why, struct err *e)
{
	struct foretold f;
	bool ok;

	foretold_begin(&f, t->model, c->in, &t->tally, why);
	ok = session_run(t->session, c->in, &f.tap, e);
	for (uint32_t i = 0; ok && i < c->nout; i++)
		foretold_output(&f, i,
				plan_output(session_plan(t->session), i));
	foretold_release(&f);
	return ok;
}

/* WHY says what was wrong with the outputs; E what went wrong otherwise. */
static bool run_case(struct tester *t, const struct case_ref *ref,
		     struct case_data *c, struct str *why, struct err *e)
{
	if (!take_model(t, ref->model, e) ||
	    !case_read(c, ref->folder, t->model, &t->opts->common.limits, e) ||
	    !(t->opts->shapes ? run_foretold(t, c, why, e)
			      : session_run(t->session, c->in, NULL, e)))
		return false;
	for (uint32_t i = 0; i < c->nout; i++)
		if (c->out[i])
			output_agrees(t, c, i, why);
	return true;
}

static void report(struct tester *t, const struct case_ref *ref, enum outcome o,
		   const char *why)
{
	static const char *const words[] = {
		[PASSED] = "passed",
		[FAILED] = "failed",
		[UNSUPPORTED] = "unsupported",
	};

	t->count[o]++;
	if (t->path)
		op_tally_case(&t->tally, t->model, o == PASSED);
	json_object(&t->json, NULL);
	json_string(&t->json, "case", ref->folder);
	json_string(&t->json, "result", words[o]);
	if (*why)
		json_string(&t->json, "why", why);
	json_end(&t->json);
	if (o == FAILED || (o == UNSUPPORTED && t->opts->common.verbose))
		str_addf(&t->text, "%s: %s: %s\n", ref->folder, words[o], why);
	else if (t->opts->common.verbose || *why)
		str_addf(&t->text, "%s: %s%s%s\n", ref->folder, words[o],
			 *why ? ": " : "", why);
}

static bool has_outputs(const struct case_data *c)
{
	for (uint32_t i = 0; i < c->nout; i++)
		if (c->out[i])
			return true;
	return false;
}

static void test_case(struct tester *t, const struct case_ref *ref)
{
	struct case_data c = {.nset = 0};
	struct str why = {0};
	struct err e = {0};

	if (!run_case(t, ref, &c, &why, &e))
		report(t, ref, e.code == ERR_UNSUPPORTED ? UNSUPPORTED : FAILED,
		       e.msg);
	else if (why.len)
		report(t, ref, FAILED, why.text);
	else
		report(t, ref, PASSED,
		       has_outputs(&c) ? ""
				       : "it ran, but the case has no outputs "
					 "to compare with");
	str_release(&why);
	case_release(&c);
}

static bool find_cases(struct case_list *l, int argc, char **argv,
		       struct err *e)
{
	for (int i = 0; i < argc; i++) {
		size_t before = l->count;

		if (!cases_find(l, argv[i], e))
			return false;
		if (l->count == before)
			return err_set(
				e, ERR_FORMAT,
				"'%s' holds no test cases: want folders "
				"NAME_set_N with input_0.pb, output_0.pb",
				argv[i]);
	}
	return true;
}

static void run_cases(struct tester *t, const struct case_list *l)
{
	const struct common_opts *c = &t->opts->common;
	struct progress bar;

	progress_begin(&bar, c, "testing", l->count);
	for (size_t i = 0; i < l->count; i++) {
		if (i % (size_t)c->shard_count != (size_t)c->shard_index)
			continue;
		test_case(t, &l->at[i]);
		progress_step(&bar, i + 1);
	}
	progress_end(&bar);
	forget_model(t);
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	struct tester t = {.opts = (struct test_opts *)common};
	struct case_list cases = {.count = 0};
	int status = CMD_FAILED;

	if (load_plan_opts(&t.plan, common, e) &&
	    find_cases(&cases, argc, argv, e)) {
		t.plan.literal = t.opts->literal || t.opts->shapes;
		t.plan.strict = t.opts->strict;
		cmd_json_begin(&t.json);
		json_array(&t.json, "cases");
		run_cases(&t, &cases);
		json_end(&t.json);
		test_operators_json(&t.json, &t.tally);
		json_int(&t.json, "passed", (int64_t)t.count[PASSED]);
		json_int(&t.json, "failed", (int64_t)t.count[FAILED]);
		json_int(&t.json, "unsupported", (int64_t)t.count[UNSUPPORTED]);
		json_end(&t.json);
		str_addf(&t.text, "%zu passed, %zu failed, %zu unsupported\n",
			 t.count[PASSED], t.count[FAILED],
			 t.count[UNSUPPORTED]);
		if (cmd_report(common, &t.text, &t.json, e))
			status = t.count[FAILED] ? EXIT_GATE : EXIT_OK;
	}
	op_tally_release(&t.tally);
	cases_release(&cases);
	return status;
}

const struct cmd cmd_rows_test[] = {
	CMD(struct test_opts, "test", "PATH...",
	    "run models on recorded inputs and compare", opts, &defaults.common,
	    run, 1, -1, OUTPUT_REPORT),
	{0},
};
