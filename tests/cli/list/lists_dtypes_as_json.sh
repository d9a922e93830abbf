mlopt list --json dtypes
