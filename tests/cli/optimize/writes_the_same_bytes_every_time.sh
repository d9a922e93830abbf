mlopt optimize "$testdata/digits-transformer.onnx" -o a.onnx -O3
mlopt optimize "$testdata/digits-transformer.onnx" -o b.onnx -O3 --threads 1
cmp a.onnx b.onnx
