#!/bin/sh
# SPDX-License-Identifier: MIT
# The demo: boots the demo firmware in QEMU and runs a probe session over its emulated UART.
# usage: demo.sh BUILD BOARD [REGISTER OFFSET]
# REGISTER: that of a first argument; OFFSET: of filter_update's second instruction
set -eu
out=$1 board=$2 register=${3:-r0} offset=${4:-2}
elf=$out/$board/demo.elf
if [ ! -f "board/$board/qemu.args" ]; then
	echo "error: $board is hardware, which no emulator here runs" >&2
	echo "hint:  make flash BOARD=$board; then trapline watch -p PORT -e $elf pid_step" >&2
	exit 1
fi
qemu="$(cat "board/$board/qemu.args") -serial stdio -kernel $elf"

set -- 'pid_step every=25' "filter_update+$offset every=50" "sample_isr %$register limit=3"
echo "\$ trapline watch -e demo.elf -p 'exec:qemu … -serial stdio' -d 3s '$1' '$2' '$3'"
exec "$out/trapline" watch -e "$elf" -p "exec:$qemu" -d 3s "$@"
