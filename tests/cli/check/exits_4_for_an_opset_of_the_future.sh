mlopt convert "$testdata/digits-cnn.onnx" -o m.onnxtxt
sed 's/"" : [0-9]*/"" : 99/' m.onnxtxt >n.onnxtxt
mlopt convert n.onnxtxt -o n.onnx
mlopt check n.onnx
