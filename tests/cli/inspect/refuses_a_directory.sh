mlopt inspect .
