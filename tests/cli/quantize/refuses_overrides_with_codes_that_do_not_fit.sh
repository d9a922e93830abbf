printf 'schema: 1\noverrides:\n  - operator: Conv\n    scheme: linear\n    dtype: int4\n    bits: 5\n' >o.yaml
mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --scheme log \
	--overrides o.yaml
