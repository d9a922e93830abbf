#!/bin/sh
# Latency beside ONNX Runtime and other peers: see bench/README.md.
#
#   make bench [MODELS="resnet18 a.onnx"] [INT8=1] [ENGINE=onednn]
#              [THREADS=1,2] [ROUNDS=5] [SECONDS_EACH=1]
#              [PEERS=onnxruntime,openvino] [MARKDOWN=FILE]
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
mlopt=$(pwd)/mlopt
work=$(pwd)/build/bench
python=$work/peers/bin/python
peers=${PEERS:-onnxruntime}

test -x "$python" || python3 -m venv "$work/peers"
"$python" -c 'import numpy, onnxruntime' 2>/dev/null ||
	"$python" -m pip install -q --disable-pip-version-check \
		onnxruntime==1.30.0 numpy
case $peers in
*openvino*)
	"$python" -c 'import openvino' 2>/dev/null ||
		"$python" -m pip install -q --disable-pip-version-check \
			openvino==2026.4.1
esac

# Names are those of the suite, the rest are files; no names: all of them.
suite= files=
for m in ${MODELS:-}
do
	case $m in
	*.onnx) files="$files $m" ;;
	*) suite="$suite $m" ;;
	esac
done
if test -z "${MODELS:-}" || test -n "$suite"
then
	/usr/bin/python3 -c 'import torch, torchvision' 2>/dev/null || {
		echo "make bench: the suite needs Debian's python3-torch and" \
			"python3-torchvision; MODELS=\"a.onnx ...\" needs neither" >&2
		exit 1
	}
	# shellcheck disable=SC2086
	/usr/bin/python3 "$bench/export.py" "$work/models" $suite
	for m in ${suite:-$(cd "$work/models" && ls -- *.onnx)}
	do
		files="$files $work/models/${m%.onnx}.onnx"
	done
fi

if test -n "${INT8:-}"
then
	mkdir -p "$work/int8"
	floats=$files files=
	for m in $floats
	do
		q=$work/int8/$(basename "$m")
		test -f "$q" || "$mlopt" quantize "$m" --data=random:8 -o "$q"
		files="$files $q"
	done
fi

# shellcheck disable=SC2086
exec "$python" "$bench/compare.py" "$mlopt" ${ENGINE:+--engine="$ENGINE"} \
	--threads="${THREADS:-1,2}" --rounds="${ROUNDS:-5}" \
	--seconds="${SECONDS_EACH:-1}" --peers="$peers" \
	${MARKDOWN:+--markdown="$MARKDOWN"} $files
