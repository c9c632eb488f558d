#!/bin/sh
# SPDX-License-Identifier: MIT
# Names the Debian packages of the argument list that are not installed, and installs them when it
# may.
set -eu
if ! command -v dpkg-query >/dev/null; then
	echo "not Debian: these packages' programs and headers are needed: $*" >&2
	exit 0
fi
missing=
for package in "$@"; do
	dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "missing:$missing" >&2
	echo "install with: sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "installing:$missing" >&2
apt-get -qq update >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install -y --no-install-recommends $missing </dev/null >&2
