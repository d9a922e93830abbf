mlopt list --treads=2 dtypes
