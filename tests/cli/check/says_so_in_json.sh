cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
g (float[2] X) => (float[3] Y) { [n] Y = Relu (X) }
.
mlopt check --json m.onnxtxt
