data="--data $testdata/digits-calibration.npz --samples ::4"
mlopt quantize "$testdata/digits-cnn.onnx" $data --scheme auto --bits 4 \
	-o a.onnx --no-provenance
mlopt quantize "$testdata/digits-cnn.onnx" $data --scheme log --base auto \
	--bits 4 -o b.onnx --no-provenance
cmp a.onnx b.onnx
mlopt quantize "$testdata/digits-cnn.onnx" $data --scheme auto --base 2 \
	-o c.onnx
