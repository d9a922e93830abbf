/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/main.c -- start, dispatch, end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/input.h"
#include "base/output.h"
#include "base/parallel.h"
#include "cmd/options.h"
#include "config.h"

static void on_signal(int signo)
{
	output_remove_temporaries();
	_exit(128 + signo);
}

/* Set when main() is about to return. */
static bool finished;

/*
 * Libraries that get no memory or no threads print a line and call exit(1),
 * which among our statuses would be the verdict of a gate.
 */
static void on_exit_of_others(void)
{
	if (finished)
		return;
	output_remove_temporaries();
	_exit(err_memory_is_limited() ? EXIT_LIMIT : EXIT_NO_MEMORY);
}

static void on_alarm(int signo)
{
	static const char msg[] =
		"mlopt: the time allowed by --timeout is over\n";
	ssize_t ignored;

	(void)signo;
	ignored = write(STDERR_FILENO, msg, sizeof(msg) - 1);
	(void)ignored;
	output_remove_temporaries();
	_exit(EXIT_LIMIT);
}

static void handle(int signo, void (*handler)(int))
{
	struct sigaction act = {0}, old;

	/* What nohup(1) or a shell chose to ignore stays ignored. */
	if (sigaction(signo, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return;
	act.sa_handler = handler;
	act.sa_flags = SA_RESTART;
	sigfillset(&act.sa_mask);
	sigaction(signo, &act, NULL);
}

/*
 * A closed standard stream would be the next file to be opened.  Give its
 * number to something on which its use fails.
 */
static void occupy_standard_streams(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", modes[fd]) != fd)
			_exit(EXIT_IO);
}

/* A model may consist of many files, all of which stay open. */
static void raise_open_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static void set_up_process(void)
{
	occupy_standard_streams();
	err_at_death(output_remove_temporaries);
	atexit(on_exit_of_others);
	handle(SIGINT, on_signal);
	handle(SIGTERM, on_signal);
	handle(SIGHUP, on_signal);
	signal(SIGPIPE, SIG_IGN); /* EPIPE and EFBIG are reported as errors */
	signal(SIGXFSZ, SIG_IGN);
	input_guard();
	raise_open_files();
}

static bool parse_shard(struct common_opts *c, struct err *e)
{
	long long index, count;
	char *slash, *text;
	bool ok;

	c->shard_count = 1;
	if (!c->shard)
		return true;
	text = strdup(c->shard);
	if (!text)
		die_oom();
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	ok = slash && str_to_int(text, &index) &&
	     str_to_int(slash + 1, &count) && index >= 0 && index < count &&
	     count <= 1000000;
	free(text);
	if (!ok)
		return err_set(e, ERR_USAGE,
			       "option '--shard': '%s' is not I/N with "
			       "0 <= I < N",
			       c->shard);
	c->shard_index = (int)index;
	c->shard_count = (int)count;
	return true;
}

/* Bytes that count against RLIMIT_DATA already: libraries and threads. */
static size_t data_bytes(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f)
		return 0;
	if (fscanf(f, "%*u %*u %*u %*u %*u %llu", &pages) != 1)
		pages = 0;
	fclose(f);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool limit_memory(struct common_opts *c, struct err *e)
{
	struct rlimit r;

	c->limits = limits_default;
	if (c->max_memory) {
		if (!cmd_parse_size("--max-memory", c->max_memory,
				    &c->memory.limit, e))
			return false;
		parallel_start();
		r.rlim_cur = r.rlim_max = c->memory.limit + data_bytes();
		if (setrlimit(RLIMIT_DATA, &r) != 0)
			return err_errno(e, "cannot limit memory to %s",
					 c->max_memory);
		err_limit_memory();
	}
	c->limits.memory = &c->memory;
	return true;
}

static bool start_timer(const struct common_opts *c, struct err *e)
{
	struct itimerval t = {0};

	if (c->timeout < 0 || c->timeout > 1e9)
		return err_set(e, ERR_USAGE,
			       "option '--timeout': want 0 to 1e9 seconds");
	if (!(c->timeout > 0))
		return true;
	t.it_value.tv_sec = (time_t)c->timeout;
	t.it_value.tv_usec = (suseconds_t)(1e6 * (c->timeout -
						  (double)t.it_value.tv_sec));
	if (t.it_value.tv_sec == 0 && t.it_value.tv_usec == 0)
		t.it_value.tv_usec = 1;
	handle(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &t, NULL);
	return true;
}

static bool apply_common(struct common_opts *c, struct err *e)
{
	if (c->threads < 0 || c->threads > 4096)
		return err_set(e, ERR_USAGE,
			       "option '--threads': want 0 to 4096");
	if (!parse_shard(c, e) || !start_timer(c, e))
		return false;
	parallel_set_threads(c->threads);
	return limit_memory(c, e);
}

static bool print(struct str *text, struct err *e)
{
	struct output o;
	bool ok;

	ok = output_begin(&o, "-", e) &&
	     sink_write(&o.sink, text->text, text->len, e) &&
	     output_commit(&o, e);
	str_release(text);
	return ok;
}

static int finish(int status, const struct err *e)
{
	if (e->code == ERR_NONE && status == CMD_FAILED)
		bug("a command failed and did not say why");
	if (e->code == ERR_NONE || status != CMD_FAILED)
		return status;
	dprintf(STDERR_FILENO, "mlopt: %s\n", e->msg);
	return exit_status(e);
}

static int run(const struct cmd *cmd, int argc, char **argv, struct err *e)
{
	struct common_opts *opts = calloc(1, cmd->opts_bytes);
	struct str text = {0};
	int operands, status = CMD_FAILED;
	bool help;

	if (!opts)
		die_oom();
	if (cmd->defaults)
		memcpy(opts, cmd->defaults, cmd->opts_bytes);
	if (options_parse(cmd, opts, argc, argv, &operands, &help, e)) {
		opts->cmd = cmd;
		if (help) {
			options_help(cmd, &text);
			status = print(&text, e) ? EXIT_OK : CMD_FAILED;
		} else if (apply_common(opts, e)) {
			status = cmd->run(opts, operands, argv, e);
			if (!parallel_pool_is_shared())
				cmd_warn(opts, "this OpenBLAS is not an OpenMP "
					       "build: its threads compete "
					       "with ours");
		}
	}
	options_release(cmd, opts);
	free(opts);
	return status;
}

static void describe(struct str *text)
{
	str_add(text, "Usage: mlopt COMMAND [OPTION]... [OPERAND]...\n"
		      "Takes a trained ONNX model, makes it smaller and "
		      "faster, and proves that it\n"
		      "still is the same model.\n\nCommands:\n");
	for (const struct cmd *c = cmd_next(NULL); c; c = cmd_next(c))
		str_addf(text, "  %-12s %s\n", c->name, c->summary);
	str_add(text, "\n'mlopt help COMMAND' tells the options of a command; "
		      "the manual is mlopt(1).\n");
}

static const struct cmd *find(const char *name, struct err *e)
{
	const struct cmd *found = cmd_find(name);
	struct suggestion best = {NULL, 0};

	if (found)
		return found;
	for (const struct cmd *c = cmd_next(NULL); c; c = cmd_next(c))
		suggest(&best, name, c->name);
	if (best.word)
		err_set(e, ERR_USAGE,
			"'%s' is not a command; did you mean '%s'?", name,
			best.word);
	else
		err_set(e, ERR_USAGE, "'%s' is not a command; see 'mlopt help'",
			name);
	return NULL;
}

/* mlopt help [COMMAND], mlopt --help */
static int help(const char *name, struct err *e)
{
	const struct cmd *cmd = name ? find(name, e) : NULL;
	struct str text = {0};

	if (name && !cmd)
		return CMD_FAILED;
	if (cmd)
		options_help(cmd, &text);
	else
		describe(&text);
	return print(&text, e) ? EXIT_OK : CMD_FAILED;
}

static int dispatch(int argc, char **argv, struct err *e)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct cmd *cmd;
	struct str text = {0};

	if (!word) {
		err_set(e, ERR_USAGE, "a command is missing; see 'mlopt help'");
		return CMD_FAILED;
	}
	if (strcmp(word, "--version") == 0) {
		str_add(&text, PACKAGE_NAME " " PACKAGE_VERSION "\n");
		return print(&text, e) ? EXIT_OK : CMD_FAILED;
	}
	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
	    strcmp(word, "-h") == 0)
		return help(argv[2], e);
	if (word[0] == '-' && word[1]) {
		err_set(e, ERR_USAGE,
			"'%s' is not an option here; options follow the "
			"command",
			word);
		return CMD_FAILED;
	}
	cmd = find(word, e);
	return cmd ? run(cmd, argc - 2, argv + 2, e) : CMD_FAILED;
}

int main(int argc, char **argv)
{
	struct err e = {.code = ERR_NONE};
	int status;

	set_up_process();
	status = finish(dispatch(argc, argv, &e), &e);
	finished = true;
	return status;
}
