cp "$testdata/digits-cnn.onnx" a.onnx
mlopt convert a.onnx -o a.onnxtxt
mlopt convert --dim N=2 a.onnxtxt -o a.onnxtxt
mlopt inspect a.onnxtxt | sed -n 2p
ls -A
