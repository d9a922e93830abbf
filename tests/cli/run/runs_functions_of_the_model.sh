cat >m.onnxtxt <<"."
<ir_version: 9, opset_import: ["" : 18, "local" : 1]>
g (float[N,2] x) => (float[N,2] y) { t = local.Scale <alpha = 2.0> (x) y = local.Scale (t) }
<domain: "local", opset_import: ["" : 18]>
Scale <alpha: float = 0.5> (a) => (b) {
   k = Constant <value_float: float = @alpha> ()
   b = Mul (a, k)
}
.
cat >copy.onnxtxt <<"."
<ir_version: 9, opset_import: ["" : 18]>
g (float[N,2] x) => (float[N,2] y) { y = Identity (x) }
.
mlopt run m.onnxtxt --data random:3 -o a.npz
mlopt run copy.onnxtxt --data random:3 -o b.npz
cmp a.npz b.npz
