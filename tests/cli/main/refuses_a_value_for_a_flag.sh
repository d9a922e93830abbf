mlopt list --quiet=yes dtypes
