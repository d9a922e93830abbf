mkfifo p
(exec 3<p; exec 3<&-) &
exec 4>p
wait
mlopt list dtypes >&4
