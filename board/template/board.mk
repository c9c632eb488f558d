# SPDX-License-Identifier: MIT
# Copy this folder to board/<name>/ and replace every <…>. The guide is in board/board.h.
BOARDS += <name>
# One of the ISAs in arch/*/arch.mk.
<name>.isa = <isa>
# What it shares with others, of board/chip/ and board/uart/.
<name>.drivers = <chip/…> <uart/…>
# Optional: what its CPU is built for instead of the ISA's own flags; settings of the agent where
# its RAM is small (agent/tl_config.h); test firmware (tests/target/) that does not fit, with the
# reason.
<name>.flags = <-mcpu=…>
<name>.settings = <-DTL_POINTS=…>
<name>.without = <torture>
# Debian packages that run it, besides the ISA's own.
<name>.packages = <qemu-system-…>
