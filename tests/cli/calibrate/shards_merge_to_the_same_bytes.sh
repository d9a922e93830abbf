data="--data $testdata/digits-calibration.npz"
mlopt calibrate "$testdata/digits-cnn.onnx" $data --threads 1 -o whole
for i in 0 1 2 3 4 5 6
do
	mlopt calibrate "$testdata/digits-cnn.onnx" $data --shard $i/7 \
		--threads 2 -o part$i
done
mlopt merge part3 part0 -o some
mlopt merge part6 some part1 part5 part2 part4 -o all
cmp all whole
