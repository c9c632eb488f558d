# SPDX-License-Identifier: MIT
# QEMU's Arm machine `virt`: Cortex-A53 at EL1, PL011 UART, GIC, generic timer.
BOARDS += virt-aarch64
virt-aarch64.isa = aarch64
virt-aarch64.insn = yes # RAM as tests/insn wants it
# What it runs on besides: PAC, LSE and what else QEMU has.
virt-aarch64.cores = max
virt-aarch64.drivers = chip/aarch64 chip/aarch64_start chip/gic uart/pl011
virt-aarch64.packages = qemu-system-arm
# QEMU stands still while the line takes no more of this UART's bytes.
virt-aarch64.line = tcp
# There are no pads of jump probes (fast); user takes instructions of 2 bytes; the compiler's
# unwinder is Linux's (unwind).
virt-aarch64.without = fast unwind user
