#!/bin/sh
# Run the command line's cases.
#
#   tests/cli/run.sh [CASE...]      CASE: tests/cli/COMMAND/NAME.sh
#
# A case is a shell script, run with -eu in an empty directory, with mlopt in
# PATH, $testdata naming the repository's testdata and $here the folder of the
# case.  Beside NAME.sh lie what it has to do:
#
#   NAME.exit                       its exit status (0 without the file)
#   NAME.stdout.exact, .stderr.exact   its output, byte by byte
#   NAME.stdout.glob,  .stderr.glob    line by line, where * is any text and
#                                   a line "..." any number of lines
#
# An output without a file has to be empty.  UPDATE=1 writes .exact and .exit
# anew.  A case that exits with 77 is skipped.
cd "${top_srcdir:-.}" || exit 99
src=$(pwd)
cd - >/dev/null || exit 99
cd "${top_builddir:-.}" || exit 99
PATH=$(pwd):$PATH
cd - >/dev/null || exit 99
testdata=$src/testdata
export PATH testdata src
LC_ALL=C
export LC_ALL

command -v mlopt >/dev/null || { echo "run.sh: mlopt is not built" >&2; exit 99; }
work=$(mktemp -d) || exit 99
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 99' INT TERM

# matches PATTERNS OUTPUT: see .glob above.
matches() {
	awk -v outfile="$2" '
	function regex(p) {
		gsub(/[][\\.^$+?(){}|]/, "\\\\&", p)
		gsub(/\*/, ".*", p)
		return "^" p "$"
	}
	{ pattern[++np] = $0 }
	END {
		while ((getline line < outfile) > 0)
			text[++nt] = line
		t = 1
		for (p = 1; p <= np; p++) {
			if (pattern[p] == "...") {
				if (p == np) { t = nt + 1; break }
				while (t <= nt && text[t] !~ regex(pattern[p + 1]))
					t++
				continue
			}
			if (t > nt || text[t] !~ regex(pattern[p])) {
				printf "  line %d: wanted %s\n           found  %s\n", \
					t, pattern[p], t <= nt ? text[t] : "the end"
				exit 1
			}
			t++
		}
		if (t <= nt) {
			printf "  line %d: wanted the end\n           found  %s\n", \
				t, text[t]
			exit 1
		}
	}' "$1"
}

# compare CASE STREAM: the stream's file in $work with what lies beside CASE.
compare() {
	if test -f "$1.$2.glob"; then
		matches "$1.$2.glob" "$work/$2"
	elif test -n "$UPDATE"; then
		if test -s "$work/$2"; then
			cp "$work/$2" "$1.$2.exact"
		else
			rm -f "$1.$2.exact"
		fi
	elif test -f "$1.$2.exact"; then
		diff -u "$1.$2.exact" "$work/$2"
	else
		diff -u /dev/null "$work/$2"
	fi
}

run_case() {
	case=${1%.sh}
	here=$(dirname "$1")
	export here
	want=0
	test -f "$case.exit" && want=$(cat "$case.exit")
	rm -rf "$work/dir"
	mkdir "$work/dir" || exit 99
	(cd "$work/dir" && exec timeout -k 5 60 sh -eu "$1") >"$work/stdout" 2>"$work/stderr" \
		</dev/null
	got=$?
	test $got -eq 77 && { skipped=$((skipped + 1)); return 0; }
	if test -n "$UPDATE"; then
		rm -f "$case.exit"
		test $got -eq 0 || echo $got >"$case.exit"
	elif test "$got" -ne "$want"; then
		echo "  exit status $got, wanted $want"
		sed 's/^/  stderr: /' "$work/stderr"
		return 1
	fi
	{ compare "$case" stdout && compare "$case" stderr; } || return 1
}

passed=0 failed=0 skipped=0
test $# -gt 0 || set -- "$src"/tests/cli/*/*.sh
for c
do
	case $c in /*) ;; *) c=$(pwd)/$c ;; esac
	if run_case "$c" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: ${c#"$src"/}"
		cat "$work/log"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
test $failed -eq 0
