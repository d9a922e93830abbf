. "$here/models.lib"
candidate bad.onnxtxt "logits = Identity (z)"
judge bad.onnxtxt 'accuracy: {metric: top1, max_drop: 0.01}'
