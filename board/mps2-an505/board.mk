# SPDX-License-Identifier: MIT
# Arm MPS2, AN505 image: Cortex-M33 at 20 MHz, in its secure state, CMSDK UART.
BOARDS += mps2-an505
mps2-an505.isa = armv8-m-hard
mps2-an505.drivers = chip/cortex_m chip/mps2 uart/cmsdk
mps2-an505.insn = yes # RAM as tests/insn wants it
mps2-an505.packages = qemu-system-arm
