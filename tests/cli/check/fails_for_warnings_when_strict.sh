cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17, "com.acme" : 1]>
g (float[2] X) => (float[2] Y) { T = Relu (X) Y = com.acme.Frobnicate (T) }
.
mlopt check m.onnxtxt >/dev/null
mlopt check --strict m.onnxtxt
