# SPDX-License-Identifier: MIT
# AArch64, little-endian: its compiler, and what firmware and the agent are built with. One variant
# for all cores: what a core has not faults, in a slot as elsewhere.
ISAS += aarch64

aarch64.arch = aarch64
aarch64.cross = aarch64-linux-gnu-
# The compiler is Debian's for Linux: what that would have by default is said to be off.
aarch64.flags = -march=armv8-a -fno-pic -no-pie -fno-stack-protector -mno-outline-atomics \
	-mstrict-align -fno-asynchronous-unwind-tables -fno-stack-clash-protection
# No FP or SIMD register is the agent's: traps leave them alone.
aarch64.agent_flags = -mgeneral-regs-only -fno-jump-tables
aarch64.cold_flags = -fno-move-loop-invariants -fno-expensive-optimizations -fno-caller-saves
# TL_RETURN_WORDS: A64_KEEPS_WITHIN, in words. TL_RETURN_SIGNED: where a signature may be, if
# addresses are of 32 bits at the least.
aarch64.defines = -DTL_RECORD_REGS=34 -DTL_REG_PC=32 -DTL_REG_SP=31 -DTL_REG_LR=30 \
	-DTL_RETURN_WORDS=512 -DTL_REG_LONG=2 \
	-DTL_RETURN_SIGNED=0xffffffff00000000
aarch64.libc = --specs=picolibc.specs -static -DPICOLIBC_DOUBLE_PRINTF_SCANF
aarch64.retarget = picolibc
aarch64.demo = x0 8
aarch64.packages = gcc-aarch64-linux-gnu picolibc-aarch64-linux-gnu
# Tests compile C++, too; others' compilers bring that along.
TEST_PACKAGES += g++-aarch64-linux-gnu

aarch64.pure = isa decode table trap_state simulate slot rewrite use onward returns
aarch64.host = flow unstack
aarch64.target = trap.c debug.c breakpoint.c watch.c unwind.c patch.c \
	stubs.S entry.S return.S vectors.S
ARCH_BOARDS += virt-aarch64
# Global names that the agent defines here besides tl_ ones.
aarch64.symbols = a64_[a-z0-9_]*
