/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/replay.c -- runs a fuzz target once for each file.
 *
 * usage: replay_TARGET [FILE...]
 *
 * Without files: all of tests/fuzz/corpus, the models of testdata, and the
 * hostile corpus, which is made in a directory of its own.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/hostile/corpus.h"

static int count;

static void replay(const char *path)
{
	struct input in;
	struct err e;
	uint8_t *copy;

	if (!input_open(&in, path, NULL, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		exit(99);
	}
	/* A copy of the exact size shows reads behind the end. */
	copy = malloc(in.bytes.len ? in.bytes.len : 1);
	if (!copy)
		exit(99);
	if (in.bytes.len)
		memcpy(copy, in.bytes.at, in.bytes.len);
	LLVMFuzzerTestOneInput(copy, in.bytes.len);
	free(copy);
	input_close(&in);
	count++;
}

static void replay_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		char *file = path_in(path, entry->d_name);

		if (entry->d_name[0] != '.' && entry->d_type == DT_REG)
			replay(file);
		free(file);
	}
	closedir(dir);
}

static void replay_hostile(void)
{
	static const struct hostile *const tables[] = {
		hostile_bytes,	  hostile_graphs,    hostile_tensors,
		hostile_external, hostile_operators, hostile_data,
	};
	char top[] = "/tmp/replay.XXXXXX", command[64];

	if (!mkdtemp(top))
		exit(99);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct hostile *h = tables[t]; h->id; h++) {
			char *dir = path_in(top, h->id);
			char *file = path_in(dir, "model.onnx");
			char *data = path_in(dir, h->data ? h->data : "data");

			hostile_write(h, dir);
			replay(file);
			/* A folder holds the images, if it is one. */
			replay_directory(data);
			if (h->data && strcmp(h->data, "data") != 0)
				replay(data);
			free(data);
			free(file);
			free(dir);
		}
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	if (system(command) != 0)
		exit(99);
}

int main(int argc, char **argv)
{
	const char *source = getenv("top_srcdir");
	char *path;

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc > 1)
		return 0;
	path = path_in(source ? source : ".", "tests/fuzz/corpus");
	replay_directory(path);
	free(path);
	path = path_in(source ? source : ".", "testdata");
	replay_directory(path);
	free(path);
	replay_hostile();
	printf("%d files\n", count);
	return 0;
}
