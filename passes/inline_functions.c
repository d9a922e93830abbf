/* SPDX-License-Identifier: Apache-2.0 */
/* passes/inline_functions.c -- see inline_functions.h. */
#include "passes/inline_functions.h"

#include <string.h>

#include "graph/call_index.h"
#include "ops/expand_calls.h"
#include "ops/op.h"
#include "passes/opset_convert.h"

struct inliner {
	struct model *model;
	struct call_index index;
	struct arena scratch;
	struct err *e;
};

static const struct opset *find_import(const struct opset *o, uint32_t n,
				       const char *domain)
{
	bool is_default = !domain[0] || !strcmp(domain, "ai.onnx");

	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(o[i].domain, domain) ||
		    (is_default &&
		     (!o[i].domain[0] || !strcmp(o[i].domain, "ai.onnx"))))
			return &o[i];
	return NULL;
}

/* 0: not imported. */
static int64_t function_opset(const struct function *f, const char *domain)
{
	const struct opset *o = find_import(f->opset, f->nopset, domain);

	/* ONNX Runtime's own domain needs no import there. */
	if (!o && !strcmp(domain, "com.microsoft"))
		return 1;
	return o ? o->version : 0;
}

/* ---- what is called ------------------------------------------------------ */

/* Note in CALLED what the nodes of G call, and put it onto the stack. */
static void follow(struct inliner *x, const struct graph *g, bool *called,
		   struct function **stack, uint32_t *nstack)
{
	for (const struct node *n = g->first; n;
	     n = node_next_inside(n, NULL)) {
		struct function *f = call_index_find(&x->index, n, &x->scratch);

		if (!f || called[f - x->model->function])
			continue;
		called[f - x->model->function] = true;
		stack[(*nstack)++] = f;
	}
}

/* Functions that something calls first; returns their number. */
static uint32_t sort_called(struct inliner *x)
{
	struct model *m = x->model;
	uint32_t n = m->nfunction, kept = 0, rest = 0;
	bool *called = arena_array(&x->scratch, bool, n);
	struct function **stack = arena_array(&x->scratch, struct function *,
					      n);
	struct function *sorted = arena_array(&m->arena, struct function, n);
	uint32_t nstack = 0;

	follow(x, m->main, called, stack, &nstack);
	while (nstack)
		follow(x, stack[--nstack]->body, called, stack, &nstack);
	for (uint32_t i = 0; i < n; i++)
		kept += called[i];
	for (uint32_t i = 0, k = 0; i < n; i++)
		sorted[called[i] ? k++ : kept + rest++] = m->function[i];
	m->function = sorted;
	return kept;
}

/* ---- opsets -------------------------------------------------------------- */

static bool check_imports(struct inliner *x, const struct function *f)
{
	const struct node *n = f->body->first;

	for (; n; n = node_next_inside(n, NULL))
		if (!function_opset(f, n->domain) &&
		    !call_index_find(&x->index, n, &x->scratch))
			return err_set(x->e, ERR_FORMAT,
				       "function '%s' has nodes of domain '%s' "
				       "and imports no version of it",
				       f->name,
				       n->domain[0] ? n->domain : "ai.onnx");
	return true;
}

/* The newest default opset among functions; *MIXED: the model's is another
 * than that of some. */
static int64_t newest_opset(struct model *m, bool *mixed)
{
	int64_t newest = 0;

	for (uint32_t i = 0; i < m->nfunction; i++) {
		int64_t version = function_opset(&m->function[i], "");

		if (version > newest)
			newest = version;
	}
	if (newest && model_opset(m, "") < 0)
		model_set_opset(m, "", newest);
	*mixed = false;
	for (uint32_t i = 0; i < m->nfunction; i++) {
		int64_t version = function_opset(&m->function[i], "");

		if (version && version != model_opset(m, ""))
			*mixed = true;
	}
	return newest;
}

static bool agree_on_default(struct inliner *x)
{
	struct model *m = x->model;
	bool mixed;
	int64_t newest = newest_opset(m, &mixed);
	struct err ignored;

	if (!mixed)
		return true;
	op_bind_model(m);
	if (!infer_model(m, x->e))
		return false;
	if (convert_opset(m, model_opset(m, ""), NULL, x->e))
		return true;
	if (x->e->code != ERR_UNSUPPORTED || newest <= model_opset(m, "") ||
	    !convert_opset(m, newest, NULL, &ignored))
		return err_context(x->e, "functions of other opsets");
	*x->e = (struct err){.code = ERR_NONE};
	return true;
}

/* ---- the whole ----------------------------------------------------------- */

/* What nothing calls need not make sense, so it is hidden meanwhile. */
static bool agree(struct inliner *x)
{
	struct model *m = x->model;

	for (uint32_t i = 0; i < m->nfunction; i++)
		if (!check_imports(x, &m->function[i]))
			return false;
	return agree_on_default(x);
}

static bool inline_all(struct inliner *x, const struct limits *l)
{
	struct model *m = x->model;
	uint32_t all = m->nfunction;

	call_index_init(&x->index, m, &x->scratch);
	m->nfunction = sort_called(x);
	call_index_init(&x->index, m, &x->scratch);
	if (!agree(x))
		return false;
	m->nfunction = all;
	op_bind_model(m);
	return expand_calls(m, l, x->e);
}

bool inline_functions(struct model *m, const struct limits *l, struct err *e)
{
	struct inliner x = {.model = m, .e = e};
	bool ok = !m->nfunction || inline_all(&x, l);

	arena_release(&x.scratch);
	return ok;
}
