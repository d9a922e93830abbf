#!/bin/sh
# Latency of models, engine by engine, and of a peer in the same minutes.
#
#   make bench [MODELS="a.onnx b.onnx"] [ENGINES="blas onednn"] [THREADS=1]
#              [ROUNDS=3] [SECONDS_EACH=1] [PEER="python ort_latency.py"]
#
# MODELS are those of testdata/ unless given.  PEER is a command that takes
# --threads N --seconds S MODEL and prints JSON with "p50_ms".  Engines and
# peer take turns; what is printed is the least p50 of all rounds in ms, which
# a busy machine disturbs least, and the peer's time divided by ours.
cd "${top_srcdir:-.}" || exit 99
src=$(pwd)
cd - >/dev/null || exit 99
mlopt=${top_builddir:-.}/mlopt
models=${MODELS:-$(ls "$src"/testdata/*.onnx)}
engines=${ENGINES:-$("$mlopt" list engines | awk 'NR > 1 && $1 != "reference" &&
	$2 != "no" { print $1 }')}
threads=${THREADS:-1}
work=$(mktemp) || exit 99
trap 'rm -f "$work"' EXIT

p50() {
	sed -n 's/.*"p50_ms": *\([0-9.e-]*\).*/\1/p'
}

for m in $models
do
	: >"$work"
	for round in $(seq "${ROUNDS:-3}")
	do
		for e in $engines
		do
			echo "$e $("$mlopt" bench --engine="$e" --json \
				--threads="$threads" \
				--seconds="${SECONDS_EACH:-1}" "$m" | p50)"
		done
		test -z "$PEER" || echo "peer $($PEER --threads "$threads" \
			--seconds "${SECONDS_EACH:-1}" "$m" 2>/dev/null | p50)"
	done >>"$work"
	awk -v model="$m" '
		NF == 2 && (!($1 in least) || $2 < least[$1]) { least[$1] = $2 }
		END {
			n = split(model, part, "/")
			name = part[n] == "model.onnx" ? part[n - 1] : part[n]
			printf "%-28s", name
			for (e in least) if (e != "peer") {
				printf "  %s %.3f", e, least[e]
				if ("peer" in least && least[e] > 0)
					printf " (%.2fx)", \
						least["peer"] / least[e]
			}
			if ("peer" in least) printf "  peer %.3f", least["peer"]
			print ""
		}' "$work"
done
