model="$testdata/digits-cnn.onnx"
data="--data $testdata/digits-calibration.npz"
mlopt calibrate "$model" $data -o was
mlopt calibrate "$model" $data --scale 1.3 -o is
mlopt calibrate --diff was is --max-psi 1000 --json >report.json
grep -c '"ks"' report.json
mlopt calibrate --diff was is --max-psi 1 >table || status=$?
grep -e image -e drifted table
exit $status
