# 3 bits in 2.91 and 2 in 1.64, in a smaller file with the same answers.
for bits in 3 2
do
	scheme=$(test "$bits" = 2 && echo linear || echo auto)
	for carrier in lut packed
	do
		mlopt quantize "$testdata/digits-cnn.onnx" -o $carrier.onnx \
			--scheme $scheme --bits $bits --carrier $carrier \
			--activations float --json=$carrier.json
	done
	grep '^  "carried_bits"' packed.json | cut -c 1-23
	mlopt validate lut.onnx packed.onnx --no-latency --json \
		--data "$testdata/digits-test.npz" | grep '"max_abs": 0,'
	test "$(wc -c <packed.onnx)" -lt "$(wc -c <lut.onnx)"
done
