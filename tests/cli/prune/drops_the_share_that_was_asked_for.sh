mlopt prune "$testdata/digits-cnn.onnx" --sparsity 0.5 --first -o a.onnx -v |
	tail -n 1
