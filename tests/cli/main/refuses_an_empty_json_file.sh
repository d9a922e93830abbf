mlopt list --json= dtypes
