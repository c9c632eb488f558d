# SPDX-License-Identifier: MIT
# RISC-V: so far the pure half, which the host has; no library, no boards.
riscv.pure = isa decode trap_state simulate slot common rv32 rv64

TEST_PACKAGES += gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf
