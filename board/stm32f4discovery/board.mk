# SPDX-License-Identifier: MIT
# STM32F4DISCOVERY: STM32F407VG, Cortex-M4F at 16 MHz, USART2.
BOARDS += stm32f4discovery
stm32f4discovery.isa = armv7e-m-hard
stm32f4discovery.drivers = chip/cortex_m chip/stm32f4 chip/stm32f4_flash chip/systick uart/stm32
stm32f4discovery.settings = -DTL_FLASH=1
