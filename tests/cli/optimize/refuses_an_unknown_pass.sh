mlopt optimize "$testdata/digits-cnn.onnx" -o out.onnx --passes=fold-bn,melt
