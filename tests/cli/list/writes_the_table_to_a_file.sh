mlopt list dtypes -o "a b" && head -n 2 "a b" && ls -A
