# SPDX-License-Identifier: MIT
# Proof per instruction, on boards that have the RAM that insn_<arch>.h lays out and say so:
# <board>.insn = yes.
INSN_BOARDS = $(foreach b,$(BOARDS),$(if $($(b).insn),$(b)))
TEST_PROGRAMS += $(INSN_BOARDS:%=$O/%/insn.elf)

INSN_COMMON = $(addprefix tests/insn/,insn.c insn_rows.c insn_memory.c broken.c)
insn_sources = $(INSN_COMMON) $(wildcard tests/insn/*_$(1).[cS] tests/insn/*_$(1)_*.[cS])

# What broken_<arch>.c can break; thumb_jump: insn_thumb_run.c.
insn_thumb.wrapped = thumb_decode thumb_slot_build thumb_jump thumb_skip thumb_simulate
insn_riscv.wrapped = riscv_decode riscv_slot_build riscv_simulate
insn_aarch64.wrapped = a64_decode a64_slot_build a64_simulate

# Cases have any gp: what runs in them is not to be addressed by it, be it the proof's handlers or
# the agent.
insn_riscv.flags = -mno-relax

# Of board $(1), architecture $(2), instruction set $(3). The agent's own objects, for the library
# hides the names that are wrapped.
define insn_rules
$O/$(1)/insn.elf: $($(call agent,$(1)).objects)
$O/$(1)/insn.elf: $(patsubst %,$O/$(1)/%.o,$(basename $(call insn_sources,$(2))))
$O/$(1)/insn.elf: LIBS = $(insn_$(2).wrapped:%=-Wl,--wrap=%)
$O/$(1)/tests/insn/%.o: own_flags = -Iarch $$(if $$(filter %.c,$$<),$($(3).defines)) \
	$(insn_$(2).flags)
endef
$(foreach b,$(BOARDS),$(eval $(call insn_rules,$(b),$($($(b).isa).arch),$($(b).isa))))
