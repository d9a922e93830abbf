#!/bin/sh
# Each row of a registry is tested and documented.
#
# A command has its page and its cases; a pass its firing case and its near
# miss; Makefile.am and the directories agree.
cd "${top_srcdir:-.}" || exit 99
status=0
complain() {
	echo "$*"
	status=1
}

# list NAME: the words of a variable of Makefile.am.
list() {
	awk -v name="$1" '
		$1 == name && $2 == "=" { on = 1; $1 = $2 = "" }
		on { more = /\\$/; sub(/\\$/, ""); print; if (!more) exit }
	' Makefile.am | tr -s ' \t' '\n\n' | sed '/^$/d'
}

# A merge of two lists may lose the backslash in their middle: then the rest of
# the list becomes part of a rule.
awk '
/^\t[a-z]+\/[a-zA-Z0-9_.\/-]+( \\)?$/ && !continued {
	printf "Makefile.am:%d: a list that the line before it does not continue\n", NR
	bad = 1
}
{ continued = /\\$/ }
END { exit bad }' Makefile.am || status=1

for v in OPS ENGINES FORMATS SCHEMES OBSERVERS PASSES TARGETS CMDS EXTRA_DIST \
	libmlopt_a_SOURCES mlopt_SOURCES check_PROGRAMS TESTS dist_man_MANS
do
	twice=$(list $v | sort | uniq -d)
	test -z "$twice" || complain "Makefile.am: $v names twice: $twice"
	for f in $(list $v)
	do
		case $f in tests/*/check_* | tests/*/replay_* | '$'*) continue ;; esac
		test -e "$f" || complain "Makefile.am: $v names $f, which is not there"
	done
done

for f in $(list CMDS)
do
	c=$(sed -n 's/.*CMD(struct [a-z0-9_]*, "\([a-z-]*\)".*/\1/p' "$f" | head -n 1)
	test -n "$c" || c=$(basename "$f" .c)
	test -f "man/mlopt-$c.1" || complain "$f: man/mlopt-$c.1 is missing"
	list dist_man_MANS | grep -qx "man/mlopt-$c.1" ||
		complain "$f: Makefile.am's dist_man_MANS lacks man/mlopt-$c.1"
	ls tests/cli/"$c"/*.sh >/dev/null 2>&1 ||
		complain "$f: no case in tests/cli/$c/ (see tests/cli/run.sh)"
done

# Sources that no list of Makefile.am names are not built.
for f in base/*.c graph/*.c kern/*.c image/*.c ops/*.c exec/*.c formats/*.c \
	data/*.c quant/*.c passes/*.c validate/*.c check/*.c package/*.c cmd/*.c \
	tests/*/check_*.c
do
	case $f in *'*'* | *.pb-c.*) continue ;; esac
	case $f in tests/*) name=${f%.c} ;; *) name=$f ;; esac
	grep -q "^[[:space:]]*$name\( \\\\\)*\$" Makefile.am ||
		complain "$f: no line of Makefile.am names it"
done
exit $status
