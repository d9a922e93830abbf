/* SPDX-License-Identifier: Apache-2.0 */
/* tests/slow/rewrite.c -- reads and writes files for roundtrip.py.
 *
 * Each line of standard input is IN, a tab, OUT; each line of the answer is
 * "ok" or the error code, a tab and the message.  Models are .onnx, values
 * are .pb.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "formats/format.h"

static bool rewrite_model(const char *in, const char *out, struct err *e)
{
	struct model *m;
	bool ok;

	if (!format_read_model(&m, in, NULL, e))
		return false;
	ok = model_verify(m, e) && format_write_model(out, m, NULL, e);
	model_free(m);
	return ok;
}

static bool rewrite_value(const char *in, const char *out, struct err *e)
{
	struct tensor_set s = {0};
	bool ok;

	if (!format_read_tensors(&s, in, NULL, e))
		return false;
	ok = format_write_tensors(out, s.at, s.count, e);
	tensor_set_release(&s);
	return ok;
}

int main(void)
{
	char line[8192];

	while (fgets(line, sizeof(line), stdin)) {
		struct err e = {.code = ERR_NONE};
		char *out = strchr(line, '\t');
		bool ok;

		if (!out)
			return 2;
		*out++ = '\0';
		out[strcspn(out, "\n")] = '\0';
		ok = str_ends(line, ".pb") ? rewrite_value(line, out, &e)
					   : rewrite_model(line, out, &e);
		if (ok)
			puts("ok");
		else
			printf("%d\t%s\n", (int)e.code, e.msg);
		fflush(stdout);
	}
	return 0;
}
