# SPDX-License-Identifier: MIT
# Cortex-M: the variants, their compiler, and what firmware and the agent are built with. Names are
# the architecture's, then the float ABI where it is not the soft one.
THUMB = armv6-m armv7-m armv7e-m armv7e-m-hard armv8-m armv8-m-hard
ISAS += $(THUMB)

armv6-m.flags = -mcpu=cortex-m0
armv7-m.flags = -mcpu=cortex-m3
armv7e-m.flags = -mcpu=cortex-m4 -mfloat-abi=soft
armv7e-m-hard.flags = -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
armv8-m.flags = -mcpu=cortex-m33 -mfloat-abi=soft
armv8-m-hard.flags = -mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16

armv6-m.table = thumb_v6m
armv7-m.table = thumb_v7m
armv7e-m.table = thumb_v7em
armv7e-m-hard.table = thumb_v7em
armv8-m.table = thumb_v8m
armv8-m-hard.table = thumb_v8m

# As the agent calls itself, where that is not the name above without the float ABI.
armv8-m.name = armv8-m.main
armv8-m-hard.name = armv8-m.main

define thumb_isa
$(1).arch = thumb
$(1).cross = arm-none-eabi-
$(1).flags += -mthumb
$(1).agent_flags = -mgeneral-regs-only -fno-jump-tables -fno-caller-saves
$(1).cold_flags = -fno-move-loop-invariants -fno-schedule-insns2 -fno-if-conversion \
	-fno-expensive-optimizations
$(1).defines = -DTL_THUMB_ISA=$($(1).table) -DTL_RECORD_REGS=17 \
	-DTL_REG_PC=15 -DTL_REG_SP=13 -DTL_REG_LR=14 -DTL_REG_LOOK=0xf \
	$(if $(filter armv6-m,$(1)),,-DTL_PAD_SIZE=12 -DTL_PAD_TRAP=8)
$(1).libc = --specs=nano.specs
$(1).packages = gcc-arm-none-eabi libnewlib-arm-none-eabi
endef
$(foreach i,$(THUMB),$(eval $(call thumb_isa,$(i))))

thumb.pure = isa decode simulate slot rewrite rewrite_v6m onward returns v6m v7m v7em v8m
thumb.host = flow unstack
thumb.target = trap.c debug.c fault.c comparator.c call.c unwind.c patch.c \
	stubs.S entry.S return.S fast.S vectors.S
armv6-m.target = trap.c debug.c fault_v6m.c comparator_v6m.c unwind.c patch.c \
	stubs.S entry_v6m.S return_v6m.S vectors.S
# What `make` builds first, if BOARD= does not say.
ARCH_BOARDS := mps2-an385 $(ARCH_BOARDS)
# Global names that the agent defines here besides tl_ ones.
thumb.symbols = thumb_[a-z0-9_]*|(HardFault|MemManage|BusFault|UsageFault|DebugMon)_Handler
