#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The hostile corpus through the program: the documented exit status, one line
# that says why, no output file, and no dawdling.
cd "${top_builddir:-.}" || exit 99
mlopt=$(pwd)/mlopt generate=$(pwd)/tests/hostile/generate
dir=$(mktemp -d) || exit 99
trap 'chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT
cd "$dir" || exit 99
"$generate" . >list || exit 99
failed=0 count=0

complain() {
	echo "$*"
	sed 's/^/    /' err
	failed=$((failed + 1))
}

# end ID OUT COMMAND...: its status in $status; what must hold of any failure.
end() {
	id=$1 out=$2
	shift 2
	timeout 10 "$@" >report 2>err
	status=$?
	test $status -ne 0 || return 0
	test ! -e "$out" || complain "$id: left $out behind"
	lines=$(grep -c -v '^mlopt: warning: ' err)
	test "$lines" -eq 1 || complain "$id: $lines lines say why, want 1"
}

while read -r id wanted data
do
	count=$((count + 1))
	model=$id/model.onnx out=$id/out.onnx
	if test "$data" = -
	then end "$id" "$out" "$mlopt" optimize -O1 "$model" -o "$out"
	else end "$id" "$id/out.npz" "$mlopt" run "$model" --data "$id/$data" \
		-o "$id/out.npz"
	fi
	# Unknown operators pass through, and some sizes are met only when the
	# model runs.
	if test $status -eq 0 && test "$wanted" -ne 0 && test "$data" = -
	then
		end "$id" "$out.none" "$mlopt" bench "$model" \
			--seconds=0.01 --max-memory=1G
		test $status -ne 4 || continue
	fi
	test $status -eq "$wanted" ||
		complain "$id: status $status, want $wanted"
done <list
echo "$count cases, $failed complaints"
test $failed -eq 0
