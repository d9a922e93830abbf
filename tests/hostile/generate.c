/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/generate.c -- puts the whole corpus on disk.
 *
 * usage: generate DIR        (makes DIR/B01/model.onnx and so on)
 *
 * Prints a line for each: its id, the exit status that it must end with, and
 * the name of its data, or "-" where the model itself is the case.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/hostile/corpus.h"

static int status_of(enum err_code code)
{
	static const int status[] = {
		[ERR_USAGE] = 2, [ERR_FORMAT] = 3,	[ERR_SHAPE] = 3,
		[ERR_TYPE] = 3,	 [ERR_UNSUPPORTED] = 4, [ERR_LIMIT] = 5,
		[ERR_IO] = 6,	 [ERR_MEMORY] = 7,
	};

	return status[code];
}

int main(int argc, char **argv)
{
	static const struct hostile *const tables[] = {
		hostile_bytes,	  hostile_graphs,    hostile_tensors,
		hostile_external, hostile_operators, hostile_data,
	};

	if (argc != 2) {
		fputs("usage: generate DIR\n", stderr);
		return 2;
	}
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct hostile *h = tables[t]; h->id; h++) {
			char *dir = path_in(argv[1], h->id);

			hostile_write(h, dir);
			printf("%s %d %s\n", h->id, status_of(h->wanted),
			       h->data ? h->data : "-");
			free(dir);
		}
	return 0;
}
