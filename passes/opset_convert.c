/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_convert.c -- see opset_convert.h.
 *
 * The main graph and each function import opsets of their own: each is a
 * scope that is converted by itself.  A first run on a copy finds every
 * refusal; only if there is none does the model itself change.
 */
#include "passes/opset_convert.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op.h"
#include "passes/opset_history.h"
#include "passes/opset_ir.h"
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

struct conversion {
	struct model *model;
	struct graph *body;	       /* of the scope */
	const struct function *inside; /* NULL: the main graph */
	struct opset *import;	       /* what the scope imports */
	int64_t from, to;
	bool *refused; /* by node id, of the nodes there were at first */
	uint32_t nknown;
	struct str *lines; /* of all scopes */
	uint32_t nlines;
};

/* ---- refusals ----------------------------------------------------------- */

/* Nodes that an adapter made are called by what they come from. */
static void refuse(struct conversion *c, const struct node *n, const char *why)
{
	struct arena a = {0};
	const struct source *s = n->sources;

	if (n->id < c->nknown)
		c->refused[n->id] = true;
	if (c->nlines++)
		str_addc(c->lines, '\n');
	str_add(c->lines, "'");
	str_add(c->lines, s ? s->node : node_label(n, &a));
	str_addf(c->lines, "' (%s)", n->type);
	if (c->inside)
		str_addf(c->lines, " of function '%s'", c->inside->name);
	str_addf(c->lines, " %s", why);
	arena_release(&a);
}

static bool is_refused(const struct conversion *c, const struct node *n)
{
	return n->id < c->nknown && c->refused[n->id];
}

/* False where memory ended; anything else is the node's fault. */
static bool take_refusal(struct conversion *c, const struct node *n,
			 struct err *e)
{
	if (e->code == ERR_MEMORY || e->code == ERR_LIMIT)
		return false;
	refuse(c, n, e->msg);
	*e = (struct err){.code = ERR_NONE};
	return true;
}

/* ---- one step ----------------------------------------------------------- */

static bool is_default(const char *domain)
{
	return !domain[0] || !strcmp(domain, "ai.onnx");
}

static bool calls_function(const struct node *n)
{
	const struct model *m = n->graph->model;

	for (uint32_t i = 0; i < m->nfunction; i++)
		if (!strcmp(m->function[i].name, n->type) &&
		    is_default(m->function[i].domain))
			return true;
	return false;
}

static bool governed(const struct conversion *c, const struct node *n)
{
	return is_default(n->domain) && !is_refused(c, n) && !calls_function(n);
}

static bool has_reference(const struct node *n)
{
	for (uint32_t i = 0; i < n->nattr; i++)
		if (n->attr[i].ref)
			return true;
	return false;
}

static bool adapt(struct node *n, const struct opset_row *r, bool up,
		  struct err *e)
{
	if (has_reference(n))
		return err_set(e, ERR_UNSUPPORTED,
			       "has attributes that are its function's");
	if (up)
		return r->up(n, e);
	if (r->down)
		return r->down(n, e);
	return opset_recipe(n, r->recipe, NULL, e);
}

/* What adapters made since node FIRST gets its types. */
static bool infer_new(struct conversion *c, uint32_t first, struct err *e)
{
	if (c->model->nnodes == first || c->inside)
		return true;
	for (struct node *n = c->body->first; n;
	     n = node_next_inside(n, NULL)) {
		if (n->id < first)
			continue;
		op_bind_node(n);
		if (!infer_node(n, e) && !take_refusal(c, n, e))
			return false;
	}
	return true;
}

/* What needs no adapter: attributes that came or went with CHANGED. */
static bool drop_changed(struct conversion *c, int64_t changed, bool up,
			 struct err *e)
{
	for (struct node *n = c->body->first; n;
	     n = node_next_inside(n, NULL)) {
		if (!governed(c, n))
			continue;
		if (up)
			opset_step_up(n, (int)changed);
		else if (!opset_step_down(n, (int)changed, e) &&
			 !take_refusal(c, n, e))
			return false;
	}
	return true;
}

static bool step(struct conversion *c, int64_t version, struct err *e)
{
	bool up = c->to > c->from;
	int64_t changed = up ? version : version + 1;
	uint32_t first = c->model->nnodes;
	struct node *next;

	c->import->version = version;
	for (struct node *n = c->body->first; n; n = next) {
		const struct opset_row *r = NULL;

		next = node_next_inside(n, NULL);
		if (governed(c, n))
			r = opset_find_row(n->type, (int)changed, up);
		if (r && !adapt(n, r, up, e) && !take_refusal(c, n, e))
			return false;
	}
	return drop_changed(c, changed, up, e) && infer_new(c, first, e);
}

static bool check_history(struct conversion *c, struct err *e)
{
	for (struct node *n = c->body->first; n; n = node_next_inside(n, NULL))
		if (governed(c, n) && !opset_fits(n, (int)c->to, e) &&
		    !take_refusal(c, n, e))
			return false;
	return true;
}

/* ---- scopes ------------------------------------------------------------- */

