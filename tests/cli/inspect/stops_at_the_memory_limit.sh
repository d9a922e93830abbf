mlopt inspect --max-memory=100K --deep - <"$testdata/digits-cnn.onnx"
