mlopt convert --opset 9 "$testdata/digits-cnn.onnx" -o o.onnxtxt; ls -A
