/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/data_options.c -- see data_options.h. */
#include "cmd/data_options.h"

const struct opt data_options[] = {
	OPT(struct data_opts, data, 0, "D",
	    "samples: .npz, .npy, IDX, folder, or random:COUNT"),
	OPT(struct data_opts, samples, 0, "FIRST:LAST[:STEP]",
	    "only these samples; ::10 is every tenth"),
	OPT(struct data_opts, scale, 0, "F",
	    "multiply every element by F, such as 1/255, first"),
	OPT(struct data_opts, mean, 0, "M[,M...]",
	    "then subtract M, one for each channel"),
	OPT(struct data_opts, std, 0, "S[,S...]",
	    "then divide by S, one for each channel"),
	OPT(struct data_opts, size, 0, "HxW",
	    "resize images to cover HxW, crop the centre"),
	OPT(struct data_opts, color, 0, "C", "rgb, bgr or gray"),
	OPT(struct data_opts, layout, 0, "L", "of images: nchw or nhwc"),
	OPT_LAST,
};

bool data_options_open(struct dataset **out, const struct model *m,
		       const struct data_opts *o, const char *labels,
		       const struct common_opts *c, struct err *e)
{
	struct dataset_opts d = {
		.path = o->data,
		.labels = labels,
		.samples = o->samples,
		.scale = o->scale,
		.mean = o->mean,
		.std = o->std,
		.size = o->size,
		.color = o->color,
		.layout = o->layout,
		.shard_index = c->shard_index,
		.shard_count = c->shard_count,
		.seed = (uint64_t)c->seed,
	};

	if (!o->data)
		return err_set(e, ERR_USAGE, "option '--data' is required");
	return dataset_open(out, m, &d, &c->limits, e);
}
