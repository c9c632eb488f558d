# SPDX-License-Identifier: MIT
# trapline. `make help` lists the targets. Architectures and boards are found, not named: arch/*/arch.mk, board/*/board.mk.

O ?= build
DEFINES ?= # settings of the agent: DEFINES='-DTL_POINTS=16'
PYTHON = /usr/bin/python3
export O FULL

# `make lib`, `make size` and `make install` take some instruction sets only: ISA='armv7-m rv32gc'.
ISA ?=
# Where `make install` puts things; DESTDIR before it all, for packages.
prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share

Q := $(if $(filter 1,$(V)),,@)
comma := ,
say = $(if $(Q),@printf '  %-6s %s\n' '$(1)' '$(2)')

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

include $(sort $(wildcard arch/*/arch.mk))
include $(sort $(filter-out board/template/%,$(wildcard board/*/board.mk)))

# Of the boards that architectures name as theirs the first whose compiler is installed; if none is, the first.
has_compiler = $(shell command -v $($($(1).isa).cross)gcc 2>/dev/null)
DEFAULT_BOARD := $(firstword $(foreach b,$(ARCH_BOARDS),$(if $(call has_compiler,$(b)),$(b))) $(ARCH_BOARDS))
BOARD ?= $(DEFAULT_BOARD)

LIB_ISAS = $(or $(ISA),$(ISAS))
$(if $(filter-out $(ISAS),$(LIB_ISAS)),$(error no instruction set '$(filter-out $(ISAS),$(LIB_ISAS))'; there are: $(ISAS)))

WARNINGS = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
PROTOCOL = $(sort $(wildcard protocol/*.c))
ARCHS = $(sort $(patsubst arch/%/arch.mk,%,$(wildcard arch/*/arch.mk)))
# The pure half, and what of it the host alone needs.
pure_sources = $(foreach a,$(ARCHS),$(patsubst %,arch/$(a)/%.c,$($(a).pure) $($(a).host)))

# Who may include what: protocol/ only itself; the pure half of arch/ and the host also arch/; agent and target half also agent/.
includes = -Iprotocol $(if $(filter protocol/%,$<),,-Iarch $(if $(filter $(pure_sources) host/%,$<),,-Iagent)) $(if $(filter host/%,$<),-Ihost)

# Folders that are divided into rooms, and which room may include from which: <folder>/rooms. Nothing
# is compiled before that is checked.
ROOMS = $(wildcard */rooms)
$O/.rooms: tests/rooms.sh $(ROOMS) $(foreach f,$(ROOMS:/rooms=),$(wildcard $f/*.[chS] $f/*/*.[chS]))
	$(call say,CHECK,rooms: $(ROOMS:/rooms=))
	@mkdir -p $(@D)
	$(Q)sh tests/rooms.sh && touch $@

# ---- the host tool ----

HOST_CC ?= cc
HOST_CFLAGS = -std=gnu11 -O2 -g $(WARNINGS)
HOST_SOURCES = $(sort $(wildcard host/*.c) $(wildcard host/*/*.c)) $(PROTOCOL) $(pure_sources)

# $(1): the tool, $(2): the folder of its objects, $(3): flags of its own
define tool_rules
$(2)/%.o: %.c | $O/.rooms
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$(Q)$$(HOST_CC) $$(HOST_CFLAGS) $(3) $$(includes) -MMD -MP -c $$< -o $$@

$(1): $(HOST_SOURCES:%.c=$(2)/%.o)
	$$(call say,LINK,$$@)
	$(Q)$$(HOST_CC) $(3) $$^ -ldw -lelf -liberty -lanl -ldl -o $$@
endef
$(eval $(call tool_rules,$O/trapline,$O/host-tool))
# The same for tests/hil/test_sanitized.py: it ends with a report where it touches what is not its own.
$(eval $(call tool_rules,$O/asan/trapline,$O/asan,-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer))

