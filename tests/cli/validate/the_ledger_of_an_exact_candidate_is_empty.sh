. "$here/models.lib"
mlopt optimize "$digits" -o optimized.onnx
mlopt validate "$digits" optimized.onnx --data "$samples" --ledger \
	--no-latency | sed -n '/^ledger/,/^$/p'
