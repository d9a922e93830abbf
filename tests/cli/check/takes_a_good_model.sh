mlopt check --strict "$testdata/digits-cnn.onnx"