# ---- the agent, per instruction set: $O/<isa>/agent/, $O/lib/libtrapline-<isa>.a; for a board with settings of its own: <isa>-<board> ----

AGENT_CFLAGS = -std=c11 -Os -g -ffreestanding -fno-common -fno-tree-loop-distribute-patterns -fno-reorder-functions \
	$(WARNINGS)
AGENT_SOURCES = $(sort $(wildcard agent/*/*.c)) $(filter-out protocol/record_decode.c,$(PROTOCOL))

# Objects that see the settings depend on this file, which changes when they do. Libraries of other settings go: the headers beside
# them have one set.
$O/defines: FORCE
	@mkdir -p $(@D)
	@echo '$(DEFINES)' | cmp -s - $@ || { rm -f $O/lib/*.a; echo '$(DEFINES)' >$@; }

# What an agent and all that includes its headers is built with: the board's settings but for those that DEFINES gives.
settings = $(foreach s,$($(1).settings),$(if $(filter $(firstword $(subst =, ,$s))=%,$(DEFINES)),,$s)) $(DEFINES)
agent = $($(1).isa)$(if $($(1).settings),-$(1))

# Its code goes to section tl_text, which is never probed. In the library its own names are hidden, so that `break find` means the
# firmware's, those that an architecture has for itself begin with tl_arch_, too; what debuggers need to find callers stays. AGENT_DEBUG=1 keeps all.
define compile_agent
	$(call say,CC,$(1): $<)
	@mkdir -p $(@D)
	$(Q)$($(2).cross)gcc $($(2).flags) $($(2).agent_flags) $(AGENT_CFLAGS) $(includes) $($(2).defines) $(call settings,$(3)) \
		-MMD -MP -c $< -o $@
	$(Q)$($(2).cross)objcopy --rename-section .text=tl_text $@
endef

# $(1): the agent's name, $(2): its ISA, $(3): the board whose settings it has, if any
define agent_rules
$(1).sources = $(AGENT_SOURCES) $($($(2).arch).pure:%=arch/$($(2).arch)/%.c) \
	$(patsubst %,arch/$($(2).arch)/%,$(or $($(2).target),$($($(2).arch).target)))
$(1).objects = $$(patsubst %,$O/$(1)/%.o,$$(basename $$($(1).sources)))
$(1).library = $O/lib/libtrapline-$(1).a

$O/$(1)/%.o: %.c $O/defines $(3:%=board/%/board.mk) | $O/.rooms
	$$(call compile_agent,$(1),$(2),$(3))
$O/$(1)/%.o: %.S $O/defines $(3:%=board/%/board.mk) | $O/.rooms
	$$(call compile_agent,$(1),$(2),$(3))

$O/$(1)/agent.o: $$($(1).objects) tests/agent_symbols.sh
	$$(call say,CHECK,$(1): no libc and libgcc and no name without the prefix)
	$(Q)$($(2).cross)gcc $($(2).flags) -nostdlib -r $$(filter %.o,$$^) -o $$@
	$(Q)sh tests/agent_symbols.sh $($(2).cross) $$@ '$($($(2).arch).symbols)' $$($(1).objects)

$$($(1).library): $$($(1).objects) $O/$(1)/agent.o
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && $($(2).cross)ar qcs $$@ $$($(1).objects)
	$(Q)$(if $(AGENT_DEBUG),,$($(2).cross)nm $$@ | sed -n -e 's/^[0-9a-f]* [a-z] \([a-z]\w*\)$$$$/\1 tl.\1/p' \
		-e '/ tl_/!s/^[0-9a-f]* [A-Z] \([a-z]\w*\)$$$$/\1 tl_arch_\1/p' | sort -u >$$@.locals && \
		$($(2).cross)objcopy -x --keep-section='.debug_frame' --redefine-syms=$$@.locals $$@ && rm $$@.locals)
endef
$(foreach i,$(ISAS),$(eval $(call agent_rules,$(i),$(i))))
$(foreach b,$(BOARDS),$(if $($(b).settings),$(eval $(call agent_rules,$(call agent,$(b)),$($(b).isa),$(b)))))

# ---- firmware, per board: $O/<board>/ ----

FIRMWARE_CFLAGS = -std=gnu11 -Og -g -Wall -Wextra -Werror -Iagent -Iprotocol -Iboard -Iboard/chip -Iboard/uart -Iboard/demo
DEMO_SOURCES = $(sort $(filter-out board/demo/retarget_%,$(wildcard board/demo/*.c)))
TEST_FIRMWARE = $(patsubst tests/target/%.c,%,$(filter-out tests/target/check% tests/target/tasks%,$(sort $(wildcard tests/target/*.c))))

torture.libs = -lm -u _printf_float -u _scanf_float
fp.libs = -lm
fp.parts = preempt
returns.parts = tasks switch
seen.parts = sight
threads.parts = tasks switch
rtos.parts = tasks switch long tasks_freertos
traps.parts = traps call
fast.parts = tasks switch
user.parts = user call
debug.parts = steps
parts = $(addsuffix .o,$(filter $($(1).parts) $($(1).parts:%=%_$(2)),$(basename $(notdir $(wildcard tests/target/*.[cS]))))) # those that the architecture has

include tests/insn/insn.mk

# Where a board's board.c and link.ld are: its own folder, or that of one that it is like but for its core (<board>.like).
folder = $(or $($(1).like),$(1))

# The board's own code runs in traps, too, and so is built with the agent's flags.
define board_rules
$(1).cross = $($($(1).isa).cross)
$(1).cc = $$($(1).cross)gcc $(or $($(1).flags),$($($(1).isa).flags)) $($($(1).isa).libc) $(FIRMWARE_CFLAGS) $(call settings,$(1))
$(1).own = $(patsubst %.c,$O/$(1)/%.o,$(wildcard board/$(call folder,$(1))/board.c $($(1).drivers:%=board/%.c)))
$(1).support = $O/$(1)/board/$(call folder,$(1))/board.o $($(1).drivers:%=$O/$(1)/board/%.o) \
	$O/$(1)/board/demo/retarget_$(or $($($(1).isa).retarget),newlib).o

$$($(1).own): $O/$(1)/board/%.o: board/%.c $O/defines board/$(1)/board.mk
	$$(call say,CC,$(1): $$<)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) -DTL_BOARD='"$(1)"' $($($(1).isa).agent_flags) -Os -fno-reorder-functions -fno-tree-loop-distribute-patterns -MMD -MP -c $$< -o $$@
	$(Q)$$($(1).cross)objcopy --rename-section .text=tl_text $$@

$O/$(1)/%.o: %.c $O/defines board/$(1)/board.mk
	$$(call say,CC,$(1): $$<)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) $$(if $$(filter tests/insn/% tests/target/expressions.c tests/target/fast.c,$$<),-Iarch $($($(1).isa).defines)) $$(insn_flags) $$(if $$(filter tests/target/tasks_freertos%,$$<),-Itests/target) $$(if $$(filter tests/gdb/%,$$<),-g0) $$(if $$(filter tests/target/unwind%,$$<),-fexceptions -funwind-tables) -ffunction-sections -fdata-sections -MMD -MP -c $$< -o $$@

$O/$(1)/%.o: %.S $O/defines board/$(1)/board.mk
	$$(call say,AS,$(1): $$<)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) $$(if $$(filter tests/%,$$<),-Iarch) $$(insn_flags) -MMD -MP -c $$< -o $$@

$O/$(1)/%.elf: $$($(1).support) $($(call agent,$(1)).library) board/$(call folder,$(1))/link.ld $(wildcard board/chip/*.ld)
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) -nostartfiles -L$O/$(1) -Lboard/$(call folder,$(1)) -Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments -T board/$(call folder,$(1))/link.ld -Wl,-Map,$$(@:.elf=.map) \
		$$(filter %.o,$$^) $($(call agent,$(1)).library) $$(LIBS) -o $$@

$O/$(1)/demo.elf: $(DEMO_SOURCES:%.c=$O/$(1)/%.o)
$(foreach t,$(TEST_FIRMWARE),
$O/$(1)/$(t).elf: $(addprefix $O/$(1)/tests/target/,$(t).o check.o check_$($($(1).isa).arch).o code_$($($(1).isa).arch).o $(call parts,$(t),$($($(1).isa).arch)))
$O/$(1)/$(t).elf: LIBS = $($(t).libs))
$(call insn_rules,$(1),$($($(1).isa).arch))
endef
$(foreach b,$(BOARDS),$(eval $(call board_rules,$(b))))

# ---- what people call ----

.PHONY: FORCE all demo flash test gdb-suite torture lib install uninstall size lint bench deps clean help firmware libraries tool compile_commands.json

# All but those that a board has no room for: <board>.without.
TEST_PROGRAMS = $(foreach b,$(BOARDS),$(patsubst %,$O/$(b)/%.elf,$(filter-out $($(b).without),$(TEST_FIRMWARE)) demo)) $(INSN_BOARDS:%=$O/%/insn.elf)
HOST_PACKAGES = gcc libc6-dev libdw-dev libelf-dev libiberty-dev
PACKAGES = $(HOST_PACKAGES) $(foreach i,$(ISAS),$($(i).packages)) $(foreach b,$(BOARDS),$($(b).packages))
board_packages = $(sort $(HOST_PACKAGES) $($($(1).isa).packages) $($(1).packages))
TEST_PACKAGES += pkgconf python3-pytest python3-pytest-xdist openocd gdb-multiarch lldb-19 fish zsh
LINT_PACKAGES = clang-format clang-tidy cppcheck

all: ## the host tool and the demo firmware (BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(call board_packages,$(BOARD))'
	@$(MAKE) --no-print-directory $O/trapline $O/$(BOARD)/demo.elf
	@echo "built $O/trapline and $O/$(BOARD)/demo.elf; more: make help"

demo: all ## boots the demo in QEMU and runs a probe session over its UART
	@sh board/demo/demo.sh $O $(BOARD) $($($(BOARD).isa).demo)

flash: all ## the demo onto real hardware, by OpenOCD (BOARD= chooses)
	@test -f board/$(BOARD)/openocd.cfg || \
		{ echo "error: $(BOARD) is not real hardware, or nobody has said how to reach it: no board/$(BOARD)/openocd.cfg" >&2; exit 1; }
	@$(MAKE) --no-print-directory deps PACKAGES=openocd
	$(Q)openocd -f board/$(BOARD)/openocd.cfg -c 'program $O/$(BOARD)/demo.elf verify reset exit'

firmware: $(TEST_PROGRAMS) ## the demo and the test firmware of every board

test: ## the suite, about 20 minutes (T= chooses: T=tests/hil/test_stream.py; FULL=1: what boards hardly differ in on every board, too)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(PACKAGES) $(TEST_PACKAGES))'
	@$(MAKE) --no-print-directory $O/trapline $O/asan/trapline firmware libraries ISA=
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider -q $(if $(T),$(T),-n auto --dist loadfile tests)

# Files of GDB's own test-suite that do without files, signals and an end of the program. What fails, and is not the agent's to mend:
# recurse on RISC-V, 3: traps save registers below the stack pointer, so a variable of a function in its epilogue changes; GDB knows no
# epilogue there, and shows that. callfuncs on Cortex-M, 2: GDB shows the msp that it read before it wrote sp, which is the same.
GDB_SUITE = advance break callfuncs condbreak display finish funcargs long_long memattr recurse restore return return2 \
	setvar step-test structs until watchpoint
GDB_TRACE_SUITE = actions collection passcount report tfind tracecmd tstatus while-stepping

gdb-suite: ## GDB's own test-suite against the agent (SUITE=: gdb/testsuite of its sources; T=gdb.base/break.exp; BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(PACKAGES) dejagnu gdb-multiarch'
	@$(MAKE) --no-print-directory $O/$(BOARD)/demo.elf $O/$(BOARD)/tests/gdb/premain.o
	$(Q)SUITE='$(SUITE)' TL_OUT='$(abspath $O/$(BOARD)/gdb-suite)' TL_TARGET='$($(BOARD).cross:%-=%)' TL_CC='$($(BOARD).cross)gcc' \
		TL_CFLAGS='$($($(BOARD).isa).flags) $($($(BOARD).isa).libc)' TL_NO_WATCH='$(filter thumb,$($($(BOARD).isa).arch))' \
		TL_QEMU='$(shell cat board/$(BOARD)/qemu.args)' \
		TL_LDFLAGS='-nostartfiles -L$(abspath board/$(call folder,$(BOARD))) -Wl,--no-warn-rwx-segments,--wrap=main -T $(abspath board/$(call folder,$(BOARD))/link.ld) $(abspath $O/$(BOARD)/tests/gdb/premain.o $($(BOARD).support) $($(call agent,$(BOARD)).library))' \
		sh tests/gdb/run.sh $(or $(T),$(GDB_SUITE:%=gdb.base/%.exp) $(GDB_TRACE_SUITE:%=gdb.trace/%.exp))

torture: ## every instruction of the C library probed, under interrupts too, about 10 minutes a board (BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(PACKAGES) $(TEST_PACKAGES))'
	@$(MAKE) --no-print-directory firmware
	$(Q)$(PYTHON) tests/hil/torture.py $(if $(filter command line environment,$(origin BOARD)),$(BOARD))

# What firmware elsewhere includes. tl_config.h has the values that the libraries were built with.
HEADERS = agent/trapline.h protocol/error.h protocol/errors.def
$O/include/.made: $(HEADERS) agent/tl_config.h agent/tl_config.awk $O/defines
	$(call say,GEN,$(@D))
	@mkdir -p $(@D)
	$(Q)cp $(HEADERS) $(@D)
	$(Q)awk -v defines='$(DEFINES)' -f agent/tl_config.awk agent/tl_config.h >$(@D)/tl_config.h
	@touch $@

# Sources for firmware elsewhere to compile: they need its kernel's headers.
RTOS_SOURCES = $(wildcard board/rtos/*.c)
$O/rtos/%.c: board/rtos/%.c
	$(call say,COPY,$@)
	@mkdir -p $(@D)
	$(Q)cp $< $@

LIBRARIES = $(foreach i,$(LIB_ISAS),$($(i).library))
libraries: $(LIBRARIES) $O/include/.made $(RTOS_SOURCES:board/%=$O/%)
	@:
tool: $O/trapline
	@:

# After the others that were asked for: two makes would build the same files at once.
lib: | $(filter all demo firmware,$(MAKECMDGOALS)) ## libtrapline-<isa>.a and its headers, for firmware elsewhere (ISA='armv7-m …' chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(foreach i,$(LIB_ISAS),$($(i).packages)))'
	@$(MAKE) --no-print-directory libraries

size: lib ## flash and RAM of the agent by part, in bytes (ISA= chooses)
	$(Q)$(foreach i,$(LIB_ISAS),$(PYTHON) tests/size.py $($(i).cross) $(i) $O/$(i) $($(i).library) $($(i).flags);)

install: lib ## the tool, its completions, the libraries and their headers (prefix=/usr/local DESTDIR= ISA=)
	@$(MAKE) --no-print-directory deps PACKAGES='$(HOST_PACKAGES)'
	@$(MAKE) --no-print-directory tool
	$(call say,INSTALL,$(DESTDIR)$(prefix))
	$(Q)install -D -m 755 $O/trapline $(DESTDIR)$(bindir)/trapline
	$(Q)$(foreach c,$(COMPLETIONS),install -d $(DESTDIR)$(dir $($(c).completion)) && \
		$O/trapline completion $(c) >$(DESTDIR)$($(c).completion) &&) :
	$(Q)install -d $(DESTDIR)$(libdir)/trapline $(DESTDIR)$(includedir)/trapline $(DESTDIR)$(libdir)/pkgconfig
	$(Q)install -m 644 $(LIBRARIES) $(DESTDIR)$(libdir)/trapline
	$(Q)install -m 644 $O/include/* $(DESTDIR)$(includedir)/trapline
	$(Q)install -d $(DESTDIR)$(datadir)/trapline/rtos
	$(Q)install -m 644 $(RTOS_SOURCES:board/%=$O/%) $(DESTDIR)$(datadir)/trapline/rtos
	$(Q)sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' -e 's|@includedir@|$(includedir)|' -e 's|@datadir@|$(datadir)|' \
		-e 's|@version@|$(VERSION)|' -e 's|@isas@|$(LIB_ISAS)|' -e 's|@isa@|$(firstword $(LIB_ISAS))|' \
		agent/trapline.pc.in >$(DESTDIR)$(libdir)/pkgconfig/trapline.pc

uninstall: ## what `make install` put there (the same prefix, DESTDIR)
	$(call say,REMOVE,$(DESTDIR)$(prefix))
	$(Q)rm -f $(DESTDIR)$(bindir)/trapline $(DESTDIR)$(libdir)/pkgconfig/trapline.pc \
		$(foreach c,$(COMPLETIONS),$(DESTDIR)$($(c).completion))
	$(Q)rm -rf $(DESTDIR)$(libdir)/trapline $(DESTDIR)$(includedir)/trapline $(DESTDIR)$(datadir)/trapline

# Shells, and where each looks for what others install.
COMPLETIONS = bash zsh fish
bash.completion = $(datadir)/bash-completion/completions/trapline
zsh.completion = $(datadir)/zsh/site-functions/_trapline
fish.completion = $(datadir)/fish/vendor_completions.d/trapline.fish
VERSION = $(shell sed -n 's/^static const char version\[\] = "\(.*\)";/\1/p' host/main.c)

bench: ## what a hit costs: instructions, bytes on the wire, beside the lower bounds (BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(PACKAGES))'
	$(Q)$(PYTHON) tests/bench/bench.py $(BOARD)

C_FILES = $(shell git ls-files '*.c' '*.h')
lint: ## layout, compiler warnings of clang, cppcheck, clang-tidy
	@$(MAKE) --no-print-directory deps PACKAGES='$(PACKAGES) $(LINT_PACKAGES)'
	$(call say,FORMAT,all C files)
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(call say,CPPCHECK,agent arch protocol host)
	$(Q)cppcheck -q --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,portability -Iagent -Iarch -Iprotocol \
		--suppress=missingIncludeSystem agent arch protocol host
	$(call say,TIDY,host and protocol)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $(HOST_SOURCES) -- $(HOST_CFLAGS) -Iprotocol -Iarch -Ihost 2>/dev/null

compile_commands.json: ## for clangd and other tools
	$(call say,GEN,$@)
	$(Q)$(MAKE) --no-print-directory -Bnk V=1 $O/trapline firmware 2>/dev/null | $(PYTHON) tests/compile_commands.py > $@

deps: ## names the Debian packages that are missing, and installs them when root
	@sh .ci/deps.sh $(sort $(PACKAGES))

clean: ## removes what was built
	$(Q)rm -rf $O compile_commands.json

help: ## this list
	@echo "make TARGET [BOARD=$(DEFAULT_BOARD)] [O=build] [V=1]"
	@awk -F':.*## ' '/^[a-z_.]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' Makefile
	@echo "boards: $(BOARDS)"

print-%: # for scripts: the value of a variable
	@echo $($*)

-include $(shell find $O -name '*.d' 2>/dev/null)
