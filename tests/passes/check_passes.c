/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_passes.c -- every rule of every pass, on its fixtures.
 *
 * tests/passes/PASS/RULE.in.onnxtxt is rewritten by that rule alone and must
 * become RULE.out.onnxtxt byte by byte, and compute the same within the
 * fidelity of the pass; RULE.not.onnxtxt, a near miss, must stay as it is.
 * Further cases of a rule are RULE-WHAT.in.onnxtxt and RULE-WHAT.not.onnxtxt.
 * A rule without its first three files fails.  UPDATE=1 writes the outputs.
 */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/format.h"
#include "formats/onnxtxt.h"
#include "ops/op.h"
#include "passes/check.h"
#include "passes/pass.h"

static const char *folder(const struct pass *p, struct arena *a)
{
	const char *top = getenv("top_srcdir");

	return arena_printf(a, "%s/tests/passes/%s", top ? top : ".", p->name);
}

static struct model *read_fixture(const char *path)
{
	struct model *m = NULL;
	struct err e = {0};

	ck_assert_msg(format_read_model(&m, path, NULL, &e), "%s: %s", path,
		      e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s: %s", path, e.msg);
	return m;
}

static uint64_t rewrite(struct model *m, const struct pass *p,
			const struct rule *r, const char *path)
{
	uint64_t budget = UINT64_MAX;
	struct rewriting rw = {
		.model = m, .pass = p, .budget = &budget, .only = r};
	struct err e = {0};

	ck_assert_msg(pass_run(&rw, &e), "%s: %s", path, e.msg);
	ck_assert_msg(!rw.refused, "%s: %s", path, rw.refusal.msg);
	ck_assert_msg(model_verify(m, &e), "%s: %s", path, e.msg);
	return rw.applied;
}

/* Constants that the rule left behind are drop-dead's business. */
static char *text_of(struct model *m, struct arena *a)
{
	struct onnxtxt_opts o = {.no_types = true};
	struct memory_sink s;
	struct err e = {0};
	char *text;

	graph_drop_unused_consts(m->main);
	memory_sink_init(&s, NULL);
	ck_assert_msg(onnxtxt_print(&s.sink, m, &o, &e), "%s", e.msg);
	text = arena_strndup(a, (const char *)s.buf.data, s.len);
	memory_sink_release(&s);
	return text;
}

static void compare_text(const char *path, const char *text, struct arena *a)
{
	char *wanted = arena_array(a, char, 1 << 16);
	FILE *f;
	size_t n;

	if (getenv("UPDATE")) {
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(text, f);
		fclose(f);
		return;
	}
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s is missing", path);
	n = fread(wanted, 1, (1 << 16) - 1, f);
	fclose(f);
	wanted[n] = 0;
	ck_assert_msg(!strcmp(text, wanted), "%s: wanted\n%sfound\n%s", path,
		      wanted, text);
}

static void compare_numbers(const char *in, const struct model *new,
			    enum fidelity f)
{
	struct model *old = read_fixture(in);
	struct check_opts o = {.seed = 1};
	struct str why = {0};
	struct err e = {0};
	bool ok = models_agree(old, new, f, &o, &why, &e);

	ck_assert_msg(ok, "%s: %s%s", in, why.text ? why.text : "", e.msg);
	str_release(&why);
	model_free(old);
}

static void check_firing(const struct pass *p, const struct rule *r,
			 const char *in, struct arena *a)
{
	size_t stem = strlen(in) - strlen(".in.onnxtxt");
	const char *out = arena_printf(a, "%.*s.out.onnxtxt", (int)stem, in);
	struct model *m = read_fixture(in);

	ck_assert_msg(rewrite(m, p, r, in) > 0, "%s: '%s' does not fire", in,
		      r->name);
	op_bind_model(m);
	compare_numbers(in, m, p->fidelity);
	compare_text(out, text_of(m, a), a);
	model_free(m);
}

static void check_near_miss(const struct pass *p, const struct rule *r,
			    const char *path)
{
	struct model *m = read_fixture(path);

	ck_assert_msg(!rewrite(m, p, r, path), "%s: '%s' fires", path, r->name);
	model_free(m);
}

/* RULE.KIND and RULE-WHAT.KIND, but not those of a rule called RULE-WHAT. */
static bool is_of(const struct pass *p, const struct rule *r, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t best = 0;

	for (const struct rule *q = p->rules; q->name; q++) {
		size_t n = strlen(q->name);

		if (!strncmp(name, q->name, n) &&
		    (name[n] == '.' || name[n] == '-') && n > best)
			best = n;
	}
	return best == strlen(r->name);
}

static void check_rule(const struct pass *p, const struct rule *r,
		       struct arena *a)
{
	const char *stem = arena_printf(a, "%s/%s", folder(p, a), r->name);
	const char *must[] = {".in.onnxtxt", ".not.onnxtxt"};
	glob_t g;

	for (size_t i = 0; i < COUNT_OF(must); i++) {
		const char *path = arena_printf(a, "%s%s", stem, must[i]);

		ck_assert_msg(!access(path, R_OK), "%s is missing", path);
	}
	ck_assert(!glob(arena_printf(a, "%s[-.]*.onnxtxt", stem), 0, NULL, &g));
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *path = g.gl_pathv[i];

		if (!is_of(p, r, path))
			continue;
		if (str_ends(path, ".in.onnxtxt"))
			check_firing(p, r, path, a);
		else if (str_ends(path, ".not.onnxtxt"))
			check_near_miss(p, r, path);
	}
	globfree(&g);
}

static const struct pass *nth_pass(int i)
{
	const struct pass *p = pass_next(NULL);

	while (p && i-- > 0)
		p = pass_next(p);
	return p;
}

START_TEST(rewrites_its_fixtures_and_leaves_near_misses_alone)
{
	const struct pass *p = nth_pass(_i);
	struct arena a = {0};

	ck_assert_msg(p->rules && p->rules->name, "pass '%s' lists no rules",
		      p->name);
	for (const struct rule *r = p->rules; r->name; r++)
		check_rule(p, r, &a);
	arena_release(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("passes");
	TCase *tc = tcase_create("rules");
	SRunner *sr;
	int n = 0, failed;

	while (nth_pass(n))
		n++;
	tcase_add_loop_test(
		tc, rewrites_its_fixtures_and_leaves_near_misses_alone, 0, n);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
