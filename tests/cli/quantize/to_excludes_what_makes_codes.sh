for options in '--scheme linear' '--bits 8' '--base 2' '--ranges mse' \
	'--granularity tensor' '--block 32' '--carrier lut' '--format qdq' \
	'--overrides o' '--write-overrides o' '--no-feedback' '--keep-first' '--keep-last' '--activations int8' \
	'--activations bfloat16' '--keep nobody' '--to float8' \
	'--sketch none --data random:1'
do
	mlopt quantize "$testdata/digits-cnn.onnx" --to float16 $options \
		-o a.onnx || echo $?
done
ls
