mlopt --version
