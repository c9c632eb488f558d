# SPDX-License-Identifier: MIT
# Raspberry Pi 3 Model B: BCM2837, of whose Cortex-A53s the first runs, from EL3, EL2 or EL1 down to
# EL1; PL011 UART, generic timer.
BOARDS += raspi3b
raspi3b.isa = aarch64
raspi3b.drivers = chip/aarch64 chip/aarch64_start uart/pl011
# QEMU stands still while the line takes no more of this UART's bytes.
raspi3b.line = tcp
raspi3b.packages = qemu-system-arm
# There are no pads of jump probes (fast); user takes instructions of 2 bytes; the compiler's
# unwinder is Linux's (unwind).
raspi3b.without = fast unwind user
