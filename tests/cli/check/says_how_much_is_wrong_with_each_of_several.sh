cat >bad.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
g (float[2] X) => (float[3] Y) { Y = Relu (X) }
.
cat >worse.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
g (float[2] X) => (float[3] Y) { Y = Relu (X
.
mlopt check "$testdata/digits-cnn.onnx" bad.onnxtxt worse.onnxtxt nothing.onnx
