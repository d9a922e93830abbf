mlopt --version >&-
