data="--data $testdata/digits-calibration.npz --samples ::4"
cat >near.yaml <<EOF
schema: 1
accuracy: {metric: agreement, min: 0.99}
drift:
  sqnr_db: {min: 40}
size:
  ratio: {max: 0.56}
EOF
for m in cnn gru transformer
do
	for type in float16 bfloat16
	do
		for a in $type float
		do
			mlopt quantize "$testdata/digits-$m.onnx" --to $type \
				--activations $a $data -o a.onnx
			mlopt validate "$testdata/digits-$m.onnx" a.onnx -q \
				--data "$testdata/digits-test.npz" --samples ::16 \
				--policy near.yaml
		done
	done
done
