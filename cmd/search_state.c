/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/search_state.c -- what a search measured, so that it can go on.
 *
 *     mlopt-search 1
 *     key DIGEST                         of model, data, target and options
 *     noise LAYER FORM VALUE
 *     trial FORMS HOLDS NOISE EXPECTED ERROR COUNTED SCALE
 *                                        FORMS: a digit for each layer
 *
 * Numbers are hexadecimal floats: what is read is what was measured.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "base/output.h"
#include "cmd/search.h"

static char *forms_text(const struct search *s, const uint32_t *form,
			struct arena *a)
{
	uint32_t n = s->sensitivity.layers;
	char *text = arena_array(a, char, (size_t)n + 1);

	for (uint32_t i = 0; i < n; i++)
		text[i] = (char)('0' + form[i]);
	return text;
}

/* ---- writing ------------------------------------------------------------ */

static void put(const struct search *s, struct str *t)
{
	const struct sensitivity *x = &s->sensitivity;
	struct arena a = {0};

	str_addf(t, "mlopt-search 1\nkey %s\n", s->key);
	for (uint32_t i = 0; i < x->layers; i++)
		for (uint32_t k = 0; k < SEARCH_FORMS; k++) {
			size_t at = (size_t)i * SEARCH_FORMS + k;

			if (s->known[at])
				str_addf(t, "noise %u %u %a\n", i, k,
					 x->noise[at]);
		}
	for (uint32_t i = 0; i < s->ntrials; i++) {
		const struct judged *j = &s->trial[i].judged;

		str_addf(t, "trial %s %d %a %a %a %a %a\n",
			 forms_text(s, s->trial[i].form, &a), j->holds,
			 j->noise, j->expected.drop, j->expected.error,
			 j->counted, j->scale);
	}
	for (uint32_t i = 0; i < s->ntold; i++)
		if (!s->told[i].used)
			str_addf(t, "%s\n", s->told[i].line);
	arena_release(&a);
}

bool search_state_write(const struct search *s, struct err *e)
{
	struct output out = {0};
	struct str t = {0};
	bool ok;

	if (!s->o->state)
		return true;
	put(s, &t);
	ok = output_begin(&out, s->o->state, e);
	if (ok && !sink_write(&out.sink, t.text, t.len, e)) {
		output_abort(&out);
		ok = false;
	}
	ok = ok && output_commit(&out, e);
	str_release(&t);
	return ok;
}

/* ---- reading ------------------------------------------------------------ */

static bool bad(const struct search *s, size_t line, struct err *e)
{
	return err_set(e, ERR_FORMAT, "%s line %zu: not a state of a search",
		       s->o->state, line);
}

static bool read_noise(struct search *s, const char *text)
{
	uint32_t i, k;
	double x;
	size_t at;

	if (sscanf(text, "noise %" SCNu32 " %" SCNu32 " %la", &i, &k, &x) !=
		    3 ||
	    i >= s->sensitivity.layers || k >= SEARCH_FORMS)
		return false;
	at = (size_t)i * SEARCH_FORMS + k;
	s->sensitivity.noise[at] = x;
	s->known[at] = true;
	return true;
}

static bool read_trial(struct search *s, const char *line)
{
	const char *forms = line + strlen("trial ");
	size_t n = s->sensitivity.layers;

	if (strspn(forms, "0123456789") != n || forms[n] != ' ' ||
	    s->ntold == SEARCH_TRIALS)
		return false;
	s->told[s->ntold++] = (struct search_told){.line = line};
	return true;
}

static bool read_line(struct search *s, char *text, size_t line, struct err *e)
{
	if (line == 1)
		return !strcmp(text, "mlopt-search 1") || bad(s, line, e);
	if (line == 2) {
		if (!str_starts(text, "key "))
			return bad(s, line, e);
		return !strcmp(text + 4, s->key) ||
		       err_set(e, ERR_USAGE,
			       "%s: state of another model, data, target or "
			       "options",
			       s->o->state);
	}
	if (str_starts(text, "noise ") && read_noise(s, text))
		return true;
	return (str_starts(text, "trial ") && read_trial(s, text)) ||
	       bad(s, line, e);
}

bool search_state_read(struct search *s, struct err *e)
{
	struct input in;
	char *text, *end;
	bool ok = true;

	if (!s->o->state || access(s->o->state, F_OK))
		return true;
	if (!input_open(&in, s->o->state, NULL, e))
		return false;
	text = arena_strndup(&s->arena, (const char *)in.bytes.at,
			     in.bytes.len);
	input_close(&in);
	for (size_t line = 1; ok && *text; line++, text = end) {
		end = text + strcspn(text, "\n");
		if (*end)
			*end++ = '\0';
		ok = read_line(s, text, line, e);
	}
	return ok;
}

bool search_state_knows(struct search *s, struct search_trial *t)
{
	struct arena a = {0};
	const char *forms = forms_text(s, t->form, &a);
	size_t n = strlen(forms);
	bool found = false;

	for (uint32_t i = 0; i < s->ntold && !found; i++) {
		const char *at = s->told[i].line + strlen("trial ");
		struct judged *j = &t->judged;
		int holds;

		if (strncmp(at, forms, n) ||
		    sscanf(at + n, "%d %la %la %la %la %la", &holds, &j->noise,
			   &j->expected.drop, &j->expected.error, &j->counted,
			   &j->scale) != 6)
			continue;
		j->holds = holds == 1;
		found = s->told[i].used = true;
	}
	arena_release(&a);
	return found;
}
