mlopt run "$testdata/digits-cnn.onnx" -o a.npz
