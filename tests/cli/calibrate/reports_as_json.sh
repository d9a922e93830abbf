mlopt calibrate "$testdata/digits-cnn.onnx" --data random:3 -o sketch --json |
	grep -e '"samples"' -e '"tensors"'
