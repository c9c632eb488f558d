# SPDX-License-Identifier: MIT
# Cortex-M: the variants, their compiler, and what firmware and the agent are built with.
ISAS += armv7-m

armv7-m.arch = thumb
armv7-m.cross = arm-none-eabi-
armv7-m.flags = -mcpu=cortex-m3 -mthumb
armv7-m.defines = -DTL_THUMB_ISA=thumb_v7m -DTL_RECORD_REGS=17 -DTL_REG_PC=15
armv7-m.libc = --specs=nano.specs
armv7-m.packages = gcc-arm-none-eabi libnewlib-arm-none-eabi

thumb.pure = isa decode simulate slot v6m v7m v7em v8m
thumb.target = trap.c patch.c entry.S vectors.S
# Global names that the agent defines here besides tl_ ones.
thumb.symbols = thumb_[a-z0-9_]*|(HardFault|MemManage|BusFault|UsageFault|DebugMon)_Handler
