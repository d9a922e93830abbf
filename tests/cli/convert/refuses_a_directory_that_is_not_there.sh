mlopt convert "$testdata/digits-cnn.onnx" -o no/o.onnxtxt
