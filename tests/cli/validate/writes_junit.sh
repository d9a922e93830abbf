. "$here/models.lib"
mlopt validate "$digits" "$digits" --data "$samples" --samples 0:8 \
	--no-latency -q --junit junit.xml --json=report.json
cat junit.xml
