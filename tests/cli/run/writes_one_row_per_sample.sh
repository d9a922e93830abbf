mlopt run "$testdata/digits-cnn.onnx" --data "$testdata/digits-test.npz" \
	--samples 0:21 --batch=8 -o a.npz
mlopt run "$testdata/digits-cnn.onnx" --data "$testdata/digits-test.npz" \
	--samples 0:21 --batch=21 -o b.npz --engine=reference
mlopt run "$testdata/digits-cnn.onnx" --data "$testdata/digits-test.npz" \
	--samples 0:21 --batch=4 -o c.npz --engine=reference --threads=1
cmp b.npz c.npz
test -s a.npz
