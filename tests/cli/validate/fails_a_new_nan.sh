. "$here/models.lib"
candidate bad.onnxtxt 'logits = Div (z, z)'
judge bad.onnxtxt 'size: {ratio: {max: 100}}'
