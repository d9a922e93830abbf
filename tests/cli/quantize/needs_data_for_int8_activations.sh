mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx
