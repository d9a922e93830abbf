mlopt optimize "$testdata/digits-cnn.onnx" -o out.onnx --json
