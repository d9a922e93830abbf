mlopt inspect --timeout=0.000001 --deep "$testdata/digits-cnn.onnx"
