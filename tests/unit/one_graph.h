/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/one_graph.h -- small graphs of constants, run by the reference
 * engine, with the result as text: "int64[2,2] 1 2 3 4". */
#ifndef TESTS_ONE_GRAPH_H
#define TESTS_ONE_GRAPH_H

#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "exec/plan.h"
#include "formats/onnxtxt.h"
#include "graph/element.h"

struct graph_case {
	int opset;
	const char *consts; /* "float[2] x = {1, 2}" */
	const char *body;   /* nodes; the result is Y */
	const char *wanted; /* the result, or what the error says */
	enum err_code code; /* ERR_NONE: it works */
};

static inline bool parse_graph(struct model **m, const struct graph_case *t,
			       struct err *e)
{
	struct str s = {0};
	bool ok;

	str_addf(&s,
		 "<ir_version: 11, opset_import: [\"\" : %d, "
		 "\"com.microsoft\" : 1, \"ai.onnx.ml\" : 3]>\n"
		 "g () => (Y) <%s> { %s }\n",
		 t->opset, t->consts, t->body);
	ok = onnxtxt_parse(m, (struct bytes){(uint8_t *)s.text, s.len},
			   &limits_default, e);
	str_release(&s);
	return ok;
}

static inline void print_tensor(struct str *s, const struct tensor *t)
{
	struct type type = type_tensor(t->dtype, &t->shape);

	type_print(s, &type, NULL);
	for (size_t i = 0; i < tensor_count(t); i++) {
		str_addc(s, ' ');
		if (t->dtype == DTYPE_STRING)
			str_addn(s, ((const struct text *)t->data)[i].at,
				 ((const struct text *)t->data)[i].len);
		else if (dtype_is_float(t->dtype))
			str_add_float(s, (float)tensor_double(t, i));
		else
			str_addf(s, "%" PRId64, tensor_int(t, i));
	}
}

/* Bind, infer, plan and run M; its first output as text. */
static inline bool run_graph(struct model *m, struct str *out, struct err *e)
{
	struct budget budget = {.limit = (size_t)64 << 20};
	struct limits limits = {.memory = &budget, .steps = 1000};
	struct plan_opts o = {.engine = engine_find("reference"),
			      .limits = &limits};
	const struct datum *none = NULL;
	struct plan *p = NULL;
	bool ok;

	op_bind_model(m);
	ok = infer_model(m, e) && plan_build(&p, m, &o, e) &&
	     plan_run(p, &none, NULL, e);
	if (ok)
		print_tensor(out, &plan_output(p, 0)->tensor);
	plan_free(p);
	return ok;
}

/* One case from start to end. */
static inline void check_case(const struct graph_case *t)
{
	struct err e = {.code = ERR_NONE};
	struct str s = {0};
	struct model *m = NULL;

	ck_assert_msg(parse_graph(&m, t, &e), "%s: %s", t->body, e.msg);
	if (run_graph(m, &s, &e)) {
		ck_assert_msg(t->code == ERR_NONE, "%s: works", t->body);
		ck_assert_msg(strcmp(s.text, t->wanted) == 0,
			      "%s:\nfound  %s\nwanted %s", t->body, s.text,
			      t->wanted);
	} else {
		ck_assert_msg(e.code == t->code, "%s: code %d, wanted %d: %s",
			      t->body, (int)e.code, (int)t->code, e.msg);
		ck_assert_msg(strstr(e.msg, t->wanted) != NULL,
			      "%s: '%s' does not say '%s'", t->body, e.msg,
			      t->wanted);
	}
	str_release(&s);
	model_free(m);
}

#endif
