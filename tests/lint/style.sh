#!/bin/sh
# Limits and words that clang-format does not know: lines, functions, files,
# and what only cmd/ may do.
cd "${top_srcdir:-.}" || exit 99

product=$(ls base/*.[ch] graph/*.[ch] kern/*.[ch] image/*.[ch] \
	ops/*.[ch] exec/*.[ch] formats/*.[ch] data/*.[ch] quant/*.[ch] \
	passes/*.[ch] validate/*.[ch] check/*.[ch] package/*.[ch] cmd/*.[ch] 2>/dev/null | grep -v '\.pb-c\.')
tests=$(ls tests/*/*.[ch] 2>/dev/null | grep -v '\.pb-c\.')

awk '
function say(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}
function columns(s,    n, i) {
	n = 0
	for (i = 1; i <= length(s); i++)
		n = substr(s, i, 1) == "\t" ? n + 8 - n % 8 : n + 1
	return n
}
# How many lines the file before this one had.
function finish() {
	if (file && lines > (file ~ /^tests\// ? 800 : 500)) {
		printf "%s: %d lines, at most %d\n", file, lines, \
			file ~ /^tests\// ? 800 : 500
		bad = 1
	}
}
FNR == 1 {
	finish()
	file = FILENAME
	start = 0
	if ($0 !~ /SPDX-License-Identifier: Apache-2\.0/)
		say("the first line is not the SPDX line")
}
FNR == 2 && index($0, "/* " FILENAME " -- ") != 1 &&
!(FILENAME ~ /^tests\// && /^\/\* /) {
	say("the second line is not \"/* " FILENAME " -- what it is\"")
}
{ lines = FNR }
# A long literal may stand on its own line, as clang-format leaves it.
columns($0) > 80 && $0 !~ /"/ && !(FNR == 2 && $0 ~ / -- /) { say("longer than 80 columns") }
/[ \t]$/ { say("blanks at the end") }
/^\{$/ { start = FNR }
/^\}$/ && start {
	if (FNR - start - 1 > 50)
		say("a function of " FNR - start - 1 " lines, at most 50")
	start = 0
}
/^(static )?typedef (struct|union|enum) / { say("typedef of a struct") }
/(TODO|FIXME|XXX)/ && !/XXXXXX/ { say("NEEDSWORK: and the decision that is missing") }
file !~ /^(cmd|tests)\// && file != "base/err.c" {
	code = $0
	gsub(/"([^"\\]|\\.)*"/, "", code)
	gsub(/\/\*.*\*\//, "", code)
	if (code ~ /(^|[^a-zA-Z0-9_])(printf|fprintf|vprintf|puts|putchar|perror|dprintf|exit|abort|assert|sprintf|gets)\(/ &&
	    code !~ /^ *\*/)
		say("only cmd/ prints and exits: " $0)
	if (file !~ /^base\/(err|input|output)\.c$/ && code ~ /(^|[^a-zA-Z0-9_])_exit\(/)
		say("only cmd/ exits: " $0)
	if (code ~ /(^|[^a-zA-Z0-9_])(rand|srand|time|strtok|atoi|atof|setlocale|getenv)\(/ &&
	    file !~ /^base\// && code !~ /^ *\*/)
		say("not reproducible or not safe, see base/: " $0)
}
END {
	finish()
	exit bad
}' $product $tests
