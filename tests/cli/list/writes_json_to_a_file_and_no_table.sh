mlopt list dtypes --json=out.json
head -n 3 out.json
ls -A
