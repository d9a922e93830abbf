#!/bin/sh
# Every directory may include itself and the directories named after the
# colon; a third-party header may appear only in the files named beside it.
rules='base:
graph:base
kern:base
image:base
ops:image kern graph base
exec:ops kern graph base
formats:graph base
data:image formats graph base
quant:data exec ops kern graph base
passes:quant data exec ops kern graph base
validate:data exec ops graph base
check:formats ops graph base
package:formats validate graph base
cmd:package check validate passes quant data formats exec ops kern graph base'

third_party='nettle/sha2.h:base/sha256.c
cblas.h:base/openblas.h
dnnl.h:kern/dnnl*
protobuf-c/protobuf-c.h:formats/onnx*
formats/onnx.pb-c.h:formats/onnx*
zlib.h:formats/npz.c formats/zip*.c formats/gzip.c
pcre2.h:ops/regex.c passes/override_pattern.c
unistr.h:ops/regex.c ops/string_normalizer.c
unicase.h:ops/string_normalizer.c ops/regex_fold.c
unictype.h:ops/regex_fold.c
cJSON.h:validate/summary.c
yaml.h:validate/policy*.c passes/override_read.c
png.h:image/png.c
jpeglib.h:image/jpeg.c
openjpeg.h:image/j2k.c
tiffio.h:image/tiff*
webp/decode.h:image/webp.c
webp/demux.h:image/webp.c'

cd "${top_srcdir:-.}" || exit 99
status=0

for f in base/*.[ch] graph/*.[ch] kern/*.[ch] image/*.[ch] ops/*.[ch] \
	exec/*.[ch] formats/*.[ch] data/*.[ch] quant/*.[ch] passes/*.[ch] \
	validate/*.[ch] check/*.[ch] package/*.[ch] cmd/*.[ch]
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
