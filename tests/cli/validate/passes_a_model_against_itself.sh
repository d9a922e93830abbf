. "$here/models.lib"
judge "$digits" 'accuracy: {metric: top1, min: 0.9, max_drop: 0}' \
	'drift: {max_abs: {max: 0}, sqnr_db: {min: 100}, cosine: {min: 1}}' \
	'size: {ratio: {max: 1}}' 'memory: {peak_ratio: {max: 1}}'
grep -q 'verdict: pass' report.txt
