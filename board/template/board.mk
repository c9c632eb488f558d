# SPDX-License-Identifier: MIT
# Copy this folder to board/<name>/ and replace every <…>. The guide is in board/board.h.
BOARDS += <name>
# One of the ISAs in arch/*/arch.mk.
<name>.isa = <isa>
# A driver in board/uart/, without .c.
<name>.uart = <driver>
# Debian packages that run it, besides the ISA's own.
<name>.packages = <qemu-system-…>
