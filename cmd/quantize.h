/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/quantize.h -- what the files of mlopt quantize share. */
#ifndef CMD_QUANTIZE_H
#define CMD_QUANTIZE_H

#include <limits.h>

#include "cmd/data_options.h"
#include "cmd/shrink.h"

/* --bits was not given. */
enum { QUANTIZE_NO_BITS = INT_MIN };

struct quantize_cmd_opts {
	struct common_opts common;
	const char *sketch, *to, *scheme, *base, *ranges, *granularity;
	const char *activations, *carrier, *format;
	const char *overrides, *write_overrides;
	const char *target, *policy, *minimize, *state, *labels;
	int bits, block;
	bool no_feedback, keep_first, keep_last, ledger;
	struct opt_list keep;
	struct data_opts data;
};

/* A sketch file, which must be of M as it is now prepared. */
MUST_USE bool quantize_read_sketch(struct sketch *s, const char *path,
				   const struct model *m,
				   const struct common_opts *c, struct err *e);

/* --to: the model at PATH in another floating type. */
MUST_USE bool quantize_to(const struct quantize_cmd_opts *o, const char *path,
			  struct err *e);

#endif
