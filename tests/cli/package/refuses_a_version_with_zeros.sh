mlopt package triton "$testdata/digits-cnn.onnx" -o out --name d --version 01
