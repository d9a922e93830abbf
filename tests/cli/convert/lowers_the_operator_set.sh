cat >old.onnxtxt <<X
<ir_version: 8, opset_import: ["" : 18]>
g (float[N,3] X) => (float[N,3] Y) <int64[1] axes = {-1}> {
   M = Mish (X)
   R = ReduceSum (M, axes)
   Y = Sub (M, R)
}
X
mlopt convert --no-provenance --opset 6 old.onnxtxt -o o.onnxtxt && cat o.onnxtxt
