/* SPDX-License-Identifier: Apache-2.0 */
/* exec/relayout.c -- reorders between kernels that want other layouts.
 *
 * Each kernel says in which layout it wants its operands, given the ones they
 * have, and in which it leaves its results.  Where the two differ a Reorder
 * node goes in, once for each value and layout, so that plans and profiles
 * list it like any other step.  What leaves a graph is row-major.
 */
#include <string.h>

#include "exec/lower.h"
#include "exec/plan_impl.h"

/* The Reorder of V to layout TO that is already there, or NULL. */
static struct value *find_reorder(const struct value *v, enum tensor_layout to)
{
	for (const struct use *u = v->uses; u; u = u->next)
		if (u->user && u->graph == v->graph &&
		    node_is(u->user, "mlopt", "Reorder") &&
		    node_int(u->user, "to", -1) == to)
			return u->user->out[0];
	return NULL;
}

static void insert_behind(struct node *n, struct value *v)
{
	struct node *next = v->def ? v->def->next : v->graph->first;

	if (next)
		node_insert_before(n, next);
	else
		node_append(n);
}

/* V in layout TO, where its graph defines V. */
static struct value *reordered(struct plan *p, struct value *v,
			       enum tensor_layout to)
{
	struct value *found = find_reorder(v, to);
	struct value *operands[] = {v};
	struct node_spec spec = {.domain = "",
				 .type = "Identity",
				 .in = operands,
				 .nin = 1,
				 .nout = 1};
	struct node *n;

	if (found)
		return found;
	n = node_new(v->graph, &spec);
	insert_behind(n, v);
	node_set_int(n, "from", plan_layout_of(p, v));
	node_set_int(n, "to", to);
	lower_retype(n, "mlopt", "Reorder");
	n->sources = v->def ? lower_sources(v->def, "reorder") : NULL;
	n->out[0]->type = v->type;
	plan_set_layout(p, n->out[0], to);
	return n->out[0];
}

enum tensor_layout plan_layout_of(const struct plan *p, const struct value *v)
{
	return v->id < p->nlayout ? (enum tensor_layout)p->layout[v->id]
				  : LAYOUT_ROWS;
}

/* Entry ID of LIST, which grows as needed, becomes L. */
static void set_entry(struct plan *p, uint8_t **list, uint32_t *count,
		      uint32_t id, enum tensor_layout l)
{
	if (id >= *count) {
		uint32_t room = 2 * (id + 1);
		uint8_t *grown = arena_array(&p->arena, uint8_t, room);

		if (*count)
			memcpy(grown, *list, *count);
		*list = grown;
		*count = room;
	}
	(*list)[id] = (uint8_t)l;
}

void plan_set_layout(struct plan *p, const struct value *v,
		     enum tensor_layout l)
{
	set_entry(p, &p->layout, &p->nlayout, v->id, l);
}

enum tensor_layout plan_works_in(const struct plan *p, const struct node *n)
{
	return n->id < p->nworks ? (enum tensor_layout)p->works_in[n->id]
				 : LAYOUT_ROWS;
}

/* V has the same bytes in layouts A and B. */
static bool lies_same(const struct value *v, enum tensor_layout a,
		      enum tensor_layout b)
{
	return a == b || (layout_is_rows(&v->type.shape, a) &&
			  layout_is_rows(&v->type.shape, b));
}

static bool relayout_action(struct plan *p, struct action *a, struct node *n)
{
	enum tensor_layout *have = arena_array(&p->arena, enum tensor_layout,
					       n->nin);
	enum tensor_layout *want = arena_array(&p->arena, enum tensor_layout,
					       n->nin);
	enum tensor_layout *out = arena_array(&p->arena, enum tensor_layout,
					      n->nout);
	bool changed = false;

	for (uint32_t i = 0; i < n->nin; i++)
		if (n->in[i].value)
			have[i] = plan_layout_of(p, n->in[i].value);
	if (!a->dynamic && a->call.kernel->layouts) {
		memcpy(want, have, n->nin * sizeof(*want));
		set_entry(p, &p->works_in, &p->nworks, n->id,
			  a->call.kernel->layouts(&a->call, want, out));
	}
	for (uint32_t i = 0; i < n->nin; i++)
		if (n->in[i].value &&
		    !lies_same(n->in[i].value, have[i], want[i])) {
			use_set(&n->in[i],
				reordered(p, n->in[i].value, want[i]));
			changed = true;
		}
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && out[i] != LAYOUT_ROWS) {
			plan_set_layout(p, n->out[i], out[i]);
			changed = true;
		}
	return changed;
}

static bool relayout_ports(struct plan *p, struct graph *g)
{
	bool changed = false;

	for (uint32_t i = 0; i < g->nout; i++) {
		struct value *v = g->out[i].read.value;

		if (lies_same(v, plan_layout_of(p, v), LAYOUT_ROWS))
			continue;
		use_set(&g->out[i].read, reordered(p, v, LAYOUT_ROWS));
		changed = true;
	}
	return changed;
}

/* True if anything is not row-major: bind again. */
bool plan_relayout(struct plan *p)
{
	bool changed = false;

	for (uint32_t i = 0; i < p->nprogram; i++) {
		struct program *r = &p->program[i];
		struct node *n = r->graph->first;

		/* Nodes that come in on the way are no actions yet. */
		for (uint32_t k = 0; k < r->count; n = n->next)
			if (n == r->at[k].call.node)
				changed |= relayout_action(p, &r->at[k++], n);
		changed |= relayout_ports(p, r->graph);
	}
	return changed;
}
