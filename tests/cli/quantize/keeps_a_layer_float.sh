first=$(mlopt quantize "$testdata/digits-cnn.onnx" --scheme log -o a.onnx \
	--json | sed -n 's/^ *"name": "\(.*\)",$/\1/p' | head -n 1)
mlopt quantize "$testdata/digits-cnn.onnx" --scheme log -o b.onnx \
	--keep "$first" --json | grep '"float":'
mlopt quantize "$testdata/digits-cnn.onnx" --scheme log -o b.onnx --keep nobody
