# SPDX-License-Identifier: MIT
# Arm MPS2, AN385 image: Cortex-M3 at 25 MHz, CMSDK UART.
BOARDS += mps2-an385
mps2-an385.isa = armv7-m
# Its core also runs what is built for these: `make mps2-an385.isa=armv6-m O=…`.
mps2-an385.also = armv6-m
mps2-an385.drivers = chip/cortex_m chip/mps2 uart/cmsdk
mps2-an385.insn = yes # RAM as tests/insn wants it
mps2-an385.packages = qemu-system-arm
