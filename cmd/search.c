/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/search.c -- see search.h. */
#include "cmd/search.h"

#include <math.h>
#include <string.h>

#include "base/input.h"
#include "validate/goal.h"

const struct search_form search_forms[SEARCH_FORMS] = {
	{"float", "linear", 8, CARRIER_AUTO, 0, 0},
	{"linear:8", "linear", 8, CARRIER_AUTO, 4, 1 / 256.0},
	{"auto:6", "auto", 6, CARRIER_PACKED, 4, 1 / 16.0},
	{"auto:5", "auto", 5, CARRIER_PACKED, 4, 1 / 4.0},
	{"auto:4", "auto", 4, CARRIER_AUTO, 0, 0},
	{"auto:3", "auto", 3, CARRIER_PACKED, 0, 0},
	{"linear:2", "linear", 2, CARRIER_PACKED, 0, 0},
};

enum { FLOAT_FORM = 0, FIRST_BUDGET_FORM = 5 };

/* Nodes and shapes that a layer's codes need in the file, in bytes. */
static const double overhead[] = {0, 60, 500, 500, 300, 500, 400};

/* ---- options ------------------------------------------------------------ */

static bool refuse_others(const struct quantize_cmd_opts *o, struct err *e)
{
	const struct {
		const char *name;
		bool given;
	} others[] = {
		{"--scheme", o->scheme != NULL},
		{"--bits", o->bits != QUANTIZE_NO_BITS},
		{"--base", o->base != NULL},
		{"--granularity", o->granularity != NULL},
		{"--block", o->block != 0},
		{"--carrier", o->carrier != NULL},
		{"--no-feedback", o->no_feedback},
		{"--ledger", o->ledger},
		{"--sketch", o->sketch != NULL},
	};

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (others[i].given)
			return err_set(e, ERR_USAGE,
				       "'%s' is what a search chooses: not "
				       "with a target",
				       others[i].name);
	return true;
}

static bool read_policy(struct policy *p, const char *path, struct err *e)
{
	static const enum criterion others[] = {P50_RATIO_MAX, SIZE_RATIO_MAX,
						PEAK_RATIO_MAX};
	struct arena a = {0};
	struct input in;
	bool ok;

	if (!input_open(&in, path, NULL, e))
		return false;
	ok = policy_parse(p, in.bytes, &a, e);
	for (size_t i = 0; ok && i < COUNT_OF(others); i++)
		if (p->set[others[i]])
			ok = err_set(e, ERR_UNSUPPORTED,
				     "a search cannot aim at '%s'",
				     criterion_name(others[i]));
	if (ok && p->allow)
		ok = err_set(e, ERR_UNSUPPORTED,
			     "a search cannot aim at 'operators.allow'");
	input_close(&in);
	arena_release(&a);
	return ok || err_context(e, "%s", path);
}

bool search_parse(struct policy *p, const struct quantize_cmd_opts *o,
		  bool *search, struct err *e)
{
	static const char *const what[] = {"size", NULL};

	*search = o->target || o->policy;
	if (!*search) {
		if (o->minimize || o->state || o->labels)
			return err_set(e, ERR_USAGE,
				       "'--minimize', '--state' and "
				       "'--labels' need '--target' or "
				       "'--policy'");
		return true;
	}
	if (o->target && o->policy)
		return err_set(e, ERR_USAGE,
			       "'--target' and '--policy' exclude each other");
	if (o->minimize &&
	    cmd_choice("option '--minimize'", o->minimize, what, e) < 0)
		return false;
	if (!o->data.data)
		return err_set(e, ERR_USAGE, "a search needs '--data'");
	if (!refuse_others(o, e))
		return false;
	return o->target ? goal_parse(p, o->target, e)
			 : read_policy(p, o->policy, e);
}

/* ---- sensitivity -------------------------------------------------------- */

struct probe {
	struct sensitivity_probe base;
	struct search *s;
	struct progress line;
	uint64_t done;
};

static bool wants(struct sensitivity_probe *self, uint32_t layer, uint32_t form,
		  double *noise)
{
	const struct search *s = ((struct probe *)self)->s;

	if (form == FLOAT_FORM)
		*noise = 0;
	return form != FLOAT_FORM && !search_forms[form].from &&
	       !s->known[(size_t)layer * SEARCH_FORMS + form];
}

static bool measure(struct sensitivity_probe *self, const struct model *m,
		    uint32_t layer, uint32_t form, double *noise, struct err *e)
{
	struct probe *p = (struct probe *)self;

	progress_step(&p->line, p->done++);
	if (!heldout_noise(&p->s->held, m, noise, e))
		return false;
	p->s->known[(size_t)layer * SEARCH_FORMS + form] = true;
	return search_state_write(p->s, e);
}

