. "$here/models.lib"
# Five convolutions against one matrix product.
candidate fast.onnxtxt 'logits = Identity (z)'
digits=$PWD/fast.onnxtxt
judge "$testdata/digits-cnn.onnx" 'latency: {p50_ratio: {max: 1.02}}'
