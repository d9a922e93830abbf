mlopt inspect - <"$testdata/digits-cnn.onnx" | head -n 3
