# SPDX-License-Identifier: MIT
# Netduino Plus 2: STM32F405RG, Cortex-M4F at 16 MHz, USART6.
BOARDS += netduinoplus2
netduinoplus2.isa = armv7e-m-hard
netduinoplus2.drivers = chip/cortex_m chip/stm32f4 chip/systick uart/stm32
# QEMU's UART stops the whole machine, its monitor too, while its line does not take a byte; a unix
# socket holds less than 300 of those.
netduinoplus2.line = tcp
netduinoplus2.packages = qemu-system-arm
