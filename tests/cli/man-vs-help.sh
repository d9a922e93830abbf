#!/bin/sh
# The options in "mlopt CMD -h" are those in man/mlopt-CMD.1, the common ones
# those in man/mlopt.1, and every command is in both.
cd "${top_srcdir:-.}" || exit 99
man=$(pwd)/man
cd - >/dev/null || exit 99
mlopt=${top_builddir:-.}/mlopt
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
status=0

# Option names at the start of help lines, of sections that are (not) common.
help_options() {
	"$mlopt" help "$1" | awk -v common="$2" '
		/^[A-Z].*:$/ { in_common = $0 == "Common options:" }
		/^ +-/ && in_common == common {
			line = $0
			sub(/^ +/, "", line)
			n = split(line, word, /,? +/)
			for (i = 1; i <= n && word[i] ~ /^-/; i++) {
				sub(/\[?=.*/, "", word[i])
				print word[i]
			}
		}' | grep -vx -e -h -e --help | LC_ALL=C sort
}

# Option names in the .It lines of a page: "Fl o", "Fl -output".
man_options() {
	awk '/^\.It Fl/ {
		for (i = 2; i < NF; i++)
			if ($i == "Fl") {
				name = $(i + 1)
				gsub(/\\-/, "-", name)
				print "-" name
			}
		}' "$1" | grep -vx -e -h -e --help | LC_ALL=C sort
}

same() {
	if ! diff "$work/help" "$work/man" >"$work/diff"; then
		echo "$1: options differ (<: only in --help, >: only in the page)"
		grep '^[<>]' "$work/diff"
		status=1
	fi
}

commands=$("$mlopt" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
test -n "$commands" || exit 99
for c in $commands
do
	page=$man/mlopt-$c.1
	if ! test -f "$page"; then
		echo "man/mlopt-$c.1 is missing: the command '$c' wants a page"
		status=1
		continue
	fi
	help_options "$c" 0 >"$work/help"
	man_options "$page" >"$work/man"
	same "man/mlopt-$c.1"
	grep -q "Xr mlopt-$c 1" "$man/mlopt.1" || {
		echo "man/mlopt.1 does not name mlopt-$c(1)"
		status=1
	}
done
for page in "$man"/mlopt-*.1
do
	c=${page##*/mlopt-}
	case " $(echo $commands) " in
	*" ${c%.1} "*) ;;
	*) echo "man/mlopt-$c is of no command"; status=1 ;;
	esac
done
help_options list 1 >"$work/help"
man_options "$man/mlopt.1" >"$work/man"
same man/mlopt.1

if command -v mandoc >/dev/null; then
	# Cross references are looked up in the current directory too.
	(cd "$man" && mandoc -Tlint ./*.1) || status=1
else
	echo "mandoc is not installed: pages not linted"
fi
exit $status
