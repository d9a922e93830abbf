#!/bin/sh
# Bring a Debian 12 machine to the point where ./mlopt is built: install what
# is missing, generate, configure, make.  Steps that are done are skipped.
set -eu
cd "$(dirname "$0")/.."

packages='autoconf automake gcc libc6-dev make pkg-config check
	libopenblas-openmp-dev libprotobuf-c-dev
	protobuf-c-compiler zlib1g-dev libyaml-dev libcjson-dev
	libjpeg62-turbo-dev libpng-dev libopenjp2-7-dev libtiff-dev libwebp-dev
	libpcre2-dev libunistring-dev nettle-dev libdnnl-dev mandoc'

missing=
for p in $packages
do
	dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null |
		grep -qx installed || missing="$missing $p"
done
if test -n "$missing"
then
	root=
	test "$(id -u)" = 0 || root=sudo
	echo "installing:$missing"
	$root apt-get update -qq
	# shellcheck disable=SC2086
	$root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
test -f configure || autoreconf -fi
test -f Makefile || ./configure -q
make -s -j "$(nproc)"
