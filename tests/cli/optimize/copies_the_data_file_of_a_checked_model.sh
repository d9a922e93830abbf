mkdir from to
mlopt convert -q "$testdata/digits-cnn.onnx" -o from/m.onnx \
	--external-data=m.data
mlopt optimize -q --check from/m.onnx -o to/m.onnx
rm -r from
mlopt validate -q "$testdata/digits-cnn.onnx" to/m.onnx \
	--data "$testdata/digits-test.npz" --no-latency >/dev/null
