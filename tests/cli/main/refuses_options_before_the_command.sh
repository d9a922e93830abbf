mlopt --json list dtypes
