#!/bin/sh
# SPDX-License-Identifier: MIT
# boot.sh ELF: boots it in QEMU, its serial line at $TL_SOCKET, in place of the one before. boot.sh
# without ELF: only ends that.
[ ! -f "$TL_SOCKET.pid" ] || kill "$(cat "$TL_SOCKET.pid")" 2>/dev/null
rm -f "$TL_SOCKET" "$TL_SOCKET.pid"
[ -n "$1" ] || exit 0
$TL_QEMU -serial "unix:$TL_SOCKET,server=on,wait=off" -kernel "$1" </dev/null >/dev/null 2>&1 &
echo $! >"$TL_SOCKET.pid"
for _ in $(seq 200); do
	[ ! -S "$TL_SOCKET" ] || break
	sleep 0.05
done
sleep 0.3 # it stands in tl_wait_for_debugger()
