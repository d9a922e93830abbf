mlopt check
