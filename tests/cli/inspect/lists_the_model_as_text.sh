mlopt inspect --text "$testdata/digits-cnn.onnx"
