mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --target 'max_abs<=0' \
	--data "$testdata/digits-calibration.npz" --samples :12 || echo $?
test ! -e a.onnx
