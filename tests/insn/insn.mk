# SPDX-License-Identifier: MIT
# Proof per instruction, on boards that have the RAM that insn_<arch>.h lays out and say so: <board>.insn = yes.
INSN_BOARDS = $(foreach b,$(BOARDS),$(if $($(b).insn),$(b)))

# What broken_<arch>.c can break.
insn_thumb.wrapped = thumb_decode thumb_slot_build thumb_skip thumb_simulate

# Of board $(1), architecture $(2).
define insn_rules
$O/$(1)/insn.elf: $(patsubst %,$O/$(1)/%.o,$(basename tests/insn/insn.c $(wildcard tests/insn/*_$(2).[cS] tests/insn/*_$(2)_*.[cS])))
$O/$(1)/insn.elf: LIBS = $(insn_$(2).wrapped:%=-Wl,--wrap=%)
endef
