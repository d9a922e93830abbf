mlopt package triton "$testdata/digits-cnn.onnx" -o out --version 1
