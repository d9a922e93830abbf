mlopt list -- dtypes -q
