m=$testdata/digits-cnn.onnx
for c in "list ops" "inspect $m" "bench --seconds 0 $m" "profile --runs 1 $m" \
	"validate $m $m --data $testdata/digits-calibration.npz --samples 0:4"
do
	for out in /dev/full closed; do
		status=0
		if test $out = closed; then
			mlopt $c >&- 2>/dev/null || status=$?
		else
			mlopt $c >$out 2>/dev/null || status=$?
		fi
		test $status -eq 6 || echo "${c%% *} to $out: $status"
	done
done
