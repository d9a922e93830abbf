mkdir out.npz
mlopt run "$testdata/digits-cnn.onnx" --data random:2 -o out.npz
