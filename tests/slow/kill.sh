#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: kill.sh MLOPT MAKE_BIG [TIMES]
# `mlopt convert` is killed at some moment, again and again; each time its
# output must be the old file or the new one, whole, with its data.  Where
# strace is installed, it is also killed right before each of its renames, and
# terminated at each of its writes, after which no temporary may be left.
mlopt=$1 make_big=$2 times=${3:-200}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
"$make_big" "$dir/old.onnx" 8 && "$make_big" "$dir/new.onnx" 40 || exit 99

old=0 new=0 broken=0

# Inlined again, the output is one of the two.
judge() {
	"$mlopt" convert --inline-data out/m.onnx -o again.onnx
	if cmp -s again.onnx old.onnx
	then old=$((old + 1))
	elif cmp -s again.onnx new.onnx
	then new=$((new + 1))
	else broken=$((broken + 1))
	fi
}

put_old() { # OPTION: a model alone, or with external data
	rm -rf out && mkdir out
	"$mlopt" convert $1 old.onnx -o out/m.onnx || exit 99
}

report() {
	echo "$1: $old times old, $new times new, $broken times neither"
	test $broken -eq 0 || exit 1
	old=0 new=0 broken=0
}

at_some_moment() { # OPTION
	i=0
	while [ $i -lt "$times" ]
	do
		put_old "$1"
		"$mlopt" convert $1 new.onnx -o out/m.onnx &
		sleep "0.$((i % 4))$((i / 4 % 10))"
		kill -9 $! 2>/dev/null
		wait $! 2>/dev/null
		judge
		i=$((i + 1))
	done
	report "${1:-alone}, some moment"
}

at_each_rename() { # OPTION
	k=1
	while :
	do
		put_old "$1"
		strace -f -qq -o /dev/null -e trace=renameat \
			-e "inject=renameat:signal=KILL:when=$k" \
			"$mlopt" convert $1 new.onnx -o out/m.onnx 2>/dev/null
		killed=$?
		judge
		test $killed -ne 0 || break
		k=$((k + 1))
	done
	report "${1:-alone}, before each of $((k - 1)) renames"
}

at_each_write() { # OPTION
	k=1
	while :
	do
		put_old "$1"
		strace -f -qq -o /dev/null -e trace=write,fsync \
			-e "inject=write,fsync:signal=TERM:when=$k" \
			"$mlopt" convert $1 new.onnx -o out/m.onnx 2>/dev/null
		ended=$?
		judge
		if ls -A out | grep '[.]tmp$'
		then broken=$((broken + 1))
		fi
		test $ended -ne 0 || break
		test $ended -eq 143 || broken=$((broken + 1))
		k=$((k + 1))
	done
	report "${1:-alone}, terminated at each of $((k - 1)) writes"
}

for option in '' --external-data
do
	if command -v strace >/dev/null
	then
		at_each_rename "$option"
		at_each_write "$option"
	fi
	at_some_moment "$option"
done
