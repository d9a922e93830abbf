data="--data $testdata/digits-calibration.npz"
mlopt calibrate "$testdata/digits-cnn.onnx" $data -o sketch
mlopt quantize "$testdata/digits-cnn.onnx" --sketch sketch --no-provenance \
	-o a.onnx
mlopt quantize "$testdata/digits-cnn.onnx" $data --no-feedback \
	--no-provenance -o b.onnx
cmp a.onnx b.onnx
