. "$here/models.lib"
mlopt quantize "$digits" --data "$testdata/digits-calibration.npz" -o int8.onnx
mlopt validate "$digits" int8.onnx --data "$samples" --ledger --no-latency >all
sed -n '/^ledger/,/^$/p;/^layer/p;/^what/p' all
