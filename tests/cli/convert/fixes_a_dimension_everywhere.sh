cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] X, float[M,2] Z) => (float[N,4] Y)
{
   Y = Concat <axis = 1> (X, X)
}
.
mlopt convert --dim N=3 --dim M=5 --no-provenance m.onnxtxt -o o.onnxtxt
cat o.onnxtxt
