mlopt calibrate "$testdata/digits-cnn.onnx" --data random:2 -o a
head -c 1000 a >b
mlopt merge b -o c
