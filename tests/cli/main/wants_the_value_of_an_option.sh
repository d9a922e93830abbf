mlopt list dtypes --seed
