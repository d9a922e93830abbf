mlopt list dtypes
