cat >"a model.onnxtxt" <<"."
<ir_version: 8, opset_import: ["" : 17]>
g (float[2] X) => (float[3] Y) { [n] Y = Relu (X) }
.
mlopt check --sarif=out.sarif "a model.onnxtxt" || test $? = 3
sed -n '/"results"/,$p' out.sarif
mlopt check --sarif "a model.onnxtxt" | cmp - out.sarif
