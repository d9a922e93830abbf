cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17, "com.acme" : 1]>
broken (bool C, float[N,2] X) => (float[N,3] Y, float[2] Z)
<float[2,3] W = {1, 2, 3, 4, 5, 6}, float[3] unread = {0.5, -0.5, 0}>
{
   T = MatMul (X, nowhere)
   [pad] P = Pad <mode = "mirror"> (X, T)
   Y = Softmax <axes = 1> (T)
   D = com.acme.Frobnicate (X)
   Z = If (C) <
      then_branch = yes () => (A) { A = Conv (X) },
      else_branch = no () => (X) { X = Identity (W) }
   >
}
.
mlopt check m.onnxtxt
