# SPDX-License-Identifier: MIT
# QEMU's RISC-V machine `virt`, RV32 in supervisor mode: 16550 UART, timer by SBI, PLIC. No OpenSBI
# is packaged for it: riscv_shim.S stands in for that.
BOARDS += virt-rv32-s
virt-rv32-s.like = virt-rv64-s
virt-rv32-s.isa = rv32gc-s
# Its core also runs what is built for these: `make virt-rv32-s.isa=rv32imac-s O=…`.
virt-rv32-s.also = rv32imac-s
virt-rv32-s.drivers = chip/riscv chip/riscv_start chip/riscv_shim chip/sbi chip/plic chip/virt \
	uart/ns16550
# Memory protection by PMP, and triggers, are machine mode's.
virt-rv32-s.without = user watches
virt-rv32-s.packages = qemu-system-misc
