mlopt package tritium "$testdata/digits-cnn.onnx" -o out --name d --version 1
