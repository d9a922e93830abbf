test "$(id -u)" -ne 0 || exit 77 # root may write anywhere
mkdir d
chmod 555 d
mlopt convert "$testdata/digits-cnn.onnx" -o d/o.onnxtxt
