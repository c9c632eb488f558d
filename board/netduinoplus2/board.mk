# SPDX-License-Identifier: MIT
# Netduino Plus 2: STM32F405RG, Cortex-M4F at 16 MHz, USART6.
BOARDS += netduinoplus2
netduinoplus2.isa = armv7e-m-hard
netduinoplus2.drivers = chip/cortex_m chip/stm32f4 chip/systick uart/stm32
netduinoplus2.packages = qemu-system-arm
