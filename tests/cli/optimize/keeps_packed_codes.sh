mlopt quantize "$testdata/digits-cnn.onnx" -o log.onnx --scheme log --bits 4 \
	--base sqrt2 --carrier lut --data "$testdata/digits-calibration.npz"
mlopt optimize log.onnx -o out.onnx -O3 -v
# Levels that each channel chose: codes and kinds stay as small as they are.
mlopt quantize "$testdata/digits-cnn.onnx" -o auto.onnx --scheme auto --bits 4 \
	--data "$testdata/digits-calibration.npz"
mlopt optimize auto.onnx -o out.onnx -O3 -v