static struct opset *find_import(struct opset *o, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (is_default(o[i].domain))
			return &o[i];
	return NULL;
}

static bool convert_scope(struct conversion *c, struct err *e)
{
	int64_t by;

	if (!c->import || c->import->version == c->to)
		return true;
	c->from = c->import->version;
	c->nknown = c->model->nnodes;
	c->refused = calloc((size_t)c->nknown + 1, sizeof(bool));
	if (!c->refused)
		die_oom();
	by = c->to > c->from ? 1 : -1;
	for (int64_t v = c->from; v != c->to; v += by)
		if (!step(c, v + by, e))
			break;
	if (e->code == ERR_NONE)
		check_history(c, e);
	free(c->refused);
	c->refused = NULL;
	c->nknown = 0;
	return e->code == ERR_NONE;
}

/* The array of a function's imports may be shared with a clone. */
static struct opset *own_import(struct model *m, struct function *f)
{
	if (f->nopset)
		f->opset = arena_memdup(&m->arena, f->opset,
					f->nopset * sizeof(*f->opset));
	return find_import(f->opset, f->nopset);
}

static bool run(struct model *m, int64_t version, struct str *lines,
		struct err *e)
{
	struct conversion c = {.model = m,
			       .body = m->main,
			       .import = find_import(m->opset, m->nopset),
			       .to = version,
			       .lines = lines};
	int64_t from = model_opset(m, "");
	bool ok;

	*e = (struct err){.code = ERR_NONE};
	ok = convert_scope(&c, e);
	for (uint32_t i = 0; ok && i < m->nfunction; i++) {
		c.inside = &m->function[i];
		c.body = m->function[i].body;
		c.import = own_import(m, &m->function[i]);
		ok = convert_scope(&c, e);
	}
	if (!ok || c.nlines)
		return false;
	graph_drop_unused_consts(m->main);
	opset_set_ir(m, from, version);
	op_bind_model(m);
	return infer_model(m, e);
}

/* ---- the whole ---------------------------------------------------------- */

/* As many lines as fit into one message, and how many do not. */
static void say_refusals(const struct str *lines, int64_t from, int64_t to,
			 struct str *refused, struct err *e)
{
	enum { ROOM = sizeof(e->msg) - 100 };
	struct str text = {0};
	const char *at = lines->text;
	uint32_t more = 0;

	while (at && *at) {
		size_t n = strcspn(at, "\n");

		if (more || text.len + n > ROOM)
			more++;
		else
			str_addf(&text, "%s%.*s", text.len ? "; " : "", (int)n,
				 at);
		at += n + (at[n] == '\n');
	}
	err_set(e, ERR_UNSUPPORTED,
		"opset %" PRId64 " cannot become %" PRId64 ": %s", from, to,
		text.text ? text.text : "");
	if (more && refused)
		str_add(refused, lines->text);
	if (more && text.len)
		err_set(e, ERR_UNSUPPORTED,
			"opset %" PRId64 " cannot become %" PRId64
			": %s; and %u more",
			from, to, text.text, more);
	str_release(&text);
}

/* Inference knew M before, so what it does not take now cannot be said. */
static void say_failure(int64_t version, struct err *e)
{
	if (e->code == ERR_SHAPE || e->code == ERR_TYPE ||
	    e->code == ERR_FORMAT)
		e->code = ERR_UNSUPPORTED;
	err_context(e, "converted to opset %" PRId64, version);
}

/* The version of the first scope that does not have VERSION yet; 0: none. */
static int64_t version_to_change(const struct model *m, int64_t version)
{
	const struct opset *o = find_import(m->opset, m->nopset);

	for (uint32_t i = 0; (!o || o->version == version) && i < m->nfunction;
	     i++)
		o = find_import(m->function[i].opset, m->function[i].nopset);
	return o && o->version != version ? o->version : 0;
}

static bool in_range(int64_t version, const char *what, struct err *e)
{
	if (version >= OPSET_FIRST && version <= OPSET_LAST)
		return true;
	return err_set(e, ERR_UNSUPPORTED,
		       "%s opset %" PRId64 ", want %d to %d", what, version,
		       OPSET_FIRST, OPSET_LAST);
}

bool convert_opset(struct model *m, int64_t version, struct str *refused,
		   struct err *e)
{
	int64_t from = model_opset(m, "");
	int64_t first = version_to_change(m, version);
	struct str lines = {0};
	struct model *copy;
	bool ok;

	if (!first)
		return true;
	if (!in_range(version, "cannot convert to", e) ||
	    (from >= 0 && !in_range(from, "the model has", e)))
		return false;
	copy = model_clone(m);
	ok = run(copy, version, &lines, e);
	model_free(copy);
	if (!ok && lines.len && e->code == ERR_NONE)
		say_refusals(&lines, first, version, refused, e);
	else if (!ok)
		say_failure(version, e);
	str_release(&lines);
	return ok && run(m, version, &lines, e);
}

bool raise_opset(struct model *m, int64_t version, struct err *e)
{
	int64_t from = model_opset(m, "");

	return from < 0 || from >= version ||
	       convert_opset(m, version, NULL, e);
}
