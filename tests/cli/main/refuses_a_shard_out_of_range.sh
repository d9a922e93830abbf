mlopt list --shard 2/2 dtypes
