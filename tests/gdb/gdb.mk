# SPDX-License-Identifier: MIT
# GDB's own test-suite against the agent.
#
# Files of it that do without files, signals and an end of the program. What fails, and is not the
# agent's to mend: * recurse on RISC-V, 3: traps save registers below the stack pointer. So a
# variable of a function in   its epilogue changes. GDB knows no epilogue there, and shows that. *
# callfuncs on Cortex-M, 2: GDB shows the msp that it read before it wrote sp, which is the same.
GDB_SUITE = advance break callfuncs condbreak display finish funcargs long_long memattr recurse \
	restore return return2 setvar step-test structs until watchpoint
GDB_TRACE_SUITE = actions collection passcount report tfind tracecmd tstatus while-stepping
GDB_TESTS = $(GDB_SUITE:%=gdb.base/%.exp) $(GDB_TRACE_SUITE:%=gdb.trace/%.exp)

# premain.c is no part of what is debugged.
$(foreach b,$(BOARDS),$(eval $O/$(b)/tests/gdb/%.o: own_flags = -g0))

gdb_isa = $($(BOARD).isa)
gdb_folder = $(abspath board/$(call folder,$(BOARD)))
gdb_objects = $(abspath $O/$(BOARD)/tests/gdb/premain.o $($(BOARD).linked))
gdb_ldflags = -nostartfiles -L$(gdb_folder) -Wl,--no-warn-rwx-segments,--wrap=main \
	-T $(gdb_folder)/link.ld $(gdb_objects)

.PHONY: gdb-suite
gdb-suite: ## GDB's test-suite (SUITE=: gdb/testsuite of its sources; T=gdb.base/break.exp; BOARD=)
	@$(MAKE) --no-print-directory deps PACKAGES='$(PACKAGES) dejagnu gdb-multiarch'
	@$(MAKE) --no-print-directory $O/$(BOARD)/demo.elf $O/$(BOARD)/tests/gdb/premain.o
	$(Q)SUITE='$(SUITE)' TL_OUT='$(abspath $O/$(BOARD)/gdb-suite)' \
		TL_TARGET='$($(BOARD).cross:%-=%)' TL_CC='$($(BOARD).cross)gcc' \
		TL_CFLAGS='$($(gdb_isa).flags) $($(gdb_isa).libc)' TL_LDFLAGS='$(gdb_ldflags)' \
		TL_NO_WATCH='$(filter thumb,$($(gdb_isa).arch))' \
		TL_QEMU='$(shell cat board/$(BOARD)/qemu.args)' \
		sh tests/gdb/run.sh $(or $(T),$(GDB_TESTS))
