mlopt calibrate "$testdata/digits-cnn.onnx" --data random:4 -o a
mlopt calibrate --diff a a --max-psi 0 | tail -n 1
