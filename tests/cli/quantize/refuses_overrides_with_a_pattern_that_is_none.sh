printf 'schema: 1\noverrides:\n  - pattern: "("\n    bits: 3\n' >o.yaml
mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --scheme log \
	--overrides o.yaml
