mlopt list --timeout=nan dtypes