/* What is not measured: of forms between, fixed and float layers. */
static void fill_in(struct search *s)
{
	struct sensitivity *x = &s->sensitivity;

	for (uint32_t i = 0; i < x->layers; i++) {
		double *noise = x->noise + (size_t)i * SEARCH_FORMS;
		double *bytes = x->bytes + (size_t)i * SEARCH_FORMS;
		bool settled = x->layer[i].why_not || x->layer[i].fixed ||
			       x->layer[i].same_as != i;

		for (uint32_t k = 0; k < SEARCH_FORMS; k++) {
			const struct search_form *f = &search_forms[k];

			if (f->from)
				noise[k] = noise[f->from] * f->share;
			if (x->layer[i].same_as == i)
				bytes[k] += overhead[k];
			/* Only the first is left. */
			if (settled)
				noise[k] = k ? INFINITY : 0;
		}
	}
}

static bool find_sensitivity(struct search *s, struct err *e)
{
	const struct common_opts *c = &s->o->common;
	struct sensitivity *x = &s->sensitivity;
	struct probe p = {.base = {wants, measure}, .s = s};
	struct prefix prefix = {.model = NULL};
	const struct shrink_samples *in = &s->held.calibration;
	struct quantize_opts opts = s->opts;
	bool ok;

	progress_begin(&p.line, c, "measuring", x->layers * UINT64_C(3));
	opts.form = s->opts.form;
	ok = prefix_begin(&prefix, s->model, in->in, in->count, in->engine,
			  &c->limits, e) &&
	     sensitivity_measure(x, s->model, &opts, s->form, &prefix, &p.base,
				 e);
	progress_end(&p.line);
	prefix_end(&prefix);
	if (ok)
		fill_in(s);
	return ok;
}

/* ---- trials ------------------------------------------------------------- */

struct quantize_form *search_layer_forms(const struct search *s,
					 const struct search_trial *t,
					 struct arena *a)
{
	const struct sensitivity *x = &s->sensitivity;
	struct quantize_form *f = arena_array(a, struct quantize_form,
					      x->layers);

	for (uint32_t i = 0; i < x->layers; i++) {
		uint32_t of = x->layer[i].same_as;

		if (x->layer[of].why_not || x->layer[of].fixed)
			f[i] = x->layer[of].form;
		else
			f[i] = s->form[t->form[of]];
	}
	return f;
}

static bool all_float(const struct search *s, const struct search_trial *t)
{
	struct arena a = {0};
	const struct quantize_form *f = search_layer_forms(s, t, &a);
	bool all = true;

	for (uint32_t i = 0; i < s->sensitivity.layers; i++)
		all &= f[i].stay_float;
	arena_release(&a);
	return all;
}

static bool make_and_judge(struct search *s, struct search_trial *t,
			   struct err *e)
{
	const struct shrink_samples *in = &s->held.calibration;
	struct quantize_opts o = s->opts;
	struct quantize_report r = {.count = 0};
	struct prefix p = {.model = NULL};
	struct model *m = model_clone(s->model);
	struct arena a = {0};
	bool ok;

	/* There is nothing to make of it. */
	if (all_float(s, t)) {
		t->judged = (struct judged){
			.expected = {NAN, NAN}, .counted = NAN, .scale = 1};
		model_free(m);
		return true;
	}
	o.layer_form = search_layer_forms(s, t, &a);
	ok = prefix_begin(&p, m, in->in, in->count, in->engine,
			  &s->o->common.limits, e) &&
	     quantize_model(m, &o, s->sketch, &p, &r, e) &&
	     heldout_judge(&s->held, m, &t->judged, e);
	quantize_report_release(&r);
	prefix_end(&p);
	model_free(m);
	arena_release(&a);
	return ok;
}

static const struct search_trial *same_forms(const struct search *s,
					     const uint32_t *form)
{
	for (uint32_t i = 0; i < s->ntrials; i++)
		if (!memcmp(s->trial[i].form, form,
			    s->sensitivity.layers * sizeof(*form)))
			return &s->trial[i];
	return NULL;
}

/* Try what BUDGET allows, unless it was tried; *T is that trial. */
static bool try_budget(struct search *s, double budget,
		       const struct search_trial **t, bool *again,
		       struct err *e)
{
	struct search_trial *x = &s->trial[s->ntrials];
	struct assignment a = {.layers = s->sensitivity.layers,
			       .forms = SEARCH_FORMS,
			       .noise = s->sensitivity.noise,
			       .bytes = s->sensitivity.bytes};

	a.form = arena_array(&s->arena, uint32_t, a.layers);
	assign_forms(&a, budget);
	*t = same_forms(s, a.form);
	*again = *t != NULL;
	if (*again)
		return true;
	*x = (struct search_trial){.form = a.form,
				   .budget = budget,
				   .bytes = assignment_bytes(&a)};
	if (!search_state_knows(s, x) && !make_and_judge(s, x, e))
		return false;
	s->ntrials++;
	*t = x;
	if (x->judged.holds && (!s->best || x->bytes < s->best->bytes))
		s->best = x;
	return search_state_write(s, e);
}

