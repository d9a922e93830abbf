mlopt profile --engine nosuch "$testdata/digits-cnn.onnx"
