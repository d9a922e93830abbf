cat >old.onnxtxt <<X
<ir_version: 8, opset_import: ["" : 17]>
g (float[2,3] X, int64[1] A) => (float[a,b] Y) {
   [round] B = Round (X)
   [sum] C = ReduceSum (B, A)
   [relu] Y = Relu (C)
}
X
mlopt convert --opset 9 old.onnxtxt -o o.onnxtxt && ls -A
