mlopt convert "$testdata/digits-cnn.onnx"
