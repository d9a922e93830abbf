mkdir d.onnxtxt
mlopt convert "$testdata/digits-cnn.onnx" -o d.onnxtxt
