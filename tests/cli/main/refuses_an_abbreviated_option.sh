mlopt list --thr 2 dtypes
