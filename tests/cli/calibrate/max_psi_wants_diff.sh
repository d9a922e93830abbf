mlopt calibrate "$testdata/digits-cnn.onnx" --data random:2 -o a --max-psi 1
