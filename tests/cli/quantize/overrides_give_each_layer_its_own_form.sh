cat >o.yaml <<'YAML'
schema: 1
overrides:
  - operator: Conv
    scheme: auto
    bits: 3
  - pattern: "^/f1?/"
    dtype: int4
  - name: /dw/Conv
    exclude: true
  - name: /f/Gemm
    bits: 2
    method: nearest
YAML
mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --overrides o.yaml \
	--data "$testdata/digits-calibration.npz" --activations float \
	--no-provenance \
	--write-overrides what.yaml
cat what.yaml
# What was written says all: the same model without any other option.
mlopt quantize "$testdata/digits-cnn.onnx" -o b.onnx --overrides what.yaml \
	--data "$testdata/digits-calibration.npz" --activations float \
	--no-provenance
cmp a.onnx b.onnx
