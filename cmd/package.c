/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/package.c -- mlopt package: a deployable folder of a model. */
#include "package/package.h"

#include "cmd/load.h"

struct package_cmd_opts {
	struct common_opts common;
	const char *name, *version, *labels;
	int max_batch, server_threads;
};

static const struct opt opts[] = {
	OPT(struct package_cmd_opts, name, 0, "NAME",
	    "the model's name for clients (required)"),
	OPT(struct package_cmd_opts, version, 0, "N",
	    "a positive number (required)"),
	OPT(struct package_cmd_opts, labels, 0, "FILE",
	    "class names, one a line, for the first output"),
	OPT(struct package_cmd_opts, max_batch, 0, "N",
	    "most requests in a batch; 0 for none (default: by the model)"),
	OPT(struct package_cmd_opts, server_threads, 0, "N",
	    "threads of one inference on the server"),
	OPT_LAST,
};

static const struct package_cmd_opts defaults = {.max_batch = -1};

static const struct target *choose(const char *name, struct err *e)
{
	enum { MOST = 16 };
	const char *names[MOST + 1] = {NULL};
	const struct target *t = target_find(name);
	int n = 0;

	if (t)
		return t;
	for (t = target_next(NULL); t && n < MOST; t = target_next(t))
		names[n++] = t->name;
	return cmd_choice("target", name, names, e) < 0 ? NULL : t;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct package_cmd_opts *o = (struct package_cmd_opts *)common;
	struct package_opts p = {
		.dir = common->output,
		.name = o->name,
		.version = o->version,
		.labels = o->labels,
		.max_batch = o->max_batch,
		.threads = o->server_threads,
	};
	const struct target *t = choose(argv[0], e);
	struct model *m = NULL;
	bool ok;

	(void)argc;
	if (!t)
		return CMD_FAILED;
	if (!o->name || !o->version || o->max_batch < -1 ||
	    o->server_threads < 0) {
		err_set(e, ERR_USAGE,
			!o->name      ? "option '--name' is required"
			: !o->version ? "option '--version' is required"
				      : "'--max-batch' and '--server-threads' "
					"want positive numbers");
		return CMD_FAILED;
	}
	ok = load_model(&m, common, argv[1], e) && t->write(m, &p, e);
	model_free(m);
	return ok ? EXIT_OK : CMD_FAILED;
}

const struct cmd cmd_rows_package[] = {
	CMD(struct package_cmd_opts, "package",
	    "triton MODEL -o DIR --name NAME --version N",
	    "make a deployable folder of a model", opts, &defaults.common, run,
	    2, 2, OUTPUT_REQUIRED),
	{0},
};
