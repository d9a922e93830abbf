. "$here/models.lib"
judge_grid 'y = Mul (x, half)' 'accuracy: {metric: perplexity, max_rise: 0.01}'
