/* SPDX-License-Identifier: Apache-2.0 */
/* check/sarif.c -- findings as SARIF 2.1.0 (OASIS), which code hosts read. */
#include "check/check.h"

#include <string.h>

static const char schema[] = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
			     "errata01/os/schemas/sarif-schema-2.1.0.json";

/* A path as a URI reference (RFC 3986): no byte of it means anything else. */
static void add_uri(struct str *s, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";

	if (path[0] == '/')
		str_add(s, "file://");
	for (; *path; path++)
		if (strchr(plain, *path))
			str_addc(s, *path);
		else
			str_addf(s, "%%%02X", (unsigned)(unsigned char)*path);
}

static void add_text(struct json *j, const char *key, const char *text)
{
	json_object(j, key);
	json_string(j, "text", text);
	json_end(j);
}

static void add_rules(struct json *j)
{
	json_array(j, "rules");
	for (int i = 0; i < RULE_COUNT; i++) {
		const struct finding_rule *r = &finding_rules[i];

		json_object(j, NULL);
		json_string(j, "id", r->id);
		add_text(j, "shortDescription", r->summary);
		json_object(j, "defaultConfiguration");
		json_string(j, "level", severity_name(r->severity));
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

static void add_tool(struct json *j)
{
	json_object(j, "tool");
	json_object(j, "driver");
	json_string(j, "name", "mlopt check");
	add_rules(j);
	json_end(j);
	json_end(j);
}

/* "main/'conv1' (Conv)/'W'" */
static void add_logical(struct json *j, const struct finding *x)
{
	struct str full = {0};
	const char *kind = x->value[0]	? "value"
			   : x->node[0] ? "node"
					: "graph";

	if (!x->path[0] && !x->value[0])
		return;
	str_add(&full, x->path[0] ? x->path : "model");
	if (x->node[0])
		str_addf(&full, "/'%s' (%s)", x->node, x->op);
	if (x->value[0])
		str_addf(&full, "/'%s'", x->value);
	json_array(j, "logicalLocations");
	json_object(j, NULL);
	if (x->value[0] || x->node[0])
		json_string(j, "name", x->value[0] ? x->value : x->node);
	json_string(j, "fullyQualifiedName", full.text);
	json_string(j, "kind", kind);
	json_end(j);
	json_end(j);
	str_release(&full);
}

static void add_result(struct json *j, const struct finding *x, const char *uri)
{
	json_object(j, NULL);
	json_string(j, "ruleId", finding_rules[x->rule].id);
	json_int(j, "ruleIndex", (int64_t)x->rule);
	json_string(j, "level", severity_name(x->severity));
	add_text(j, "message", x->message);
	json_array(j, "locations");
	json_object(j, NULL);
	json_object(j, "physicalLocation");
	json_object(j, "artifactLocation");
	json_string(j, "uri", uri);
	json_end(j);
	json_end(j);
	add_logical(j, x);
	json_end(j);
	json_end(j);
	json_end(j);
}

void report_sarif(struct json *j, const struct checked_file *at, int count)
{
	json_object(j, NULL);
	json_string(j, "version", "2.1.0");
	json_string(j, "$schema", schema);
	json_array(j, "runs");
	json_object(j, NULL);
	add_tool(j);
	json_array(j, "results");
	for (int i = 0; i < count; i++) {
		struct str uri = {0};

		add_uri(&uri, at[i].path);
		for (uint32_t k = 0; k < at[i].found.count; k++)
			add_result(j, &at[i].found.at[k],
				   uri.text ? uri.text : "");
		str_release(&uri);
	}
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}
