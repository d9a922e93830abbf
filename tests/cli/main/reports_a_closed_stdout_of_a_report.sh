mlopt list dtypes >&-
