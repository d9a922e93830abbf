/* SPDX-License-Identifier: Apache-2.0 */
/* passes/override_rule.h -- one entry of quantize_overrides.h. */
#ifndef PASSES_OVERRIDE_RULE_H
#define PASSES_OVERRIDE_RULE_H

#include "passes/quantize_overrides.h"

enum override_key {
	KEY_EXCLUDE,
	KEY_SCHEME,
	KEY_BITS,
	KEY_BASE,
	KEY_BLOCK,
	KEY_DTYPE,
	KEY_CARRIER,
	KEY_METHOD,
	KEY_COUNT
};

enum override_subject { BY_NAME, BY_PATTERN, BY_OPERATOR };

struct override_pattern;

struct override_rule {
	enum override_subject by;
	const char *text; /* the name, pattern or operator */
	size_t line;
	struct override_pattern *pattern; /* of BY_PATTERN */
	bool gives[KEY_COUNT];
	struct quantize_form form; /* what is given */
};

/* "name", "pattern", "operator" */
extern const char *const override_subject_name[];

/* Compile TEXT, which is UTF-8; free with override_pattern_free(). */
MUST_USE bool override_pattern_compile(struct override_pattern **out,
				       const char *text, struct err *e);
void override_pattern_free(struct override_pattern *p);
/* Is it found in TEXT? */
MUST_USE bool override_pattern_find(const struct override_pattern *p,
				    const char *text, bool *found,
				    struct err *e);

/* Names of bases, and their levels per octave; 0: each channel its own. */
struct base_name {
	const char *name;
	int steps;
};
extern const struct base_name base_names[]; /* ended by NULL */

#endif
