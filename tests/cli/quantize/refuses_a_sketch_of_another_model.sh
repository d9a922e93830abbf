mlopt calibrate "$testdata/digits-transformer.onnx" --data random:2 -o b
mlopt quantize "$testdata/digits-cnn.onnx" --sketch b -o a.onnx
