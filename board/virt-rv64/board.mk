# SPDX-License-Identifier: MIT
# QEMU's RISC-V machine `virt`, RV64 in machine mode: 16550 UART, CLINT, PLIC.
BOARDS += virt-rv64
virt-rv64.like = virt-rv32
virt-rv64.isa = rv64gc
# Its core also runs what is built for these: `make virt-rv64.isa=rv64imac O=…`.
virt-rv64.also = rv64imac
virt-rv64.drivers = chip/riscv chip/riscv_start chip/clint chip/plic chip/virt uart/ns16550
virt-rv64.insn = yes # RAM as tests/insn wants it
virt-rv64.packages = qemu-system-misc
