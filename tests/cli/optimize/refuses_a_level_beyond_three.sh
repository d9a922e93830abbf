mlopt optimize "$testdata/digits-cnn.onnx" -o out.onnx -O 4
