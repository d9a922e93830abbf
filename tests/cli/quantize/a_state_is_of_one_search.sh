for target in 'cosine>=0.9' 'cosine>=0.8'
do
	mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --state=state \
		--data "$testdata/digits-calibration.npz" --samples :12 \
		--target "$target" --json=/dev/null || echo $?
done
