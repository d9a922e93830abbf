mlopt calibrate "$testdata/digits-cnn.onnx" --data random:2 -o a
mlopt calibrate "$testdata/digits-transformer.onnx" --data random:2 -o b
mlopt calibrate --diff a b
