. "$here/models.lib"
judge_grid 'y = Identity (x)' \
	'accuracy: {metric: perplexity, max_rise: 0, confidence: 0.95}'
grep '^perplexity' report.txt
judge_grid 'y = Mul (x, half)' 'accuracy: {metric: f1, max_drop: 0, min: 0.9}'
grep '^f1' report.txt
grid x 'float[N,8,8]' squeeze.onnxtxt ''
sed -i '/^   $/d' squeeze.onnxtxt
mlopt run -q squeeze.onnxtxt --data "$samples" -o x.npz
judge_grid 'y = Identity (x)' 'accuracy: {metric: mse, max_rise: 0, max: 0}' \
	x.npz
grep '^mse' report.txt
