mlopt prune "$testdata/digits-cnn.onnx" --pattern structured --sparsity 0.25 -v \
	-o small.onnx --round-to 8 | tail -n 2
