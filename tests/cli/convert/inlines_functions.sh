cat >m.onnxtxt <<"."
<ir_version: 10, opset_import: ["" : 18, "local" : 1]>
m (bool c, float[2] x) => (float[2] y) {
   t = Abs (x)
   y = local.either <g = given () => (r) { r = Neg (t) }, k = 2.0> (c, x)
}
<domain: "local", opset_import: ["" : 18]>
either <g, k> (c, a) => (b) {
   s = Elu <alpha: float = @k> (a)
   b = If <then_branch: graph = @g, else_branch = e () => (q) { q = Exp (s) }> (c)
}
.
mlopt inspect m.onnxtxt | grep nodes,
mlopt convert m.onnxtxt -o kept.onnxtxt
grep -c local.either kept.onnxtxt
mlopt convert --inline-functions --no-provenance m.onnxtxt -o out.onnxtxt
cat out.onnxtxt
mlopt convert --inline-functions m.onnxtxt -o out.onnx
mlopt optimize --check m.onnxtxt -o opt.onnx
mlopt check out.onnx
