# SPDX-License-Identifier: MIT
# QEMU's RISC-V machine `virt`, RV32 in machine mode: 16550 UART, CLINT, PLIC.
BOARDS += virt-rv32
virt-rv32.isa = rv32gc
# Its core also runs what is built for these: `make virt-rv32.isa=rv32imac O=…`.
virt-rv32.also = rv32imac
virt-rv32.drivers = chip/riscv chip/riscv_start chip/clint chip/plic chip/virt uart/ns16550
virt-rv32.insn = yes # RAM as tests/insn wants it
virt-rv32.packages = qemu-system-misc
