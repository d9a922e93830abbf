#!/bin/sh
# Each header compiles alone.
cd "${top_srcdir:-.}" || exit 99
src=$(pwd)
cd - >/dev/null || exit 99
build=${top_builddir:-.}
status=0

# Templates and their instruction sets are included in the middle of a kernel file, by design.
headers=$(cd "$src" && ls ./*/*.h | sed 's,^\./,,' | grep -vE '_tmpl\.h$|/isa_')
# All at once first: eighty compilers take their time.
(cd "$src" && for h in $headers; do echo "#include \"$h\""; done) |
	${CC:-cc} -std=c11 -D_GNU_SOURCE $CPPFLAGS -I"$src" -I"$build" \
		-fsyntax-only -x c - || status=1
for h in $headers
do
	# Standard headers come with nothing: neither may ours need them.
	echo "#include \"$h\"" | ${CC:-cc} -std=c11 -D_GNU_SOURCE $CPPFLAGS \
		-I"$src" -I"$build" -fsyntax-only -x c - || {
		echo "$h does not compile alone"
		status=1
	}
done
exit $status
