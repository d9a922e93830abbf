# Smaller files with each line that is kept, and none without its verdict.
mlopt shrink "$testdata/digits-cnn.onnx" --data "$testdata/digits-test.npz" \
	--samples 0:60 --calibration 0:16 --labels label --target "top1_drop<=2" --no-latency \
	-o out >table
cat table
awk '$NF == "kept" { print $1 ".onnx" }' table | sort >kept
ls out | sort >written
cmp kept written
mlopt check out/*.onnx >/dev/null
