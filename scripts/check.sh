#!/bin/sh
# Build what is missing and run every test; the last line is the summary.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
status=0
make -s -j "$(nproc)" check >check.log 2>&1 || status=$?

# A Check suite counts its cases, a script counts as one.
awk '
/^PASS /  { pass++ }
/^SKIP /  { skip++ }
/^(FAIL|ERROR) / { fail++ }
/^[0-9]+%: Checks: / {
	gsub(",", "")
	pass += $3 - $5 - $7 - ($5 + $7 == 0)
	fail += $5 + $7 - ($5 + $7 > 0)
}
END { printf "%d passed, %d failed, %d skipped\n", pass, fail, skip }
' tests/*/*.log >check.summary

if test "$status" != 0
then
	tail -n 40 check.log
	grep -l -E '^(FAIL|ERROR) ' tests/*/*.log | while read -r log
	do
		echo "==> $log"
		tail -n 30 "$log"
	done
fi
cat check.summary
exit "$status"
