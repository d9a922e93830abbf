/* SPDX-License-Identifier: Apache-2.0 */
/* passes/check.c -- see check.h. */
#include "passes/check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "exec/session.h"
#include "graph/element.h"
#include "passes/check_inputs.h"

/* ---- one output --------------------------------------------------------- */

struct comparison {
	enum fidelity fidelity;
	bool extreme; /* overflow may happen elsewhere */
	struct str *why;
};

static bool differ(const struct comparison *c, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

static bool differ(const struct comparison *c, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	str_add(c->why, text);
	return false;
}

static bool same_exactly(const struct comparison *c, const struct tensor *old,
			 const struct tensor *new)
{
	bool is_float = dtype_is_float(old->dtype);

	for (size_t i = 0, n = tensor_count(old); i < n; i++) {
		double a, b;

		if (element_bits(old->dtype, old->data, i) ==
		    element_bits(new->dtype, new->data, i))
			continue;
		a = tensor_double(old, i);
		b = tensor_double(new, i);
		/* +0 and -0, or two NaN of other payloads */
		if (is_float &&
		    (isnan(a) ? isnan(b) : !isnan(b) && !(a < b || a > b)))
			continue;
		return differ(c, "element %zu is %.9g, was %.9g", i, b, a);
	}
	return true;
}

static double magnitude(const struct tensor *t)
{
	double most = 0;

	for (size_t i = 0, n = tensor_count(t); i < n; i++) {
		double x = fabs(tensor_double(t, i));

		if (isfinite(x) && x > most)
			most = x;
	}
	return most;
}

static bool same_rounded(const struct comparison *c, const struct tensor *old,
			 const struct tensor *new)
{
	double signal = 0, noise = 0, atol = 1e-5 * magnitude(old);

	for (size_t i = 0, n = tensor_count(old); i < n; i++) {
		double a = tensor_double(old, i), b = tensor_double(new, i);

		if (!isfinite(a) || !isfinite(b)) {
			if (c->extreme || (isnan(a) && isnan(b)) ||
			    !(a < b || a > b || isnan(a) || isnan(b)))
				continue;
			return differ(c, "element %zu is %g, was %g", i, b, a);
		}
		signal += a * a;
		noise += (a - b) * (a - b);
		if (fabs(a - b) > 1e-4 * fabs(a) + atol && !c->extreme)
			return differ(c, "element %zu is %.9g, was %.9g", i, b,
				      a);
	}
	if (c->extreme || !(noise > 0) || noise <= signal * 1e-10)
		return true;
	return differ(c, "the SQNR is %.1f dB", 10 * log10(signal / noise));
}

static bool same_tensor(const struct comparison *c, const struct tensor *old,
			const struct tensor *new)
{
	if (old->dtype != new->dtype || !shape_equal(&old->shape, &new->shape))
		return differ(c, "has another type");
	if (dtype_info[old->dtype].class == CLASS_STRING ||
	    dtype_info[old->dtype].class == CLASS_COMPLEX)
		return true; /* no pass touches them */
	if (c->fidelity == EXACT || !dtype_is_float(old->dtype))
		return same_exactly(c, old, new);
	if (old->dtype != DTYPE_F32 && old->dtype != DTYPE_F64)
		return true; /* one step of a small type exceeds 1e-4 */
	return same_rounded(c, old, new);
}

static bool same_datum(const struct comparison *c, const struct datum *old,
		       const struct datum *new)
{
	if (old->type.kind != new->type.kind || old->count != new->count)
		return differ(c, "has another structure");
	if (old->type.kind == TYPE_TENSOR)
		return same_tensor(c, &old->tensor, &new->tensor);
	for (size_t i = 0; i < old->count; i++) {
		const struct datum *a = &old->item[i], *b = &new->item[i];

		if (a->type.kind != TYPE_TENSOR ||
		    !same_tensor(c, &a->tensor, &b->tensor))
			return a->type.kind != TYPE_TENSOR;
	}
	return true;
}

/* ---- both models -------------------------------------------------------- */

struct pair {
	const struct model *old_model;
	struct session *old, *new;
	enum fidelity fidelity;
	struct str *why;
	uint32_t compared;
	struct err failure; /* of the old model, the first */
};

static bool compare_outputs(struct pair *p, const char *inputs, bool extreme)
{
	const struct graph *g = p->old_model->main;
	struct comparison c = {.fidelity = p->fidelity,
			       .extreme = extreme && p->fidelity != EXACT};
	struct str why = {0};

	c.why = &why;
	for (uint32_t i = 0; i < g->nout; i++)
		if (!same_datum(&c, plan_output(session_plan(p->old), i),
				plan_output(session_plan(p->new), i))) {
			str_addf(p->why, "with %s, output '%s': %s", inputs,
				 g->out[i].name, why.text);
			str_release(&why);
			return false;
		}
	return true;
}

static bool run_both(struct pair *p, const struct datum *const *in,
		     const char *inputs, bool extreme)
{
	struct err e = {0};

	if (!session_run(p->old, in, NULL, &e)) {
		if (!p->failure.code)
			p->failure = e;
		return true;
	}
	p->compared++;
	if (!session_run(p->new, in, NULL, &e)) {
		str_addf(p->why, "with %s: %s", inputs, e.msg);
		return false;
	}
	return compare_outputs(p, inputs, extreme);
}

static bool run_made_up(struct pair *p, const struct check_opts *o,
			enum input_kind k, int64_t batch, struct err *e)
{
	struct check_inputs s;
	bool ok = check_inputs_make(&s, p->old_model, k, batch, o->seed,
				    o->limits, e);

	ok = ok && run_both(p, s.in, input_kind_name(k), k == INPUT_EXTREME);
	check_inputs_release(&s);
	return ok;
}

static bool run_kinds(struct pair *p, const struct check_opts *o, int64_t batch,
		      struct err *e)
{
	for (int k = 0; k < INPUT_KINDS; k++)
		if (!run_made_up(p, o, (enum input_kind)k, batch, e))
			return false;
	return true;
}

/* Inputs of no kind that can be made up are no failure where recorded ones
 * were compared. */
static bool recorded_suffice(const struct pair *p, struct err *e)
{
	if (p->why->len || !p->compared || e->code != ERR_UNSUPPORTED)
		return false;
	e->code = ERR_NONE;
	return true;
}

static bool run_all(struct pair *p, const struct check_opts *o, struct err *e)
{
	for (uint32_t i = 0; i < o->ncaptured; i++)
		if (!run_both(p, o->captured[i], "captured inputs", false))
			return false;
	if (!run_kinds(p, o, o->batch ? o->batch : 2, e))
		return recorded_suffice(p, e);
	/* Where all that is open must be equal. */
	if (!p->compared && !o->batch && !run_kinds(p, o, 1, e))
		return false;
	if (p->compared)
		return true;
	*e = p->failure;
	return err_context(e, "the model fails on every input");
}

bool models_agree(const struct model *old, const struct model *new,
		  enum fidelity f, const struct check_opts *o, struct str *why,
		  struct err *e)
{
	struct plan_opts po = {.engine = o->engine,
			       .literal = true,
			       .seed = o->seed,
			       .limits = o->limits};
	struct pair p = {.old_model = old, .fidelity = f, .why = why};
	bool ok;

	e->code = ERR_NONE;
	if (!po.engine)
		po.engine = engine_find("reference");
	p.old = session_open(old, &po);
	p.new = session_open(new, &po);
	ok = run_all(&p, o, e);
	session_free(p.old);
	session_free(p.new);
	return ok;
}
