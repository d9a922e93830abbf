. "$here/models.lib"
mlopt validate "$digits" "$digits" --data "$samples" --labels lable
