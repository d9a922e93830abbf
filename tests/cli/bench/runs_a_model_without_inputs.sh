cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
m () => (float[2] y) <float[2] w = {1, 2}> { y = Exp (w) }
.
mlopt bench --seconds=0 --json m.onnxtxt | grep -c p50_ms
mlopt profile --runs=1 --json m.onnxtxt | grep -c total_ms
