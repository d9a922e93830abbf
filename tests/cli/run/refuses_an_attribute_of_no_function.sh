cat >m.onnxtxt <<"."
<ir_version: 9, opset_import: ["" : 18]>
g (float[N] x, bool c) => (float[N] y) { y = If <then_branch: graph = @w, else_branch: graph = @w> (c) }
.
mlopt run m.onnxtxt --data random:3 -o a.npz
