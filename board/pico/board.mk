# SPDX-License-Identifier: MIT
# Raspberry Pi Pico: RP2040, Cortex-M0+ at 12 MHz, UART0.
BOARDS += pico
pico.isa = armv6-m
pico.drivers = chip/cortex_m chip/systick uart/pl011
