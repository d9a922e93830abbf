mlopt shrink "$testdata/digits-cnn.onnx" --data "$testdata/digits-test.npz" \
	--target "top1_drop<=1" -o out
