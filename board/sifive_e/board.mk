# SPDX-License-Identifier: MIT
# HiFive1 Rev B: SiFive FE310-G002, RV32IMAC in machine mode: SiFive UART, CLINT, PLIC.
BOARDS += sifive_e
sifive_e.isa = rv32imac
sifive_e.drivers = chip/riscv chip/riscv_start chip/clint chip/plic chip/sifive uart/sifive_uart
# QEMU 7.2's UART drops what its line does not take at once.
sifive_e.line = tcp
sifive_e.packages = qemu-system-misc
# 16 KiB of RAM for the agent, the probed text, and the firmware.
sifive_e.settings = -DTL_POINTS=16 -DTL_PROBES=16 -DTL_NAME=0 -DTL_GUARD=8 \
	-DTL_RING_SIZE=1024 -DTL_FETCH=128 -DTL_STACK=0 -DTL_WINDOWS=4 -DTL_PACKET_SIZE=360 \
	-DTL_HALT_STACK=1024 -DTL_BYTECODE_SIZE=128 \
	-DTL_DELTAS=3 -DTL_DISPATCHES=4 -DTL_RETURNS=16 -DTL_RETURN_ACTIVE=8 -DTL_BREAKS=4 \
	-DTL_NOTES=128 -DTL_PRINT_SIZE=32 -DTL_TVARS=2 -DTL_TRACE=0 -DTL_HANDLER_STACK=768 \
	'-DTL_WATCHES=(TL_DECODE?2:0)'
# torture probes picolibc, of which so many bytes fit into RAM at a time, with these settings.
sifive_e.batch = 4600 -DTL_POINTS=16 -DTL_PROBES=16 -DTL_RING_SIZE=256 -DTL_PACKET_SIZE=256 \
	-DTL_GDB=0
# Of RAM its tasks need 1.4 KiB more; and it has no FP registers.
sifive_e.without = returns threads rtos fp kinds images
sifive_e.settings += -DTL_CONSOLE_OUT=128
