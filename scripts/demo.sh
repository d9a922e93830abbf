#!/bin/sh
# The main job on the models and data in testdata/: optimize, calibrate, make
# three smaller candidates, validate each against the original under a policy,
# and package the best one.  Everything made lies in demo/.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
PATH=$PWD:$PATH

# Show a command as a person would type it, then run it.
run()
{
	printf '\n$ %s\n' "$*"
	"$@"
}

original=testdata/digits-cnn.onnx
calibration=testdata/digits-calibration.npz
test=testdata/digits-test.npz

rm -rf demo
mkdir demo
run mlopt optimize -v "$original" -o demo/optimized.onnx
run mlopt calibrate demo/optimized.onnx --data "$calibration" \
	-o demo/digits.sketch
run mlopt quantize -v demo/optimized.onnx --sketch demo/digits.sketch \
	-o demo/int8.onnx
run mlopt quantize -v demo/optimized.onnx --data "$calibration" \
	--scheme log --bits 4 --base sqrt2 -o demo/log4.onnx
run mlopt prune -v demo/optimized.onnx --data "$calibration" \
	--sparsity 0.5 --pattern 2:4 -o demo/sparse.onnx
run mlopt quantize -v demo/sparse.onnx --data "$calibration" \
	-o demo/sparse-int8.onnx
for candidate in int8 log4 sparse-int8
do
	# A gate that fails must not end the comparison.
	run mlopt validate "$original" "demo/$candidate.onnx" \
		--data "$test" --labels label \
		--policy testdata/digits-policy.yaml \
		--json="demo/$candidate.json" || test $? = 1 || test $? = 9
done
run mlopt compare demo/int8.json demo/log4.json demo/sparse-int8.json
best=$(mlopt compare --pick demo/int8.json demo/log4.json \
	demo/sparse-int8.json)
run mlopt package triton "$best" -o demo/models --name digits --version 1
printf '\nserve it: tritonserver --model-repository=demo/models\n'
