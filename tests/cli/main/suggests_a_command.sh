mlopt lsit dtypes
