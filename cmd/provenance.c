/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/provenance.c -- how a written model was made. */
#include "cmd/provenance.h"

#include <string.h>

#include "base/sha256.h"
#include "cmd/options.h"
#include "config.h"

/* Options that change how a command works but not what it writes. */
static bool leaves_no_trace(const struct opt *o)
{
	static const char *const names[] = {
		"output",  "quiet",   "verbose",    "json",
		"threads", "timeout", "max_memory", "no_provenance"};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(o->name, names[i]) == 0)
			return true;
	return false;
}

static void add_text(struct str *s, const char *value)
{
	const char *slash = strrchr(value, '/');

	str_add_escaped(s, slash ? slash + 1 : value,
			strlen(slash ? slash + 1 : value));
}

static void add_name(struct str *s, const struct opt *o)
{
	str_add(s, " --");
	options_name(o, s);
	if (o->type != OPT_FLAG)
		str_addc(s, '=');
}

static void add_list(struct str *s, const struct opt *o,
		     const struct opt_list *list)
{
	for (int i = 0; i < list->count; i++) {
		add_name(s, o);
		add_text(s, list->at[i]);
	}
}

/* The bytes at AT are the option's value in the command's struct. */
static void add_value(struct str *s, const struct opt *o, const void *at)
{
	if (o->type == OPT_LIST) {
		add_list(s, o, at);
		return;
	}
	add_name(s, o);
	if (o->type == OPT_INT)
		str_addf(s, "%d", *(const int *)at);
	else if (o->type == OPT_LONG)
		str_addf(s, "%lld", *(const long long *)at);
	else if (o->type == OPT_FLOAT)
		str_add_double(s, *(const double *)at);
	else if (o->type == OPT_STR)
		add_text(s, *(const char *const *)at);
}

static size_t value_bytes(const struct opt *o)
{
	switch (o->type) {
	case OPT_FLAG:
		return sizeof(bool);
	case OPT_INT:
		return sizeof(int);
	case OPT_LONG:
		return sizeof(long long);
	case OPT_FLOAT:
		return sizeof(double);
	case OPT_STR:
		return sizeof(const char *);
	case OPT_LIST:
		return sizeof(struct opt_list);
	case OPT_END:
	case OPT_TABLE:
		break;
	}
	return 0;
}

static void add_options(struct str *s, const struct common_opts *c)
{
	static const unsigned char zeros[sizeof(struct opt_list)];
	struct option_walk w = options_walk(c->cmd);
	const struct opt *o;
	size_t at;

	while ((o = options_next(&w, &at))) {
		const void *value = (const char *)c + at;
		const void *usual =
			c->cmd->defaults
				? (const void *)((const char *)
							 c->cmd->defaults +
						 at)
				: (const void *)zeros;

		if (!leaves_no_trace(o) &&
		    memcmp(value, usual, value_bytes(o)) != 0)
			add_value(s, o, value);
	}
}

/* The elements of constants of G that lie in IN. */
static void add_elements(struct sha256 *hash, const struct input *in,
			 const struct graph *g)
{
	for (uint32_t i = 0; i < g->nkonst; i++) {
		const struct tensor *t = g->konst[i]->konst;
		const uint8_t *at = t ? t->data : NULL;

		if (at && at >= in->bytes.at &&
		    at < in->bytes.at + in->bytes.len)
			sha256_add(hash, at, t->bytes);
	}
}

/* An external file may be far larger than what the model uses of it. */
static void add_external(struct sha256 *hash, const struct input *in,
			 const struct model *m)
{
	add_elements(hash, in, m->main);
	for (const struct node *n = model_first(m); n; n = model_next(n)) {
		struct graph *g = NULL;

		while ((g = node_next_graph(n, g)))
			add_elements(hash, in, g);
	}
	for (uint32_t i = 0; i < m->nfunction; i++)
		add_elements(hash, in, m->function[i].body);
}

void provenance_add(struct model *m, const struct common_opts *c)
{
	const char *before = model_property(m, "mlopt");
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX];
	struct sha256 hash;
	struct str s = {0};

	if (c->no_provenance)
		return;
	if (before)
		str_addf(&s, "%s\n", before);
	str_addf(&s, "%s %s", PACKAGE_VERSION, c->cmd->name);
	add_options(&s, c);
	sha256_init(&hash);
	/* The model's own file is kept last, so it comes first. */
	for (const struct input *in = m->inputs; in; in = in->next)
		if (in == m->inputs)
			sha256_add(&hash, in->bytes.at, in->bytes.len);
		else
			add_external(&hash, in, m);
	sha256_finish(&hash, digest);
	sha256_hex(digest, hex);
	str_addf(&s, " sha256:%s", hex);
	model_set_property(m, "mlopt", s.text);
	str_release(&s);
}
