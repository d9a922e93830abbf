data="--data $testdata/digits-calibration.npz --samples ::4"
for t in 1 2 3
do
	mlopt quantize "$testdata/digits-cnn.onnx" $data --threads $t \
		-o int8-$t.onnx --no-provenance
	mlopt quantize "$testdata/digits-cnn.onnx" $data --threads $t \
		--scheme log --bits 4 --base auto -o log-$t.onnx --no-provenance
done
cmp int8-1.onnx int8-2.onnx
cmp int8-1.onnx int8-3.onnx
cmp log-1.onnx log-2.onnx
cmp log-1.onnx log-3.onnx
