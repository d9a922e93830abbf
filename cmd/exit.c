/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/exit.c -- errors as exit statuses. */
#include "cmd/cmd.h"

int exit_status(const struct err *e)
{
	switch (e->code) {
	case ERR_NONE:
		return EXIT_OK;
	case ERR_USAGE:
		return EXIT_BAD_USAGE;
	case ERR_GATE:
		return EXIT_GATE;
	case ERR_FORMAT:
	case ERR_SHAPE:
	case ERR_TYPE:
		return EXIT_INVALID;
	case ERR_UNSUPPORTED:
		return EXIT_UNSUPPORTED;
	case ERR_LIMIT:
		return EXIT_LIMIT;
	case ERR_IO:
		return EXIT_IO;
	case ERR_MEMORY:
		return err_memory_is_limited() ? EXIT_LIMIT : EXIT_NO_MEMORY;
	}
	return EXIT_BUG;
}
