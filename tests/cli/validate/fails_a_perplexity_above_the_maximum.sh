. "$here/models.lib"
judge_grid 'y = Mul (x, half)' 'accuracy: {metric: perplexity, max: 1.5}'
