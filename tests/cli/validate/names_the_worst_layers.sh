. "$here/models.lib"
mlopt validate "$digits" "$digits" --data "$samples" --samples 0:8 \
	--no-latency --per-layer
