# The target decides how many.
# Sanitizers make it too slow for the time that a case has.
test -z "${SANITIZED:-}" || exit 77
search() {
	mlopt quantize "$testdata/digits-cnn.onnx" -o $1 --target "$2" \
		--data "$testdata/digits-test.npz" --labels label \
		--samples ::8 --threads 1 --no-provenance --json=$1.json ${3-}
}
search loose.onnx "sqnr_db>=12"
search tight.onnx "sqnr_db>=25" --state=state
test "$(wc -c <loose.onnx)" -lt "$(wc -c <tight.onnx)"
mlopt validate "$testdata/digits-cnn.onnx" tight.onnx --no-latency --json \
	--data "$testdata/digits-test.npz" --samples 1::2 --threads 1 |
	awk '/"sqnr_db"/ { exit !($2 + 0 >= 23) }'
head -n 1 state
# What was stopped goes on, and ends the same.
head -n 8 state >part
search again.onnx "sqnr_db>=25" --state=part
cmp tight.onnx again.onnx
cmp state part
