mlopt merge "$testdata/digits-cnn.onnx" -o c
