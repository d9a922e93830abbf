. "$here/models.lib"
mlopt validate "$digits" "$digits" --data "$samples" --labels image \
	--metric perplexity
