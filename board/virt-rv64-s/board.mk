# SPDX-License-Identifier: MIT
# QEMU's RISC-V machine `virt`, RV64 in supervisor mode, under OpenSBI: 16550 UART, timer by SBI,
# PLIC.
BOARDS += virt-rv64-s
virt-rv64-s.isa = rv64gc-s
# Its core also runs what is built for these: `make virt-rv64-s.isa=rv64imac-s O=…`.
virt-rv64-s.also = rv64imac-s
virt-rv64-s.drivers = chip/riscv chip/riscv_start chip/sbi chip/plic chip/virt uart/ns16550
# Memory protection by PMP, and triggers, are machine mode's.
virt-rv64-s.without = user watches
virt-rv64-s.packages = qemu-system-misc opensbi
