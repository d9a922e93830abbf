mlopt quantize "$testdata/digits-cnn.onnx" --scheme log --bits 2 -o a.onnx
