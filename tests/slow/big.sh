#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: big.sh MLOPT MAKE_BIG [MEBIBYTES [PAIRS]]
# A model of 2 GiB: how long inspect takes on a warm file, and convert beside
# dd conv=fsync, in turns, both into a file that is new each time; and how much
# memory of its own each of the two commands needs.
mlopt=$1 make_big=$2 mib=${3:-2048} pairs=${4:-5}
dir=$(mktemp -d "${TMPDIR:-/var/tmp}/big.XXXXXX") || exit 99
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
"$make_big" "$dir/big.onnx" "$mib" || exit 99
cat big.onnx* >/dev/null

now() {
	date +%s.%N
}

# seconds COMMAND...
seconds() {
	rm -f out.onnx out.onnx.data copy
	sync
	start=$(now)
	"$@" >/dev/null 2>&1 || exit 1
	echo "$(now) $start" | awk '{ printf "%.3f", $1 - $2 }'
}

# anonymous COMMAND...: the most anonymous KiB that were seen in 1 ms steps.
anonymous() {
	"$@" >/dev/null 2>&1 &
	most=0
	while kill -0 $! 2>/dev/null
	do
		kib=$(awk '/^RssAnon/ { print $2 }' "/proc/$!/status" 2>/dev/null)
		test "${kib:-0}" -le "$most" || most=$kib
	done
	echo "$most"
}

i=0
while [ $i -lt "$pairs" ]
do
	a=$(seconds "$mlopt" convert big.onnx -o out.onnx)
	b=$(seconds dd if=big.onnx of=copy bs=1M conv=fsync)
	echo "$a $b" | awk '{ printf "convert %s s, dd %s s: %.2f times its speed\n", $1, $2, $2 / $1 }'
	i=$((i + 1))
done
echo "inspect $(seconds "$mlopt" inspect big.onnx) s, warm"
echo "anonymous memory: inspect $(anonymous "$mlopt" inspect big.onnx) KiB," \
	"convert $(anonymous "$mlopt" convert big.onnx -o out.onnx) KiB"