/* The noise of all layers in FORM. */
static double noise_of_form(const struct search *s, uint32_t form)
{
	double sum = 0;

	for (uint32_t i = 0; i < s->sensitivity.layers; i++) {
		double x =
			s->sensitivity.noise[(size_t)i * SEARCH_FORMS + form];

		sum += isfinite(x) ? x : 0;
	}
	return sum;
}

static bool search_budget(struct search *s, struct err *e)
{
	struct progress line;
	double lo = 0, hi = INFINITY; /* holds, does not */
	double budget = noise_of_form(s, FIRST_BUDGET_FORM);
	bool ok = true, again = false;

	progress_begin(&line, &s->o->common, "searching", SEARCH_TRIALS);
	while (ok && !again && s->ntrials < SEARCH_TRIALS && hi > 1.02 * lo) {
		const struct search_trial *t;

		ok = try_budget(s, budget, &t, &again, e);
		if (!ok || again)
			break;
		progress_step(&line, s->ntrials);
		*(t->judged.holds ? &lo : &hi) = budget;
		budget *= t->judged.scale * t->judged.scale;
		/* Where the noise points is known to be no answer. */
		if (!(budget > lo) || !(budget < hi))
			budget = isinf(hi) ? 2 * lo
				 : lo > 0  ? sqrt(lo * hi)
					   : hi / 4;
	}
	/* The most exact forms, if nothing held. */
	if (ok && !s->best && s->ntrials < SEARCH_TRIALS) {
		const struct search_trial *t;

		ok = try_budget(s, 0, &t, &again, e);
	}
	progress_end(&line);
	return ok;
}

/* ---- all of it ---------------------------------------------------------- */

static bool set_key(struct search *s, struct dataset *d, struct err *e)
{
	struct sha256 h;
	uint8_t digest[SHA256_BYTES];
	char *p;

	sha256_init(&h);
	model_digest(s->model, digest);
	sha256_add(&h, digest, sizeof(digest));
	if (!dataset_digest(d, digest, e))
		return false;
	sha256_add(&h, digest, sizeof(digest));
	for (uint32_t i = 0; i < s->sensitivity.layers; i++) {
		const struct sensitive_layer *l = &s->sensitivity.layer[i];
		struct str text = {0};

		overrides_print(&text, l->label, &l->form);
		sha256_add_text(&h, text.text);
		str_release(&text);
	}
	sha256_add_u64(&h, s->policy.metric);
	sha256_add_u64(&h, (uint64_t)s->policy.k);
	for (int c = 0; c < CRITERIA; c++) {
		p = (char *)&s->policy.limit[c];
		sha256_add_u64(&h, s->policy.set[c]);
		sha256_add(&h, p, sizeof(s->policy.limit[c]));
	}
	sha256_add_u64(&h, s->sketch != NULL);
	sha256_add_u64(&h, (uint64_t)s->o->common.seed);
	sha256_finish(&h, digest);
	sha256_hex(digest, s->key);
	return true;
}

static void set_forms(struct search *s)
{
	for (uint32_t k = 0; k < SEARCH_FORMS; k++) {
		const struct search_form *f = &search_forms[k];
		bool choose = !strcmp(f->scheme, "auto");

		s->form[k] = (struct quantize_form){
			.stay_float = k == FLOAT_FORM,
			.scheme = scheme_find(choose ? "log" : f->scheme),
			.choose = choose,
			.bits = f->bits,
			.carrier = f->carrier,
		};
	}
}

bool search_run(struct search *s, struct model *m, struct dataset *d,
		const struct sketch *sketch, const struct quantize_opts *opts,
		const struct quantize_cmd_opts *o, const struct policy *p,
		struct err *e)
{
	*s = (struct search){.o = o,
			     .opts = *opts,
			     .policy = *p,
			     .model = m,
			     .sketch = sketch};
	set_forms(s);
	/* So that the walk through the model keeps what repairs need. */
	s->opts.form = s->form[FIRST_BUDGET_FORM];
	if (!heldout_init(&s->held, m, d, p, &o->common, e) ||
	    !sensitivity_init(&s->sensitivity, m, &s->opts, s->form,
			      SEARCH_FORMS, e))
		return false;
	s->known = arena_array(&s->arena, bool,
			       (size_t)s->sensitivity.layers *SEARCH_FORMS);
	return set_key(s, d, e) && search_state_read(s, e) &&
	       find_sensitivity(s, e) && search_budget(s, e);
}

void search_release(struct search *s)
{
	sensitivity_release(&s->sensitivity);
	heldout_release(&s->held);
	arena_release(&s->arena);
}
