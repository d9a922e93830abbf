# A sanitizer maps terabytes.
if grep -q __asan_init "$(command -v mlopt)"; then exit 77; fi
# AddressSanitizer maps more than any limit.
test -z "${SANITIZED:-}" || exit 77
mlopt inspect --max-memory=100K --deep - <"$testdata/digits-cnn.onnx"
