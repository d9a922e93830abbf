# The writer waits for room in a FIFO, its other output half written.
mkfifo p
for s in TERM HUP; do
	mlopt inspect --json=o.json - <p &
	pid=$!
	exec 3>p
	sleep 0.05
	kill -$s $pid
	wait $pid || echo $?
	exec 3>&-
done
ls -A
