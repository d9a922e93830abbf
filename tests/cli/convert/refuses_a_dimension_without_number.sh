mlopt convert --dim N "$testdata/digits-cnn.onnx" -o o.onnxtxt
