. "$here/models.lib"
mlopt validate "$digits" "$digits" --data "$samples" --samples 397:
