mlopt profile --runs 1 "$testdata/digits-cnn.onnx"
echo
mlopt profile --runs 1 --by-operator --engine reference "$testdata/digits-cnn.onnx"
