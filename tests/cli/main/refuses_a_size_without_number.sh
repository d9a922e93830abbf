mlopt list --max-memory=lots dtypes
