mlopt quantize "$testdata/digits-cnn.onnx" --scheme float8e4m3fn \
	--activations int8 --data random:1 -o a.onnx
