. "$here/models.lib"
judge_grid 'y = Neg (x)' 'accuracy: {metric: "f1:micro", min: 0.9}'
