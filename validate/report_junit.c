/* SPDX-License-Identifier: Apache-2.0 */
/* validate/report_junit.c -- a report for CI systems: JUnit XML. */

#include "validate/report.h"

/* TEXT as XML character data; bytes that XML cannot hold become '?'. */
static void add_xml(struct str *s, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&')
			str_add(s, "&amp;");
		else if (c == '<')
			str_add(s, "&lt;");
		else if (c == '>')
			str_add(s, "&gt;");
		else if (c == '"')
			str_add(s, "&quot;");
		else
			str_addc(s, c < 0x20 || c >= 0x7f ? '?' : (char)c);
	}
}

static unsigned count(const struct report *r, enum verdict v)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < r->ngate; i++)
		n += r->gate[i].verdict == v;
	return n;
}

static void add_case(struct str *s, const struct gate *g)
{
	const char *element = g->verdict == VERDICT_FAIL ? "failure" : "error";

	str_add(s, "    <testcase classname=\"mlopt.validate\" name=\"");
	add_xml(s, g->name);
	if (g->verdict == VERDICT_PASS) {
		str_add(s, "\"/>\n");
		return;
	}
	str_addf(s, "\">\n      <%s type=\"%s\" message=\"found ", element,
		 verdict_name(g->verdict));
	add_xml(s, g->found);
	str_add(s, ", wanted ");
	add_xml(s, g->wanted);
	str_add(s, "\"/>\n    </testcase>\n");
}

void report_junit(struct str *s, const struct report *r)
{
	str_add(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<testsuites>\n  <testsuite name=\"");
	add_xml(s, r->path[CANDIDATE]);
	str_addf(s, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n",
		 (unsigned)r->ngate, count(r, VERDICT_FAIL),
		 count(r, VERDICT_INCONCLUSIVE));
	for (uint32_t i = 0; i < r->ngate; i++)
		add_case(s, &r->gate[i]);
	str_add(s, "  </testsuite>\n</testsuites>\n");
}
