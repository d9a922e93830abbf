for n in "a b.onnx" "-x.onnx" "a
b.onnx"; do
	cp "$testdata/digits-cnn.onnx" "./$n"
	mlopt inspect -- "$n" | head -n 1
done
