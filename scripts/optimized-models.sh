#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What mlopt optimize makes of real models: writes docs/optimized-models.md.
#
# usage: scripts/optimized-models.sh MODELS-DIR [SECONDS] >docs/optimized-models.md
#
# Every MODELS-DIR/NAME/model.onnx below is optimized at -O2 and -O3.  Latency
# is measured in turns (before, -O2, -O3, three times) of SECONDS each with the
# engine blas; the lowest of the three medians counts, since what else runs on
# the machine only adds.
models=${1:?usage: $0 MODELS-DIR [SECONDS]}
seconds=${2:-1}
mlopt=${MLOPT:-./mlopt}
names='mnist-8 samplenet-cifar10 cifar-resnet20 cifar-mobilenetv2
squeezenet-winml-10c mobilenetv2-qdq-int8 super-resolution-10
ultraface-rfb-320 ppocr-cls yolox-nano vit-cifar-pgd agnews-encoder
magika-v3.3 kws-micro-fp32 kws-micro-qdq kws-micro-qoperator
digits-cnn digits-gru digits-transformer'
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# field FILE KEY: the first number called KEY.
field() {
	sed -n "s/.*\"$2\": \([-0-9.e+]*\),*\$/\1/p" "$1" | head -n 1
}

# p50 MODEL: writes one measurement to $work/bench.
p50() {
	: >"$work/bench"
	$mlopt bench "$1" --seconds "$seconds" --threads 1 --engine blas --json >"$work/bench" 2>/dev/null &&
		printf '%.3f\n' "$(field "$work/bench" p50_ms)"
}

# Of no measurement (open dimensions that 1 does not fit): a dash.
lowest() {
	sort -n | sed -n '1p;$!d' | grep . || echo -
}

cat <<'END'
# What `mlopt optimize` makes of real models

Written by `scripts/optimized-models.sh`.  Nodes count inner graphs too; bytes
are those of all constants; MACs are the multiply-accumulates of one run with
open dimensions of 1, as the plan counts them; p50 is the median latency of one
run on one thread (the lowest of three turns) with the engine blas, which
fuses on its own account what the file leaves apart.  Every output agrees with
the original: bit by bit at `-O1`, within 1e-4 and 100 dB at `-O2` and `-O3`
(tests/slow/optimized_models.py asks ONNX's checker and ONNX Runtime as well).

| model | nodes | -O2 | -O3 | MACs | -O2 | bytes | -O2 | p50 ms | -O2 | -O3 |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
END

for n in $names
do
	from=$models/$n/model.onnx
	test -f "$from" || from=${top_srcdir:-.}/testdata/$n.onnx
	test -f "$from" || continue
	for l in 2 3
	do
		$mlopt optimize "$from" -o "$work/$l.onnx" -O$l --no-provenance \
			--json >"$work/$l.json" || continue 2
	done
	: >"$work/t0"; : >"$work/t2"; : >"$work/t3"
	macs= macs2=
	for _ in 1 2 3
	do
		p50 "$from" >>"$work/t0"
		macs=$(field "$work/bench" macs)
		p50 "$work/2.onnx" >>"$work/t2"
		macs2=$(field "$work/bench" macs)
		p50 "$work/3.onnx" >>"$work/t3"
	done
	awk -v n="$n" \
		-v n0="$(field "$work/2.json" nodes)" \
		-v n2="$(sed '1,/"after"/d' "$work/2.json" | sed -n 's/.*"nodes": \([0-9]*\).*/\1/p')" \
		-v n3="$(sed '1,/"after"/d' "$work/3.json" | sed -n 's/.*"nodes": \([0-9]*\).*/\1/p')" \
		-v b0="$(field "$work/2.json" weight_bytes)" \
		-v b2="$(sed '1,/"after"/d' "$work/2.json" | sed -n 's/.*"weight_bytes": \([0-9]*\).*/\1/p')" \
		-v m0="$macs" -v m2="$macs2" \
		-v t0="$(lowest <"$work/t0")" -v t2="$(lowest <"$work/t2")" \
		-v t3="$(lowest <"$work/t3")" '
	function mega(x) { return x == "" ? "-" : sprintf("%.2f M", x / 1e6) }
	BEGIN {
		printf "| %s | %d | %d | %d | %s | %s | %d | %d | %s | %s | %s |\n",
			n, n0, n2, n3, mega(m0), mega(m2), b0, b2, t0, t2, t3
	}'
done

cat <<END

Measured on $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1),
one thread, engine blas.

The file called ultraface-rfb-320-simplified ends before the boxes are decoded.
What it computes in 110 nodes takes 110 in the optimized original; the others
decode.
END
