cat >m.onnxtxt <<M
<ir_version: 8, opset_import: ["" : 17]>
g (float[N,1,8,8] image) => (float[N,1,8,8] y) { y = Sqrt (image) }
M
data="--data $testdata/digits-calibration.npz"
mlopt calibrate m.onnxtxt $data -o was
mlopt calibrate m.onnxtxt $data --mean 0.01 -o is -q
mlopt calibrate --diff was is --max-psi 0.25 >table
