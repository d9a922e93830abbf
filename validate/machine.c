/* SPDX-License-Identifier: Apache-2.0 */
/* validate/machine.c -- see machine.h. */
#include "validate/machine.h"

#include <stdio.h>
#include <string.h>

const char *machine_cpu(struct arena *a)
{
	const char *name = NULL;
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && !name && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !colon)
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		name = arena_strndup(a, colon, strcspn(colon, "\n"));
	}
	if (f)
		fclose(f);
	return name ? name : "unknown";
}
