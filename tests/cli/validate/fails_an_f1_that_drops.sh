. "$here/models.lib"
judge_grid 'y = Neg (x)' 'accuracy: {metric: f1, max_drop: 0.01}'
