mlopt convert --inline-data --external-data "$testdata/digits-cnn.onnx" -o o.onnxtxt
