mlopt list engines
