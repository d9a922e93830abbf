/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/data_options.h -- --data and how samples become inputs: the options of
 * every command that reads a dataset.
 */
#ifndef CMD_DATA_OPTIONS_H
#define CMD_DATA_OPTIONS_H

#include "cmd/cmd.h"
#include "data/dataset.h"

/* Embed it in a command's options and list
 *     OPT_GROUP(struct my_opts, data, data_options, "data") */
struct data_opts {
	const char *data, *samples, *scale, *mean, *std, *size, *color, *layout;
};

extern const struct opt data_options[];

/*
 * Open the dataset for M; LABELS may be NULL.  With no --data it is an
 * ERR_USAGE that says so.
 */
MUST_USE bool data_options_open(struct dataset **out, const struct model *m,
				const struct data_opts *o, const char *labels,
				const struct common_opts *c, struct err *e);

#endif
