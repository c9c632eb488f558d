# SPDX-License-Identifier: MIT
# Test firmware: every <name>.c here but the parts that several share becomes $O/<board>/<name>.elf.
# A board leaves out what it has no room for: <board>.without.
TEST_FIRMWARE = $(filter-out check% tasks% kind_%,\
	$(sort $(patsubst tests/target/%.c,%,$(wildcard tests/target/*.c))))
test_programs = $(patsubst %,$O/$(1)/%.elf,$(filter-out $($(1).without),$(TEST_FIRMWARE)))
# Of a board that is hardware alone the demo is built, and others when they are asked for.
EMULATED = $(foreach b,$(BOARDS),$(if $(wildcard board/$(b)/qemu.args),$(b)))
TEST_PROGRAMS += $(foreach b,$(EMULATED),$(call test_programs,$(b)))

# What a program is linked with besides: <part>.[cS] or <part>_<arch>.[cS], of those that there are.
fp.parts = preempt
returns.parts = tasks switch
seen.parts = sight
threads.parts = tasks switch
rtos.parts = tasks switch long tasks_freertos
traps.parts = traps call
fast.parts = tasks switch
user.parts = user call
debug.parts = steps
kinds.parts = kind_kprobe kind_kretprobe kind_uprobe kind_asyncprobe kind_watch kind_event
PARTS = $(basename $(notdir $(wildcard tests/target/*.[cS])))
parts = code_$(2) check check_$(2) $(model:%=check_fpb_$(2)) \
	$(filter $($(1).parts) $($(1).parts:%=%_$(2)),$(PARTS))

# check_fpb_thumb.c: DEFINES='-DTL_FPB_MODEL=8 -DTL_FPB_VERSION=2'
model = $(filter -DTL_FPB_MODEL=%,$(DEFINES))
model_wraps = $(addprefix -Wl$(comma)--wrap=tl_arch_,$(if $(model),\
	patch write copy read thumb_register thumb_set_register))

fp.libs = -lm
torture.libs = -lm -u _printf_float -u _scanf_float

# $(1): the board, $(2): its architecture, $(3): its instruction set
define target_rules
$O/$(1)/tests/target/%.o: own_flags = $$(if $$(filter %.S,$$<),-Iarch)
$O/$(1)/tests/target/expressions.o $O/$(1)/tests/target/fast.o: own_flags = -Iarch $($(3).defines)
$O/$(1)/tests/target/tasks_freertos%.o: own_flags = -Itests/target
$O/$(1)/tests/target/stacks.o: own_flags = $(filter -msave-restore,$($(3).cold_flags))
$O/$(1)/tests/target/unwind.o: own_flags = -fexceptions -funwind-tables
$(foreach t,$(TEST_FIRMWARE),
$O/$(1)/$(t).elf: $(patsubst %,$O/$(1)/tests/target/%.o,$(t) $(call parts,$(t),$(2)))
$O/$(1)/$(t).elf: LIBS = $($(t).libs) $(model_wraps))
endef
$(foreach b,$(BOARDS),$(eval $(call target_rules,$(b),$($($(b).isa).arch),$($(b).isa))))
