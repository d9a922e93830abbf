digits="$testdata/digits-cnn.onnx"
mlopt run "$digits" --data "$testdata/digits-test.npz" --samples 0:20 \
	--scale 2 --as-labels --engine=reference -o soft.npz
mlopt validate "$digits" "$digits" --data soft.npz --labels logits \
	--metric mse --engine=reference --no-latency | grep '^mse'
# Other labels than the outputs of these very inputs are no good.
mlopt run "$digits" --data "$testdata/digits-test.npz" --samples 0:20 \
	--engine=reference -o plain.npz
mlopt validate "$digits" "$digits" --data soft.npz --labels plain.npz \
	--metric mse --engine=reference --no-latency |
	grep -c '^mse  *[1-9]'
