# SPDX-License-Identifier: MIT
# NUCLEO-L552ZE-Q: STM32L552ZE, Cortex-M33F at 4 MHz, LPUART1.
BOARDS += nucleo-l552ze
nucleo-l552ze.isa = armv8-m-hard
nucleo-l552ze.drivers = chip/cortex_m chip/systick uart/stm32_lpuart
