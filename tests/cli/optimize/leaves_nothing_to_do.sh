for m in cnn gru transformer; do
	mlopt optimize "$testdata/digits-$m.onnx" -o a.onnx
	mlopt optimize a.onnx -o b.onnx -v
done
