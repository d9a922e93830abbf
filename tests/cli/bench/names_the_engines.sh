mlopt bench --engine=fast "$testdata/digits-cnn.onnx"
