# SPDX-License-Identifier: MIT
# QEMU's RISC-V machine `virt`, RV64 in machine mode: 16550 UART, CLINT, PLIC.
BOARDS += virt-rv64
virt-rv64.isa = rv64gc
# Its core also runs what is built for these: `make virt-rv64.isa=rv64imac O=…`.
virt-rv64.also = rv64imac
virt-rv64.drivers = chip/riscv chip/riscv_start chip/virt uart/ns16550
virt-rv64.packages = qemu-system-misc
# The agent has no return probes on RISC-V yet.
virt-rv64.without = returns
