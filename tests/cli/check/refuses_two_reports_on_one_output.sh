mlopt check --json --sarif "$testdata/digits-cnn.onnx"
