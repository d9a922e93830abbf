mlopt bench --seconds=0 --json "$testdata/digits-cnn.onnx" |
	sed -n 's/^ *"\([a-z0-9_]*\)":.*/\1/p'
