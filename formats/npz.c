/* SPDX-License-Identifier: Apache-2.0 */
/* formats/npz.c -- NumPy archives: a zip of .npy members.
 *
 * Stored members are used where they lie in the file; deflated ones are
 * inflated into memory, within the budget.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "formats/npy.h"
#include "formats/zip.h"

static bool probe(struct bytes head)
{
	return head.len >= 4 &&
	       (!memcmp(head.at, "PK\3\4", 4) || !memcmp(head.at, "PK\5\6", 4));
}

static bool read_member(struct tensor_set *set, const struct zip_member *m,
			const struct limits *lim, struct err *e)
{
	struct named_tensor *t = &set->at[set->count];
	size_t n = strlen(m->name);
	struct bytes file = m->stored;
	struct tensor x;
	void *to = NULL;

	if (!str_ends(m->name, ".npy") || n == 4)
		return err_set(e, ERR_FORMAT,
			       "member '%s' is no array: its name does not "
			       "end in .npy",
			       m->name);
	if (m->bytes > lim->tensor_bytes)
		return err_set(e, ERR_LIMIT,
			       "member '%s' has %llu bytes, the limit is %zu",
			       m->name, (unsigned long long)m->bytes,
			       lim->tensor_bytes);
	if (m->deflated && !tensor_set_alloc(set, m->bytes, &to, e))
		return err_context(e, "member '%s'", m->name);
	if (!zip_extract(m, to, e))
		return false;
	if (m->deflated)
		file = (struct bytes){to, m->bytes};
	if (!npy_parse(&x, file, set, lim, e))
		return err_context(e, "member '%s'", m->name);
	t->name = arena_strndup(&set->arena, m->name, n - 4);
	t->datum = datum_tensor(&x);
	set->count++;
	return true;
}

static bool read_npz(struct tensor_set *set, struct input *in,
		     const struct limits *lim, struct err *e)
{
	struct zip z;

	if (!zip_open(&z, in->bytes, &set->arena, lim, e))
		return false;
	set->at = arena_array(&set->arena, struct named_tensor, z.count);
	for (uint32_t i = 0; i < z.count; i++)
		if (!read_member(set, &z.at[i], lim, e))
			return false;
	set->input = *in;
	*in = (struct input){.fd = -1, .dir = -1};
	return true;
}

/* ---- writing ------------------------------------------------------------ */

struct writer {
	struct tensor_visitor visitor;
	struct zip_writer zip;
};

static bool write_one(struct tensor_visitor *self, const char *name,
		      const struct tensor *t, struct err *e)
{
	struct writer *w = (struct writer *)self;
	struct npy_image x;
	struct str member = {0};
	bool ok;

	if (!npy_image_init(&x, t, e))
		return err_context(e, "'%s'", name);
	str_addf(&member, "%s.npy", name);
	ok = zip_writer_add(
		&w->zip, member.text,
		(const struct bytes[]){
			{(const uint8_t *)x.head.text, x.head.len}, x.body},
		2, e);
	str_release(&member);
	npy_image_release(&x);
	return ok;
}

static bool write_npz(struct sink *out, const struct named_tensor *t,
		      size_t count, struct err *e)
{
	struct writer w = {.visitor.visit = write_one};
	bool ok = true;

	zip_writer_init(&w.zip, out);
	for (size_t i = 0; ok && i < count; i++) {
		struct named_tensor x = t[i];
		char number[32];

		/* As numpy.savez() names what has no name. */
		snprintf(number, sizeof(number), "arr_%zu", i);
		if (!*x.name)
			x.name = number;
		ok = named_tensor_visit(&x, &w.visitor, e);
	}
	ok = ok && zip_writer_finish(&w.zip, e);
	zip_writer_release(&w.zip);
	return ok;
}

const struct format format_rows_npz[] = {
	{.name = "npz",
	 .summary = "NumPy archive of named arrays",
	 .suffix = ".npz",
	 .probe = probe,
	 .read_tensors = read_npz,
	 .write_tensors = write_npz},
	{0},
};
