env -u MLOPT_ENGINE mlopt list engines | grep -c default
MLOPT_ENGINE=reference mlopt list engines
