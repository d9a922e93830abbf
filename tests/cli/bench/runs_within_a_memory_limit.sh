mlopt bench -q --seconds 0.01 --max-memory 8M --threads 3 "$testdata/digits-cnn.onnx"
