mkfifo f; mlopt inspect f
