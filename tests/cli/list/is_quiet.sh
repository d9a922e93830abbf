mlopt list -q dtypes
