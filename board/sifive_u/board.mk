# SPDX-License-Identifier: MIT
# HiFive Unleashed: SiFive FU540-C000, of whose harts the first runs, an RV64IMAC core: SiFive UART,
# CLINT, PLIC.
BOARDS += sifive_u
sifive_u.isa = rv64imac
sifive_u.drivers = chip/riscv chip/riscv_start chip/clint chip/plic chip/sifive uart/sifive_uart
# QEMU 7.2's UART drops what its line does not take at once.
sifive_u.line = tcp
sifive_u.packages = qemu-system-misc
