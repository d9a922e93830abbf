. "$here/models.lib"
candidate bad.onnxtxt 'logits = Cos (z)'
judge bad.onnxtxt 'drift: {cosine: {min: 0.9}}'
