cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
m (float[N,4] x) => (float[N,4] y) {
   t = Exp (x)
   y = Softmax (t)
}
.
mlopt profile --runs=1 --json --engine=reference m.onnxtxt |
	sed -n 's/^ *"\(node\|operator\|kernel\)": \(.*\),$/\1 \2/p'
