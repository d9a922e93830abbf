. "$here/models.lib"
candidate bad.onnxtxt "logits = Identity (z)"
judge bad.onnxtxt 'drift: {max_abs: {max: 0.1}}'
