# SPDX-License-Identifier: MIT
# Copy this folder to board/<name>/ and replace every <…>. The guide is in board/board.h.
BOARDS += <name>
# One of the ISAs in arch/*/arch.mk.
<name>.isa = <isa>
# What it shares with others, of board/chip/ and board/uart/.
<name>.drivers = <chip/…> <uart/…>
# Debian packages that run it, besides the ISA's own.
<name>.packages = <qemu-system-…>
