#!/bin/sh
# Every directory may include itself and the directories named after the
# colon; a third-party header may appear only in the files named beside it.
rules='base:
graph:base
kern:base
ops:kern graph base
exec:ops kern graph base
formats:graph base
data:formats graph base
quant:data exec ops kern graph base
passes:quant data exec ops kern graph base
validate:data exec ops graph base
package:formats validate graph base
cmd:package validate passes quant data formats exec ops kern graph base'

third_party='cblas.h:kern/gemm*.c base/parallel.c
lapacke.h:quant/solver*.c
dnnl.h:kern/dnnl*
protobuf-c/protobuf-c.h:formats/onnx*
formats/onnx.pb-c.h:formats/onnx*
zlib.h:formats/npz.c formats/zip*.c formats/gzip.c
cJSON.h:validate/summary.c
yaml.h:validate/policy*.c
png.h:data/png.c
jpeglib.h:data/jpeg.c'

cd "${top_srcdir:-.}" || exit 99
status=0

for f in base/*.[ch] graph/*.[ch] kern/*.[ch] ops/*.[ch] exec/*.[ch] \
	formats/*.[ch] data/*.[ch] quant/*.[ch] passes/*.[ch] \
	validate/*.[ch] package/*.[ch] cmd/*.[ch]
do
	case $f in *'*'* | *.pb-c.*) continue ;; esac
	dir=${f%%/*}
	allowed=$(printf '%s\n' "$rules" | sed -n "s/^$dir://p")
	for inc in $(sed -n 's,^#include "\([a-z]*\)/.*,\1,p' "$f" | sort -u)
	do
		case " $dir $allowed " in
		*" $inc "*) ;;
		*) echo "$f: $dir may not include $inc/" >&2; status=1 ;;
		esac
	done
	for rule in $(printf '%s\n' "$third_party" | sed 's/ /|/g')
	do
		header=${rule%%:*}
		grep -q "#include [<\"]$header[>\"]" "$f" || continue
		ok=no
		for glob in $(printf '%s' "${rule#*:}" | tr '|' ' ')
		do
			# shellcheck disable=SC2254
			case $f in $glob) ok=yes ;; esac
		done
		test $ok = yes || {
			echo "$f: $header belongs in ${rule#*:}" >&2
			status=1
		}
	done
done
exit $status
