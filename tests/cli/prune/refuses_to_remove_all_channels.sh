mlopt prune "$testdata/digits-cnn.onnx" --pattern structured --sparsity 1 -o a.onnx
