mlopt check --rules
