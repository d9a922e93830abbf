/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/merge.c -- mlopt merge: one calibration sketch out of several. */
#include "cmd/shrink.h"

struct merge_opts {
	struct common_opts common;
};

static const struct merge_opts defaults = {.common.output = NULL};

static bool merge(struct sketch *s, int count, char **path,
		  const struct common_opts *c, struct err *e)
{
	if (!sketch_read_file(s, path[0], &c->limits, e))
		return false;
	for (int i = 1; i < count; i++) {
		struct sketch next;
		bool ok;

		if (!sketch_read_file(&next, path[i], &c->limits, e))
			return false;
		ok = sketch_merge(s, &next, e);
		sketch_release(&next);
		if (!ok)
			return err_context(e, "%s", path[i]);
	}
	return true;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	struct sketch s = {.count = 0};
	bool ok = merge(&s, argc, argv, common, e) &&
		  sketch_write_file(&s, common->output, e) &&
		  sketch_report(&s, common, e);

	sketch_release(&s);
	return ok ? EXIT_OK : CMD_FAILED;
}

extern const struct cmd cmd_rows_merge[];
const struct cmd cmd_rows_merge[] = {
	CMD(struct merge_opts, "merge", "SKETCH... -o SKETCH",
	    "merge calibration sketches of parts of the data", NULL,
	    &defaults.common, run, 1, -1, OUTPUT_REQUIRED),
	{0},
};
