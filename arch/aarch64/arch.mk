# SPDX-License-Identifier: MIT
# AArch64, little-endian: the pure half.
aarch64.pure = isa decode table trap_state simulate slot rewrite use onward returns
aarch64.host = flow unstack
