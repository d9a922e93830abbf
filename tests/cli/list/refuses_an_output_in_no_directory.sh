mlopt list dtypes -o no/such
