. "$here/models.lib"
candidate bad.onnxtxt "logits = Identity (z)"
judge bad.onnxtxt 'accuracy: {metric: top1, min: 0.9}'
