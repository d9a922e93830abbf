prune() {
	mlopt prune "$testdata/digits-cnn.onnx" --pattern structured \
		--sparsity 0.25 --data "$testdata/digits-calibration.npz" \
		--no-provenance "$@"
}
prune -v -o small.onnx
prune -o same.onnx --threads 1
cmp small.onnx same.onnx
mlopt check small.onnx
