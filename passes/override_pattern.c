/* SPDX-License-Identifier: Apache-2.0 */
/* passes/override_pattern.c -- regular expressions of overrides, by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "passes/override_rule.h"

enum {
	STEPS_MAX = 1000000, /* of backtracking on one name */
	HEAP_KIB = 16 * 1024,
	NESTING = 100,
};

struct override_pattern {
	pcre2_compile_context *rules;
	pcre2_match_context *limits;
	pcre2_match_data *data;
	pcre2_code *code;
};

void override_pattern_free(struct override_pattern *p)
{
	if (!p)
		return;
	pcre2_code_free(p->code);
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->limits);
	pcre2_compile_context_free(p->rules);
	free(p);
}

static bool compile(struct override_pattern *p, const char *text, struct err *e)
{
	PCRE2_UCHAR why[160];
	PCRE2_SIZE at;
	int code;

	p->rules = pcre2_compile_context_create(NULL);
	p->limits = pcre2_match_context_create(NULL);
	p->data = pcre2_match_data_create(1, NULL);
	if (!p->rules || !p->limits || !p->data)
		return err_set(e, ERR_MEMORY, "no memory for a pattern");
	pcre2_set_parens_nest_limit(p->rules, NESTING);
	pcre2_set_match_limit(p->limits, STEPS_MAX);
	pcre2_set_heap_limit(p->limits, HEAP_KIB);
	p->code = pcre2_compile((PCRE2_SPTR)text, strlen(text), PCRE2_UTF,
				&code, &at, p->rules);
	if (p->code)
		return true;
	pcre2_get_error_message(code, why, sizeof(why));
	return err_set(e, ERR_FORMAT, "pattern '%s': %s at character %zu", text,
		       (const char *)why, (size_t)at + 1);
}

bool override_pattern_compile(struct override_pattern **out, const char *text,
			      struct err *e)
{
	struct override_pattern *p = calloc(1, sizeof(*p));

	if (!p)
		die_oom();
	if (!compile(p, text, e)) {
		override_pattern_free(p);
		return false;
	}
	*out = p;
	return true;
}

bool override_pattern_find(const struct override_pattern *p, const char *text,
			   bool *found, struct err *e)
{
	int n = pcre2_match(p->code, (PCRE2_SPTR)text, strlen(text), 0, 0,
			    p->data, p->limits);

	*found = n >= 0;
	/* A name that is not UTF-8 is matched by nothing. */
	if (n >= PCRE2_ERROR_NOMATCH ||
	    (n <= PCRE2_ERROR_UTF8_ERR1 && n >= PCRE2_ERROR_UTF8_ERR21))
		return true;
	return err_set(e, ERR_LIMIT, "matching '%s' takes too long", text);
}
