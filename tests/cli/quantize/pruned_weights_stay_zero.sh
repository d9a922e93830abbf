data="--data $testdata/digits-calibration.npz --samples ::4"
mlopt prune "$testdata/digits-cnn.onnx" --pattern 2:4 $data -o sparse.onnx
mlopt quantize sparse.onnx $data -o int8.onnx
mlopt prune int8.onnx --pattern 2:4 -o none.onnx
