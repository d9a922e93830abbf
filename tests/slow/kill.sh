#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: kill.sh MLOPT MAKE_BIG [TIMES]
# `mlopt convert` is killed at some moment, again and again; each time its
# output must be the old file or the new one, whole, with its data.
mlopt=$1 make_big=$2 times=${3:-200}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
"$make_big" "$dir/old.onnx" 8 && "$make_big" "$dir/new.onnx" 40 || exit 99

try() { # OPTION: as model alone, or with external data
	old=0 new=0 broken=0 i=0
	while [ $i -lt "$times" ]
	do
		rm -rf out && mkdir out
		"$mlopt" convert $1 old.onnx -o out/m.onnx || exit 99
		"$mlopt" convert $1 new.onnx -o out/m.onnx &
		sleep "0.$((i % 4))$((i / 4 % 10))"
		kill -9 $! 2>/dev/null
		wait $! 2>/dev/null
		# Inlined again, it is one of the two.
		"$mlopt" convert --inline-data out/m.onnx -o again.onnx
		if cmp -s again.onnx old.onnx
		then old=$((old + 1))
		elif cmp -s again.onnx new.onnx
		then new=$((new + 1))
		else broken=$((broken + 1))
		fi
		i=$((i + 1))
	done
	echo "${1:-alone}: $old times old, $new times new, $broken times neither"
	test $broken -eq 0 || exit 1
}

try ''
try --external-data
