printf 'schema: 1\noverrides:\n  - operator: Conv\n    method: repair\n' >o.yaml
mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --scheme log \
	--overrides o.yaml
