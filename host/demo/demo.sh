#!/bin/sh
# SPDX-License-Identifier: MIT
# The demo: boots the demo firmware in QEMU and runs a probe session over its emulated UART. usage: demo.sh BUILD BOARD
set -eu
out=$1 board=$2
elf=$out/$board/demo.elf
port="exec:$(cat board/"$board"/qemu.args) -serial stdio -kernel $elf"

echo "\$ trapline watch -e $elf -p 'exec:qemu … -serial stdio' -d 3s parse pid_step sample_isr+2 'filter_update %r0 every=20'"
exec "$out/trapline" watch -e "$elf" -p "$port" -d 3s 'pid_step every=10' 'sample_isr+2 every=25' 'filter_update %r0 every=50' telemetry
