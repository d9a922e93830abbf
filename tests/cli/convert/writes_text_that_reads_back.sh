mlopt convert "$testdata/digits-cnn.onnx" -o a.onnxtxt
mlopt convert a.onnxtxt -o b.onnxtxt
cmp a.onnxtxt b.onnxtxt
ls -A
