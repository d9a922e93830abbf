report() { # NAME VERDICT BYTES ACCURACY
	printf '{"schema": 1, "verdict": "%s", "reference": "ref.onnx", "candidate": "%s",
		"outputs": [{"sqnr_db": 33.1}, {"sqnr_db": "inf"}],
		"accuracy": {"metric": "top1", "reference": 0.98, "candidate": %s},
		"latency": {"reference_ms": {"p50": 1}, "candidate_ms": {"p50": 0.5}, "ratio": 0.5},
		"size": {"reference_bytes": 1000, "candidate_bytes": %s}}' "$2" "$1" "$4" "$3"
}
echo "{\"schema\": 2}" >a.json
mlopt compare a.json
