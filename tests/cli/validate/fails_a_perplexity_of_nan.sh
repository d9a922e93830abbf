. "$here/models.lib"
judge_grid 'nan = Div (zero, zero)
   y = Add (x, nan)' 'accuracy: {metric: perplexity, max: 1e9}' || status=$?
grep -q '^accuracy.max  *nan .*fail' report.txt
exit $status
