/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/check_hostile.c -- every bad file ends as documented: with
 * its status, one line that says what is wrong, and within a second. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "data/dataset.h"
#include "formats/format.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "tests/hostile/corpus.h"

/* Sanitizers slow the large cases down. */
static const double most_seconds = 1.0;

static char top[] = "/tmp/check_hostile.XXXXXX";
static struct err e;

static void make_top(void)
{
	memcpy(top + strlen(top) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static void remove_top(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static bool all_bound(const struct model *m)
{
	for (const struct node *n = model_first(m); n; n = model_next(n))
		if (!n->op)
			return false;
	return true;
}

/* Read, check and infer; *KNOWN: every operator has a row. */
static bool load(const char *path, bool *known)
{
	struct budget budget = {.limit = (size_t)256 << 20};
	struct limits lim = {.memory = &budget};
	struct model *m = NULL;
	bool ok;

	*known = true;
	if (!format_read_model(&m, path, &lim, &e))
		return false;
	op_bind_model(m);
	*known = all_bound(m);
	ok = model_verify(m, &e) && infer_model(m, &e);
	model_free(m);
	return ok;
}

/* Open the samples at DATA for the model at PATH, and read each. */
static bool load_data(const char *path, const char *data)
{
	struct budget budget = {.limit = (size_t)256 << 20};
	struct limits lim = {.memory = &budget};
	struct dataset_opts opts = {.path = data};
	struct dataset *d = NULL;
	struct model *m = NULL;
	struct batch batch;
	bool ok;

	ck_assert_msg(format_read_model(&m, path, &lim, &e), "%s", e.msg);
	ok = dataset_open(&d, m, &opts, &lim, &e);
	for (size_t i = 0; ok && i < dataset_count(d); i++)
		ok = dataset_read(d, i, 1, &batch, &e);
	dataset_close(d);
	model_free(m);
	return ok;
}

/* All that is wrong with the content of a file is one exit status. */
static enum err_code status_of(enum err_code code)
{
	return code == ERR_SHAPE || code == ERR_TYPE ? ERR_FORMAT : code;
}

static void check_message(const struct hostile *h)
{
	ck_assert_msg(!strchr(e.msg, '\n'), "%s: %s", h->id, e.msg);
	for (const char *c = e.msg; *c; c++)
		ck_assert_msg((unsigned char)*c >= ' ', "%s: %s", h->id, e.msg);
	if (h->says)
		ck_assert_msg(strstr(e.msg, h->says), "%s says: %s", h->id,
			      e.msg);
}

static void check_case(const struct hostile *h)
{
	char *dir = path_in(top, h->id), *path;
	double start;
	bool ok, known;

	hostile_write(h, dir);
	path = path_in(dir, "model.onnx");
	start = clock_seconds();
	e = (struct err){.code = ERR_NONE};
	if (h->data) {
		char *data = path_in(dir, h->data);

		known = true;
		ok = load_data(path, data);
		free(data);
	} else {
		ok = load(path, &known);
	}
	ck_assert_msg(clock_seconds() - start < most_seconds, "%s takes %.2f s",
		      h->id, clock_seconds() - start);
	free(path);
	free(dir);
	if (ok) {
		/* Some sizes are only met when the model runs. */
		ck_assert_msg(h->wanted == ERR_NONE || !known ||
				      (h->wanted == ERR_LIMIT && h->text),
			      "%s is accepted", h->id);
		return;
	}
	ck_assert_msg(status_of(h->wanted) == status_of(e.code),
		      "%s ends with %d: %s", h->id, (int)e.code, e.msg);
	check_message(h);
}

static void check_table(const struct hostile *table)
{
	for (; table->id; table++)
		check_case(table);
}

START_TEST(refuses_bytes_that_are_no_model)
{
	check_table(hostile_bytes);
}
END_TEST

START_TEST(refuses_graphs_that_are_none)
{
	check_table(hostile_graphs);
}
END_TEST

START_TEST(refuses_tensors_that_lie)
{
	check_table(hostile_tensors);
}
END_TEST

START_TEST(refuses_external_data_that_leads_astray)
{
	check_table(hostile_external);
}
END_TEST

START_TEST(refuses_operators_that_cannot_be)
{
	check_table(hostile_operators);
}
END_TEST

START_TEST(refuses_data_that_is_none)
{
	check_table(hostile_data);
}
END_TEST

/* A good model cut anywhere is refused, or ends just where a field ends. */
START_TEST(survives_every_truncation)
{
	struct hostile_file f = {.dir = top};
	char *path = path_in(top, "model.onnx");
	size_t whole;

	put_good_model(&f.model);
	whole = f.model.len;
	for (size_t n = 0; n < whole; n++) {
		bool known;

		put_file(&f, "model.onnx", f.model.at, n);
		ck_assert_msg(!load(path, &known), "%zu of %zu bytes", n,
			      whole);
	}
	pb_free(&f.model);
	free(path);
}
END_TEST

START_TEST(survives_every_changed_byte)
{
	struct hostile_file f = {.dir = top};
	char *path = path_in(top, "model.onnx");

	put_good_model(&f.model);
	for (size_t i = 0; i < f.model.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bool known;

			f.model.at[i] ^= (uint8_t)(1 << bit);
			put_file(&f, "model.onnx", f.model.at, f.model.len);
			if (!load(path, &known))
				ck_assert_int_ne(e.code, ERR_NONE);
			f.model.at[i] ^= (uint8_t)(1 << bit);
		}
	pb_free(&f.model);
	free(path);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostile");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, make_top, remove_top);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, refuses_bytes_that_are_no_model);
	tcase_add_test(tc, refuses_graphs_that_are_none);
	tcase_add_test(tc, refuses_tensors_that_lie);
	tcase_add_test(tc, refuses_external_data_that_leads_astray);
	tcase_add_test(tc, refuses_operators_that_cannot_be);
	tcase_add_test(tc, refuses_data_that_is_none);
	tcase_add_test(tc, survives_every_truncation);
	tcase_add_test(tc, survives_every_changed_byte);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
