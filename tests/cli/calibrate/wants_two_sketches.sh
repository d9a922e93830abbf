mlopt calibrate --diff a
