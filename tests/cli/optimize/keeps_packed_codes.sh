mlopt quantize "$testdata/digits-cnn.onnx" -o log.onnx --scheme log --bits 4 \
	--base sqrt2 --carrier lut --data "$testdata/digits-calibration.npz"
mlopt optimize log.onnx -o out.onnx -O3 -v
