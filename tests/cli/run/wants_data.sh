mlopt run "$testdata/digits-cnn.onnx" -o out.npz; ls -A
