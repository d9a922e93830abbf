# The output is replaced again and again while writers are killed.
cp "$testdata/digits-cnn.onnx" in.onnx
mlopt convert in.onnx -o a.onnxtxt
mlopt convert --dim N=7 --no-provenance in.onnx -o b.onnxtxt
cp a.onnxtxt o.onnxtxt
i=0
while test $i -lt 40; do
	mlopt convert --dim N=7 --no-provenance in.onnx -o o.onnxtxt &
	pid=$!
	sleep 0.00$((i % 10))$((i / 4))
	kill -9 $pid 2>/dev/null || :
	wait $pid 2>/dev/null || :
	cmp -s o.onnxtxt a.onnxtxt || cmp -s o.onnxtxt b.onnxtxt || echo torn
	i=$((i + 1))
done 2>/dev/null
mlopt convert in.onnx -o o.onnxtxt
ls -A # the last writer swept what the killed ones left
