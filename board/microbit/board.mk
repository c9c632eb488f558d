# SPDX-License-Identifier: MIT
# BBC micro:bit: nRF51822, Cortex-M0 at 16 MHz, UART.
BOARDS += microbit
microbit.isa = armv6-m
microbit.drivers = chip/cortex_m chip/nrf51 chip/nrf51_flash uart/nrf51_uart
microbit.packages = qemu-system-arm
# 16 KiB of RAM for the agent, the probed text, and the firmware.
microbit.settings = -DTL_POINTS=16 -DTL_PROBES=16 -DTL_NAME=0 -DTL_GUARD=12 \
	-DTL_RING_SIZE=1024 -DTL_FETCH=128 -DTL_STACK=0 -DTL_WINDOWS=4 -DTL_PACKET_SIZE=320 \
	-DTL_HALT_STACK=768 -DTL_DELTAS=4 \
	-DTL_DISPATCHES=4 -DTL_RETURNS=16 -DTL_RETURN_ACTIVE=8 -DTL_HANDLER_STACK=384 \
	-DTL_FLASH=1 -DTL_BREAKS=4 -DTL_BYTECODE=0 -DTL_NOTES=64 -DTL_PRINT_SIZE=16 -DTL_TRACE=0
# torture probes newlib, of which so many bytes fit into RAM at a time, with these settings.
microbit.batch = 4600 -DTL_POINTS=8 -DTL_PROBES=8 -DTL_RING_SIZE=256 -DTL_PACKET_SIZE=256 -DTL_GDB=0
# GDB's threads need more RAM for their stacks; expressions are left out above.
microbit.without = threads expressions rtos images
