# It waits for a model; SIGTERM is bit 14 of the caught ones, SIGHUP bit 0.
mkfifo p
for s in TERM HUP; do
	mlopt inspect - <p &
	pid=$!
	exec 3>p
	until grep -q '^SigCgt:.*[4-7c-f]..[13579bdf]$' /proc/$pid/status; do
		sleep 0.01
	done
	kill -$s $pid
	wait $pid || echo $?
	exec 3>&-
done
