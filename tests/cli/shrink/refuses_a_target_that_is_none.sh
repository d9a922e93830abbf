mlopt shrink "$testdata/digits-cnn.onnx" --data "$testdata/digits-test.npz" \
	--target "size<=0.5,speed>=2" -o out
