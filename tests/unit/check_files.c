/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_files.c -- inputs that are refused, outputs that appear
 * whole or not at all. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/input.h"
#include "base/output.h"

static void enter_empty_directory(void)
{
	char dir[] = "/tmp/check_files.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void leave_directory(void)
{
	char *dir = get_current_dir_name();
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
	free(dir);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void assert_holds(const char *path, const char *text)
{
	struct input in;
	struct err e;

	ck_assert_msg(input_open(&in, path, NULL, &e), "%s", e.msg);
	ck_assert_uint_eq(in.bytes.len, strlen(text));
	ck_assert_mem_eq(in.bytes.at, text, strlen(text));
	input_close(&in);
}

static int entries(void)
{
	DIR *d = opendir(".");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

START_TEST(a_file_is_mapped)
{
	struct input in;
	struct err e;

	put("f", "hello");
	assert_holds("f", "hello");
	put("empty", "");
	assert_holds("./empty", "");
	ck_assert(!input_open(&in, "missing", NULL, &e));
	ck_assert_int_eq(e.code, ERR_IO);
	input_close(&in);
	input_close(&(struct input){0});
	ck_assert_int_ge(fcntl(0, F_GETFD), 0);
}
END_TEST

START_TEST(what_is_no_file_is_refused_without_blocking)
{
	static const char *const paths[] = {"fifo", ".", "/dev/zero", "socket"};
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	struct input in;
	struct err e;

	ck_assert_int_eq(mkfifo("fifo", 0666), 0);
	ck_assert_int_eq(bind(s, (struct sockaddr *)&name, sizeof(name)), 0);
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		ck_assert(!input_open(&in, paths[i], NULL, &e));
		ck_assert_int_eq(e.code, ERR_IO);
		ck_assert_ptr_nonnull(strstr(e.msg, "regular file"));
	}
	close(s);
}
END_TEST

static const struct {
	const char *location;
	enum err_code code;
	const char *says;
} locations[] = {
	{"w.bin", ERR_NONE, NULL},
	{"sub/w.bin", ERR_NONE, NULL},
	{"./sub//w.bin", ERR_NONE, NULL},
	{"inside", ERR_NONE, NULL}, /* a link that stays beneath */
	{"", ERR_FORMAT, "empty"},
	{"/etc/passwd", ERR_FORMAT, "absolute"},
	{"../secret", ERR_FORMAT, "'..'"},
	{"sub/../w.bin", ERR_FORMAT, "'..'"},
	{"outside", ERR_FORMAT, "link"},
	{"out/secret", ERR_FORMAT, "link"},
	{"absolute", ERR_FORMAT, "link"},
	{"twice", ERR_FORMAT, "hard links"},
	{"fifo", ERR_FORMAT, "FIFO"},
	{"sub", ERR_FORMAT, "directory"},
	{"missing", ERR_IO, "No such file"},
};

START_TEST(external_data_lies_beneath_the_model)
{
	struct input model, in;
	struct err e = {.code = ERR_NONE};
	bool ok;

	ck_assert_int_eq(mkdir("m", 0777) | mkdir("m/sub", 0777), 0);
	put("secret", "no");
	put("m/model", "x");
	put("m/w.bin", "w");
	put("m/sub/w.bin", "w");
	put("m/once", "w");
	ck_assert_int_eq(link("m/once", "m/twice"), 0);
	ck_assert_int_eq(symlink("sub/w.bin", "m/inside"), 0);
	ck_assert_int_eq(symlink("../secret", "m/outside"), 0);
	ck_assert_int_eq(symlink("..", "m/out"), 0);
	ck_assert_int_eq(symlink("/etc/passwd", "m/absolute"), 0);
	ck_assert_int_eq(mkfifo("m/fifo", 0666), 0);
	ck_assert(input_open(&model, "m/model", NULL, &e));
	ok = input_open_beneath(&in, &model, locations[_i].location, &e);
	ck_assert_int_eq(e.code, locations[_i].code);
	if (ok) {
		ck_assert_uint_eq(in.bytes.len, 1);
		input_close(&in);
	} else {
		ck_assert_msg(strstr(e.msg, locations[_i].says) != NULL, "%s",
			      e.msg);
	}
	input_close(&model);
}
END_TEST

/* As in the cache of a model hub: snapshots of links into one blob folder. */
START_TEST(a_cache_of_links_is_followed)
{
	struct input model, in;
	struct err e;

	ck_assert_int_eq(mkdir("blobs", 0777) | mkdir("snap", 0777), 0);
	put("blobs/aa", "model");
	put("blobs/bb", "data");
	put("secret", "no");
	ck_assert_int_eq(symlink("../blobs/aa", "snap/model.onnx"), 0);
	ck_assert_int_eq(symlink("../blobs/bb", "snap/model.onnx_data"), 0);
	ck_assert_int_eq(symlink("../secret", "snap/evil"), 0);
	ck_assert(input_open(&model, "snap/model.onnx", NULL, &e));
	ck_assert_msg(input_open_beneath(&in, &model, "model.onnx_data", &e),
		      "%s", e.msg);
	ck_assert_mem_eq(in.bytes.at, "data", 4);
	input_close(&in);
	ck_assert(!input_open_beneath(&in, &model, "evil", &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	input_close(&model);
}
END_TEST

START_TEST(a_file_that_shrinks_ends_in_an_io_error)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct output o;
		struct input in;
		struct err e;
		char *big = calloc(1, 1 << 20);
		FILE *f = fopen("big", "w");

		fwrite(big, 1, 1 << 20, f);
		fclose(f);
		input_guard();
		if (!input_open(&in, "big", NULL, &e) ||
		    !output_begin(&o, "out", &e) || truncate("big", 1) != 0)
			_exit(99);
		close(STDERR_FILENO);
		_exit(in.bytes.at[1 << 19]);
	}
	waitpid(pid, &status, 0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 6);
	ck_assert_int_eq(entries(), 1); /* no temporary is left */
}
END_TEST

static void write_text(const char *path, const char *text)
{
	struct output o;
	struct err e = {.code = ERR_NONE};

	ck_assert_msg(output_begin(&o, path, &e), "%s", e.msg);
	ck_assert(sink_write(&o.sink, text, strlen(text), &e));
	ck_assert_msg(output_commit(&o, &e), "%s", e.msg);
	output_abort(&o);
}

START_TEST(an_output_appears_at_its_commit)
{
	struct output o;
	struct err e;

	put("f", "old");
	ck_assert(output_begin(&o, "f", &e));
	ck_assert(sink_write(&o.sink, "new", 3, &e));
	assert_holds("f", "old");
	ck_assert_int_eq(entries(), 2);
	output_abort(&o);
	assert_holds("f", "old");
	ck_assert_int_eq(entries(), 1);
	write_text("f", "new");
	assert_holds("f", "new");
	write_text("with space\nand line", "x");
	assert_holds("with space\nand line", "x");
	ck_assert_int_eq(entries(), 2);
	output_abort(&(struct output){0});
}
END_TEST

START_TEST(large_and_small_writes_keep_their_order)
{
	enum { BIG = 200000 };
	char *big = malloc(BIG + 1), *want = malloc(2 * BIG);
	struct output o;
	struct err e;
	size_t n = 0;

	memset(big, 'b', BIG);
	ck_assert(output_begin(&o, "f", &e));
	for (int i = 0; i < 10000; i++) {
		ck_assert(sink_write(&o.sink, "abc", 3, &e));
		memcpy(want + n, "abc", 3);
		n += 3;
	}
	ck_assert(sink_write(&o.sink, big, BIG, &e));
	memcpy(want + n, big, BIG);
	n += BIG;
	ck_assert(sink_write(&o.sink, "end", 3, &e));
	strcpy(want + n, "end");
	ck_assert_uint_eq(o.bytes, n + 3);
	ck_assert(output_commit(&o, &e));
	assert_holds("f", want);
	free(big);
	free(want);
}
END_TEST

START_TEST(mode_and_link_of_the_old_file_stay)
{
	struct stat st;

	put("target", "old");
	ck_assert_int_eq(chmod("target", 0640), 0);
	ck_assert_int_eq(symlink("target", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	write_text("link", "new");
	assert_holds("target", "new");
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(stat("target", &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	write_text("dangling", "made");
	assert_holds("nowhere", "made");
}
END_TEST

START_TEST(a_device_is_written_not_replaced)
{
	struct output o;
	struct stat st;
	struct err e;

	write_text("/dev/null", "x");
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert(output_begin(&o, "/dev/full", &e));
	ck_assert(sink_write(&o.sink, "x", 1, &e));
	ck_assert(!output_commit(&o, &e));
	ck_assert_int_eq(e.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.msg, "No space left"));
}
END_TEST

static const char *const bad_outputs[] = {".",	       "d",   "d/",
					  "no/such/f", "f/x", "loop"};

START_TEST(a_path_that_cannot_be_a_file_is_refused)
{
	struct output o;
	struct err e;

	put("f", "");
	ck_assert_int_eq(mkdir("d", 0777) | symlink("loop", "loop"), 0);
	ck_assert(!output_begin(&o, bad_outputs[_i], &e));
	ck_assert_int_eq(e.code, ERR_IO);
	ck_assert_int_eq(entries(), 3);
}
END_TEST

START_TEST(temporaries_of_the_dead_are_swept)
{
	pid_t pid = fork();
	struct output mine;
	struct err e;
	int status;

	if (pid == 0) {
		struct output o;

		if (!output_begin(&o, "f", &e))
			_exit(99);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(entries(), 1);
	put(".f.1.0123456789abcdef.tmp", "process 1 lives");
	put(".f.keep.tmp", "somebody else's");
	ck_assert(output_begin(&mine, "f", &e));
	ck_assert_int_eq(entries(), 3);
	write_text("f", "x");
	ck_assert_int_eq(entries(), 4);
	output_remove_temporaries();
	ck_assert_int_eq(entries(), 3);
	output_abort(&mine);
}
END_TEST

START_TEST(memory_sinks_grow)
{
	struct memory_sink m;
	struct budget b = {.limit = 1 << 16};
	struct err e;
	int n = 0;

	memory_sink_init(&m, &b);
	while (n < 100000 && sink_write(&m.sink, "0123456789", 10, &e))
		n++;
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_uint_eq(m.len, 10 * (size_t)n);
	ck_assert_mem_eq(m.buf.data + 10 * (n - 1), "0123456789", 10);
	memory_sink_release(&m);
	ck_assert_uint_eq(b.used, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("files");
	TCase *t = tcase_create("files");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, enter_empty_directory, leave_directory);
	tcase_add_test(t, a_file_is_mapped);
	tcase_add_test(t, what_is_no_file_is_refused_without_blocking);
	tcase_add_loop_test(t, external_data_lies_beneath_the_model, 0,
			    COUNT_OF(locations));
	tcase_add_test(t, a_cache_of_links_is_followed);
	tcase_add_test(t, a_file_that_shrinks_ends_in_an_io_error);
	tcase_add_test(t, an_output_appears_at_its_commit);
	tcase_add_test(t, large_and_small_writes_keep_their_order);
	tcase_add_test(t, mode_and_link_of_the_old_file_stay);
	tcase_add_test(t, a_device_is_written_not_replaced);
	tcase_add_loop_test(t, a_path_that_cannot_be_a_file_is_refused, 0,
			    COUNT_OF(bad_outputs));
	tcase_add_test(t, temporaries_of_the_dead_are_swept);
	tcase_add_test(t, memory_sinks_grow);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
