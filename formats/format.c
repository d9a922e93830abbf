/* SPDX-License-Identifier: Apache-2.0 */
/* formats/format.c -- the registry of formats, and files by their format. */
#include "formats/format.h"

#include <string.h>

#include "base/str.h"

#define ROW(file) extern const struct format format_rows_##file[];
#include "formats/registry.inc"
#undef ROW

static const struct format *const tables[] = {
#define ROW(file) format_rows_##file,
#include "formats/registry.inc"
#undef ROW
};

enum { HEAD_BYTES = 512 };

const struct format *format_next(const struct format *prev)
{
	bool seen = !prev;

	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct format *f = tables[t]; f->name; f++) {
			if (seen)
				return f;
			seen = f == prev;
		}
	return NULL;
}

const struct format *format_find(const char *name)
{
	const struct format *f = NULL;

	while ((f = format_next(f)))
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static const struct format *by_suffix(const char *path)
{
	const struct format *f = NULL;

	while ((f = format_next(f)))
		if (f->suffix && str_ends(path, f->suffix))
			return f;
	return NULL;
}

const struct format *format_guess(const char *path, struct bytes head)
{
	const struct format *f = NULL;

	if (head.len > HEAD_BYTES)
		head.len = HEAD_BYTES;
	while ((f = format_next(f)))
		if (f->probe && f->probe(head))
			return f;
	return by_suffix(path);
}

/* What people save as a model by mistake; NULL if IN is none of it. */
static const char *looks_like(struct bytes in)
{
	static const struct {
		const char *head, *what;
	} known[] = {
		{"version https://git-lfs", "a git-LFS pointer, not the file "
					    "itself (git lfs pull fetches it)"},
		{"<!DOCTYPE", "an HTML page"},
		{"<!doctype", "an HTML page"},
		{"<html", "an HTML page"},
		{"<HTML", "an HTML page"},
		{"{", "a JSON document"},
		{"\x1f\x8b", "gzip data"},
		{"PK\x03\x04", "a zip archive"},
		{"\x93NUMPY", "a NumPy array"},
	};

	if (!in.len)
		return "empty";
	while (in.len && strchr(" \t\r\n", in.at[0]) && in.at[0]) {
		in.at++;
		in.len--;
	}
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		size_t n = strlen(known[i].head);

		if (in.len >= n && !memcmp(in.at, known[i].head, n))
			return known[i].what;
	}
	return NULL;
}

static bool not_read(const struct format *f, const struct input *in,
		     const char *wanted, struct err *e)
{
	const char *what = looks_like(in->bytes);

	if (what)
		return err_set(e, ERR_FORMAT, "the file is %s, not a %s", what,
			       wanted);
	if (f)
		return err_set(e, ERR_FORMAT, "a %s file holds no %s", f->name,
			       wanted);
	return err_set(e, ERR_FORMAT,
		       "neither content nor suffix is that of "
		       "a known %s format",
		       wanted);
}

bool format_read_model(struct model **out, const char *path,
		       const struct limits *lim, struct err *e)
{
	return format_check_model(out, path, lim, NULL, e);
}

bool format_check_model(struct model **out, const char *path,
			const struct limits *lim, struct findings *found,
			struct err *e)
{
	struct limits filled = limits_filled(lim);
	struct input in;
	const struct format *f;
	bool ok;

	if (!input_open(&in, path, filled.memory, e))
		return false;
	f = format_guess(path, in.bytes);
	if (!f)
		f = format_find("onnx"); /* which has no mark of its own */
	if (f->read_model && !looks_like(in.bytes))
		ok = f->read_model(out, &in, &filled, found, e);
	else
		ok = not_read(f, &in, "model", e);
	if (ok)
		return true;
	input_close(&in);
	return err_context(e, "%s", path);
}

bool format_read_tensors(struct tensor_set *set, const char *path,
			 const struct limits *lim, struct err *e)
{
	struct limits filled = limits_filled(lim);
	struct input in;
	const struct format *f;
	bool ok;

	*set = (struct tensor_set){.expect = set->expect,
				   .budget = filled.memory};
	if (!input_open(&in, path, filled.memory, e))
		return false;
	f = format_guess(path, in.bytes);
	if (f && f->read_tensors)
		ok = f->read_tensors(set, &in, &filled, e);
	else
		ok = not_read(f, &in, "tensor file", e);
	if (ok)
		return true;
	input_close(&in);
	tensor_set_release(set);
	return err_context(e, "%s", path);
}

bool format_write_model(const char *path, const struct model *m,
			const struct write_opts *o, struct err *e)
{
	const struct format *f = by_suffix(path);

	if (!f)
		f = format_find("onnx");
	if (!f || !f->write_model)
		return err_set(e, ERR_UNSUPPORTED,
			       "%s: no model can be written in this format",
			       path);
	return f->write_model(path, m, o, e) || err_context(e, "%s", path);
}

bool format_write_tensors(const char *path, const struct named_tensor *t,
			  size_t count, struct err *e)
{
	const struct format *f = by_suffix(path);
	struct output out;

	if (!f || !f->write_tensors)
		return err_set(e, ERR_UNSUPPORTED,
			       "%s: no tensors can be written in this format",
			       path);
	if (!output_begin(&out, path, e))
		return false;
	if (!f->write_tensors(&out.sink, t, count, e)) {
		output_abort(&out);
		return err_context(e, "%s", path);
	}
	return output_commit(&out, e);
}
