# SPDX-License-Identifier: MIT
# Blue Pill: STM32F103C8, Cortex-M3 at 8 MHz, USART1.
BOARDS += bluepill
bluepill.isa = armv7-m
bluepill.drivers = chip/cortex_m chip/dwt chip/systick uart/stm32
# 64 KiB of flash and 20 KiB of RAM for the agent, the probed text, and the firmware.
bluepill.settings = -DTL_POINTS=16 -DTL_PROBES=16 -DTL_NAME=8 -DTL_GUARD=12 \
	-DTL_RING_SIZE=1024 -DTL_FETCH=128 -DTL_STACK=0 -DTL_WINDOWS=4 -DTL_PACKET_SIZE=384 \
	-DTL_DELTAS=4 -DTL_DISPATCHES=4 -DTL_RETURNS=16 -DTL_RETURN_ACTIVE=8 \
	-DTL_CONSOLE_OUT=128 -DTL_CONSOLE_IN=32 -DTL_BREAKS=8 -DTL_BYTECODE=0 -DTL_NOTES=128 \
	-DTL_PRINT_SIZE=32 -DTL_TRACE=0 -DTL_EVENTS=0
# They need more flash.
bluepill.without = kprobes returns
