mlopt list --threads 1.5 dtypes
