mkdir d; mlopt list dtypes -o d
