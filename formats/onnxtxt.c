/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt.c -- ONNX's text syntax as a file format. */
#include "formats/onnxtxt.h"

#include <string.h>

#include "formats/format.h"

/* Blanks and comments, then the header of a model. */
static bool probe(struct bytes head)
{
	const char *at = (const char *)head.at, *end = at + head.len;

	while (at < end && (*at == '#' || strchr(" \t\r\n", *at))) {
		if (*at == '#')
			while (at < end && *at != '\n')
				at++;
		else
			at++;
	}
	if (at == end || *at++ != '<')
		return false;
	while (at < end && strchr(" \t\r\n", *at))
		at++;
	return (end - at >= 10 && !memcmp(at, "ir_version", 10)) ||
	       (end - at >= 12 && !memcmp(at, "opset_import", 12));
}

static bool read_text(struct model **out, struct input *in,
		      const struct limits *lim, struct findings *found,
		      struct err *e)
{
	if (!onnxtxt_check(out, in->bytes, lim, found, e))
		return false;
	model_keep_input(*out, in);
	return true;
}

static bool write_text(const char *path, const struct model *m,
		       const struct write_opts *o, struct err *e)
{
	struct output out;

	if (o && o->external == EXTERNAL_YES)
		return err_set(e, ERR_USAGE,
			       "the text format has no external data");
	if (!output_begin(&out, path, e))
		return false;
	if (!onnxtxt_print(&out.sink, m, NULL, e)) {
		output_abort(&out);
		return false;
	}
	return output_commit(&out, e);
}

const struct format format_rows_onnxtxt[] = {
	{.name = "onnxtxt",
	 .summary = "ONNX model as text, for reading and writing by people",
	 .suffix = ".onnxtxt",
	 .probe = probe,
	 .read_model = read_text,
	 .write_model = write_text},
	{0},
};
