mlopt prune "$testdata/digits-cnn.onnx" --sparsity 1.5 -o a.onnx
