# SPDX-License-Identifier: MIT
# nRF52 DK (PCA10040): nRF52832, Cortex-M4F at 64 MHz, UART.
BOARDS += nrf52dk
nrf52dk.isa = armv7e-m-hard
nrf52dk.drivers = chip/cortex_m chip/nrf51 chip/nrf51_flash uart/nrf51_uart
# 64 KiB of RAM for the agent, the probed text, and the firmware.
nrf52dk.settings = -DTL_FLASH=1 -DTL_POINTS=32 -DTL_PROBES=32 -DTL_RING_SIZE=2048 \
	-DTL_TRACE_SIZE=2048
