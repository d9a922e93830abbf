mlopt calibrate "$testdata/digits-cnn.onnx" -o sketch
