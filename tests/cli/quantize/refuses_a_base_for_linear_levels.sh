mlopt quantize "$testdata/digits-cnn.onnx" --base 2 --data random:1 -o a.onnx
