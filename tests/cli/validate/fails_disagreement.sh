. "$here/models.lib"
candidate bad.onnxtxt "logits = Identity (z)"
judge bad.onnxtxt 'accuracy: {metric: agreement, min: 0.9}'
