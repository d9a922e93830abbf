cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
linear (float[N,2] X) => (float[N,3] Y)
<float[2,3] W = {1, 2, 3, 4, 5, 6}, float[3] b = {0.5, -0.5, 0}>
{
   T = MatMul (X, W)
   Y = Add (T, b)
}
.
mlopt inspect m.onnxtxt
