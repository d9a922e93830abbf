cat >m.onnxtxt <<M
<ir_version: 8, opset_import: ["" : 17]>
g (float[N,1,8,8] image) => (float[N,1,8,8] image) { }
M
mlopt run m.onnxtxt --data "$testdata/digits-test.npz" --as-labels -o soft.npz
