mlopt shrink "$testdata/digits-cnn.onnx" --data "$testdata/digits-test.npz" \
	--samples 0:20 --target "size<=0.01" --no-latency -q -o out
