mlopt run "$testdata/digits-cnn.onnx" --data no.npz -o out.npz || status=$?
ls -A
exit $status
