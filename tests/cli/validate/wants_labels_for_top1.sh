. "$here/models.lib"
mlopt validate "$digits" "$digits" --data "$samples" --metric top1
