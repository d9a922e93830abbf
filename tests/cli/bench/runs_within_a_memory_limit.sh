# A sanitizer maps terabytes.
if grep -q __asan_init "$(command -v mlopt)"; then exit 77; fi
mlopt bench -q --seconds 0.01 --max-memory 8M --threads 3 "$testdata/digits-cnn.onnx"
