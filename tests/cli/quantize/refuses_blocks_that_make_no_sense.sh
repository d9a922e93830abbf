for options in '--block 48' '--block 8192' '--block 32 --granularity tensor' \
	'--block 32 --activations int8' '--block 32 --scheme log' \
	'--block 32 --carrier lut'
do
	mlopt quantize "$testdata/digits-cnn.onnx" $options --data random:1 \
		-o a.onnx || echo $?
done
ls
