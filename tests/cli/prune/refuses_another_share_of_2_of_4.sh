mlopt prune "$testdata/digits-cnn.onnx" --sparsity 0.7 --pattern 2:4 -o a.onnx
