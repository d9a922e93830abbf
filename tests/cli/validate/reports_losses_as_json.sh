. "$here/models.lib"
judge_grid 'y = Mul (x, half)' 'accuracy: {metric: perplexity, max: 99}'
mlopt validate ref.onnxtxt cand.onnxtxt --data "$samples" --samples 0:9 \
	--labels next.npz --metric perplexity --no-latency --json=report.json ||
	test $? = 1
sed -n '/"accuracy"/,/}/p' report.json
mlopt compare report.json | sed -n 's/  *[0-9.]* B.*//p' || true
