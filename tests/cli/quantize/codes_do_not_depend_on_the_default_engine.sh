for engine in blas reference
do
	MLOPT_ENGINE=$engine mlopt quantize "$testdata/digits-cnn.onnx" -q \
		--data "$testdata/digits-calibration.npz" -o $engine.onnx
done
cmp blas.onnx reference.onnx
