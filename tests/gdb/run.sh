#!/bin/sh
# SPDX-License-Identifier: MIT
# Called by `make gdb-suite`: runs files of GDB's test-suite ($SUITE, gdb/testsuite of GDB's
# sources) in the folder $TL_OUT.
set -eu
[ -f "$SUITE/lib/gdb.exp" ] || {
	echo "error: no test-suite of GDB in '$SUITE'" >&2
	echo "hint: apt-get source gdb, unpack it, then: make gdb-suite SUITE=.../gdb/testsuite" >&2
	exit 2
}
mkdir -p "$TL_OUT"
export TL_SOCKET="$TL_OUT/serial" TL_BOOT="$PWD/tests/gdb/boot.sh"
ln -sfn "$PWD/board" "$TL_OUT/board" # linker scripts include board/chip/…
cat >"$TL_OUT/site.exp" <<END
set srcdir $(realpath "$SUITE")
set objdir $TL_OUT
set tool gdb
set target_alias $TL_TARGET
set target_triplet $TL_TARGET
lappend boards_dir $PWD/tests/gdb/boards
set GDB gdb-multiarch
set gdb_test_timeout 20
END
cd "$TL_OUT"
status=0
runtest --target_board=trapline GDB=gdb-multiarch GDB_DATA_DIRECTORY=/usr/share/gdb \
	INTERNAL_GDBFLAGS="-nw -nx -q -iex 'set height 0' -iex 'set width 0'" "$@" || status=$?
sh "$TL_BOOT"
exit $status
