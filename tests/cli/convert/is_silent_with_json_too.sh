mlopt convert --json "$testdata/digits-gru.onnx" -o o.onnxtxt
