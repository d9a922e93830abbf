. "$here/models.lib"
candidate bad.onnxtxt "logits = Identity (z)"
judge bad.onnxtxt 'drift: {sqnr_db: {min: 20}}'
