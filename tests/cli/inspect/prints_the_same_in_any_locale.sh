mlopt inspect --deep "$testdata/digits-cnn.onnx" >a
for l in C C.UTF-8 de_DE.UTF-8 tr_TR.UTF-8; do
	LC_ALL=$l LANG=$l mlopt inspect --deep "$testdata/digits-cnn.onnx" | cmp a -
done
