/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/generate.c -- puts the whole corpus on disk.
 *
 * usage: generate DIR        (makes DIR/B01/model.onnx and so on)
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/hostile/corpus.h"

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
			printf("%s %d\n", h->id, (int)h->wanted);
			free(dir);
		}
	return 0;
}
