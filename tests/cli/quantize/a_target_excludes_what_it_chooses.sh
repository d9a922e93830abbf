for options in '--bits 4' '--scheme log' '--base 2' '--block 32' \
	'--carrier lut' '--granularity tensor' '--no-feedback' '--sketch s' \
	'--policy p' '--minimize latency' '--to float16'
do
	mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --data random:9 \
		--target 'cosine>=0.9' $options || echo $?
done
mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --data random:9 \
	--state s || echo $?
mlopt quantize "$testdata/digits-cnn.onnx" -o a.onnx --data random:9 \
	--target 'top1_drop<=1' || echo $?
