# AddressSanitizer maps more than any limit.
test -z "${SANITIZED:-}" || exit 77
mlopt inspect --max-memory=100K --deep - <"$testdata/digits-cnn.onnx"
