cat >sum.onnxtxt <<'E'
<ir_version: 8, opset_import: ["" : 13]>
g (float[2,3] X) => (float[2,2] Y)
<float[3,4] A = {1,2,3,4,5,6,7,8,9,10,11,12}, float[4,2] B = {1,2,3,4,5,6,7,8}>
{ P = MatMul (X, A) Q = Softmax (P) Y = MatMul (Q, B) }
E
mlopt prune sum.onnxtxt --pattern structured --sparsity 0.5 -o a.onnx
