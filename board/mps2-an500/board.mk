# SPDX-License-Identifier: MIT
# Arm MPS2, AN500 image: Cortex-M7 at 25 MHz, CMSDK UART.
BOARDS += mps2-an500
mps2-an500.like = mps2-an385
mps2-an500.isa = armv7e-m-hard
mps2-an500.drivers = chip/cortex_m chip/mps2 uart/cmsdk
mps2-an500.insn = yes # RAM as tests/insn wants it
mps2-an500.packages = qemu-system-arm
mps2-an500.flags = -mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-d16
