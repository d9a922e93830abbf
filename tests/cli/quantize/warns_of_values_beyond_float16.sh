cat >a.onnxtxt <<EOF
<ir_version: 8, opset_import: ["" : 13]>
g (float[1,2] X) => (float[1,2] Y)
<float big = {1e5}, float small = {1e-5}>
{ T = Tanh (X)
  A = Mul (T, big)
  B = Neg (A)
  C = Mul (B, small)
  Y = Sigmoid (C) }
EOF
mlopt convert a.onnxtxt -o a.onnx
mlopt quantize a.onnx --to float16 --data random:4 -o b.onnx -v
