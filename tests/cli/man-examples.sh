#!/bin/sh
# Every line "$ command" of a literal display in a page's EXAMPLES runs, in
# order, in a directory that holds copies of testdata/.  What the page shows as
# output is not compared.  A command may be continued with "\e" at line ends.
cd "${top_srcdir:-.}" || exit 99
src=$(pwd)
cd - >/dev/null || exit 99
cd "${top_builddir:-.}" || exit 99
PATH=$(pwd):$PATH
export PATH
cd - >/dev/null || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
status=0

for page in "$src"/man/*.1
do
	rm -rf "$work/dir"
	mkdir "$work/dir" && cp -R "$src"/testdata/* "$work/dir" || exit 99
	awk '
	/^\.Sh / { examples = $2 == "EXAMPLES" }
	/^\.Bd -literal/ { literal = 1; next }
	/^\.Ed/ { literal = 0 }
	examples && literal && (/^\$ / || more) {
		gsub(/\\e/, "\\")
		gsub(/\\-/, "-")
		gsub(/\\&/, "")
		sub(/^\$ /, "")
		more = /\\$/
		print
	}' "$page" >"$work/script"
	if ! (cd "$work/dir" && sh -eux "$work/script") >"$work/log" 2>&1 \
		</dev/null
	then
		echo "${page#"$src"/}: an example fails"
		tail -n 5 "$work/log" | sed 's/^/  /'
		status=1
	fi
done
exit $status
