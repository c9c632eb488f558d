# SPDX-License-Identifier: MIT
# RISC-V: the variants, their compiler, and what firmware and the agent are built with. `gc` is
# IMAFDC, with FP registers in the calling convention; `-s` is supervisor mode, the others are in
# machine mode. The specification of 2.2 has CSR instructions and FENCE.I in I, as picolibc's
# multilibs do.
RISCV = rv32imac rv32gc rv64imac rv64gc
RISCV_S = $(RISCV:%=%-s)
ISAS += $(RISCV) $(RISCV_S)

rv32imac.march = -march=rv32imac -mabi=ilp32
rv32gc.march = -march=rv32imafdc -mabi=ilp32d
rv64imac.march = -march=rv64imac -mabi=lp64
rv64gc.march = -march=rv64imafdc -mabi=lp64d

riscv_xlen = $(if $(filter rv32%,$(1)),rv32,rv64)
riscv_s = $(if $(filter %-s,$(1)),s)
riscv_fp = $(foreach r,0 1 2 3 4 5 6 7 8 9 10 11,ft$(r) fs$(r)) $(foreach r,0 1 2 3 4 5 6 7,fa$(r))

# `name` is what the agent says.
define riscv_isa
$(1).arch = riscv
$(1).name = $(riscv_xlen)$(riscv_s)
$(1).cross = riscv64-unknown-elf-
$(1).flags = $($(1:%-s=%).march) $(if $(riscv_s),-DTL_RISCV_SUPERVISOR=1) -misa-spec=2.2 \
	-mcmodel=medany
# No FP register is the agent's: traps leave them alone. Nothing is addressed by gp: where a probe
# hits, it may be anything.
$(1).agent_flags = -fno-jump-tables -mno-relax -msmall-data-limit=0 \
	$(if $(filter %gc %gc-s,$(1)),$(riscv_fp:%=-ffixed-%))
# Of the agent, where one section has all that it calls.
$(1).text_flags = -include arch/riscv/calls.h
$(1).cold_flags = -msave-restore -fno-move-loop-invariants -fno-expensive-optimizations \
	-fno-caller-saves
$(1).defines = -DTL_RISCV_ISA=riscv_$(riscv_xlen)$(riscv_s) -DTL_RECORD_REGS=32 \
	-DTL_REG_PC=31 -DTL_REG_SP=1 -DTL_REG_LR=0 -DTL_PAD_SIZE=12 -DTL_PAD_TRAP=0
$(1).libc = --specs=picolibc.specs -DPICOLIBC_DOUBLE_PRINTF_SCANF
$(1).retarget = picolibc
$(1).demo = a0 4
$(1).packages = gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf
endef
$(foreach i,$(RISCV) $(RISCV_S),$(eval $(call riscv_isa,$(i))))

riscv.pure = isa decode trap_state simulate slot rewrite onward returns common \
	rv32 rv64 rv32m rv32s rv64m rv64s
riscv.host = flow unstack
riscv.target = trap.c trap_saved.c debug.c trigger.c watch.c unwind.c patch.c \
	stubs.S save.S entry.S return.S fast.S vectors.S
# What `make` builds where no other compiler is installed.
ARCH_BOARDS += virt-rv64
# Global names that the agent defines here besides tl_ ones.
riscv.symbols = riscv_[a-z0-9_]*|__riscv_(save|restore)_[0-9]+
