# Works: the file passes check and runs.  Refused: status 2 or 4, by name.
model=$testdata/digits-gru.onnx
mlopt calibrate "$model" --data "$testdata/digits-calibration.npz" \
	--samples ::20 -o sketch

attempt() {
	status=0
	mlopt quantize "$model" -o a.onnx "$@" 2>message || status=$?
	case $status in
	0)
		mlopt check a.onnx -q >/dev/null &&
			mlopt run a.onnx --data random:1 -q -o a.npz ||
			status="broken" ;;
	2 | 4)
		test -s message || status="$status without a word" ;;
	*)
		cat message >&2 ;;
	esac
	echo "$* $status"
	rm -f a.onnx a.npz
}

for weights in '--bits 8' '--bits 4' '--scheme log --bits 8' \
	'--scheme log --base 2 --bits 5' '--scheme auto --bits 4' \
	'--scheme float8e4m3fn' '--scheme float8e5m2'
do
	for a in float int8 int16 dynamic
	do
		for form in '--format qdq' '--format qoperator' '--block 32' \
			'--granularity tensor' '--carrier int8' '--carrier lut'
		do
			case $a in
			int*) attempt $weights --activations $a $form \
				--sketch sketch ;;
			*) attempt $weights --activations $a $form ;;
			esac
		done
	done
done
for to in float16 bfloat16
do
	for a in float float16 bfloat16 int8 int16 dynamic
	do
		attempt --to $to --activations $a
		attempt --to $to --activations $a --sketch sketch
	done
done
