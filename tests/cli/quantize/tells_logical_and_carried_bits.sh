mlopt quantize "$testdata/digits-cnn.onnx" --scheme log --bits 4 --base 2 \
	-o a.onnx --json | grep -e '^  "logical_bits"' -e '^  "carried_bits"'
mlopt quantize "$testdata/digits-cnn.onnx" --scheme log --bits 4 --base sqrt2 \
	-o b.onnx --json | grep -e '^  "logical_bits"' -e '^  "carried_bits"'
