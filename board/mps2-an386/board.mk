# SPDX-License-Identifier: MIT
# Arm MPS2, AN386 image: Cortex-M4F at 25 MHz, CMSDK UART.
BOARDS += mps2-an386
mps2-an386.like = mps2-an385
mps2-an386.isa = armv7e-m-hard
mps2-an386.drivers = chip/cortex_m chip/mps2 uart/cmsdk
mps2-an386.insn = yes # RAM as tests/insn wants it
mps2-an386.packages = qemu-system-arm
