. "$here/models.lib"
candidate bad.onnxtxt "logits = Identity (z)"
judge bad.onnxtxt 'drift: {rmse: {max: 0.1}}'
