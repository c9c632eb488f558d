# SPDX-License-Identifier: MIT
# trapline: what builds and runs the product. `make help` lists the targets.
#
# Architectures and boards are found, not named: arch/*/arch.mk, board/*/board.mk. So are the
# fragments of what tests and measures, each beside what it serves: tests/*.mk, tests/*/*.mk.

O ?= build
# Settings of the agent: a set of them by its name in agent/profiles, and single ones, which
# overrule the set: PROFILE=small DEFINES='-DTL_POINTS=8'.
PROFILE ?=
DEFINES ?=
PYTHON = /usr/bin/python3
export O FULL

# `make lib`, `make size` and `make install` take some instruction sets only:
# ISA='armv7-m rv32gc'.
ISA ?=
# Where `make install` puts things; DESTDIR before it all, for packages.
prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share
mandir = $(datadir)/man

Q := $(if $(filter 1,$(V)),,@)
comma := ,
say = $(if $(Q),@printf '  %-6s %s\n' '$(1)' '$(2)')

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

include $(sort $(wildcard arch/*/arch.mk))
include $(sort $(filter-out board/template/%,$(wildcard board/*/board.mk)))

# Of the boards that architectures name as theirs the first whose compiler is installed; if none is,
# the first.
has_compiler = $(shell command -v $($($(1).isa).cross)gcc 2>/dev/null)
can_build := $(foreach b,$(ARCH_BOARDS),$(if $(call has_compiler,$(b)),$(b)))
DEFAULT_BOARD := $(firstword $(can_build) $(ARCH_BOARDS))
BOARD ?= $(DEFAULT_BOARD)

LIB_ISAS = $(or $(ISA),$(ISAS))
unknown = $(filter-out $(ISAS),$(LIB_ISAS))
$(if $(unknown),$(error no instruction set '$(unknown)'; there are: $(ISAS)))

# The table's columns; of the chosen one each value as -D, but for those that DEFINES gives.
profile_rows = awk '/^[^\#]/ { $(1) }' agent/profiles
PROFILES := $(strip $(shell $(call profile_rows,$$1 = ""; print; exit)))
$(if $(filter-out 0 1,$(words $(PROFILE)))$(filter-out $(PROFILES),$(PROFILE)),\
	$(error no profile '$(PROFILE)'; there are: $(PROFILES)))
is_given = $(filter $(firstword $(subst =, ,$(1))) $(firstword $(subst =, ,$(1)))=%,$(2))
profile_values := $(if $(PROFILE),$(shell $(call profile_rows,\
	if (!n) { for (n = 2; $$n != "$(PROFILE)"; n++); } \
	else if ($$n != "-") print "-D" $$1 "=" $$n)))
PROFILE_DEFINES := $(foreach s,$(profile_values),$(if $(call is_given,$s,$(DEFINES)),,$s))

WARNINGS = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
PROTOCOL = $(sort $(wildcard protocol/*.c))
ARCHS = $(sort $(patsubst arch/%/arch.mk,%,$(wildcard arch/*/arch.mk)))
# The pure half, and what of it the host alone needs.
pure_sources = $(foreach a,$(ARCHS),$(patsubst %,arch/$(a)/%.c,$($(a).pure) $($(a).host)))

# Who may include what: protocol/ only itself; the pure half of arch/ and the host also arch/; agent
# and target half also agent/.
includes = -Iprotocol $(if $(filter protocol/%,$<),,-Iarch \
	$(if $(filter $(pure_sources) host/%,$<),,-Iagent)) $(if $(filter host/%,$<),-Ihost)

# Folders that are divided into rooms, and which room may include from which: <folder>/rooms.
# Nothing is compiled before that is checked.
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
# The same for tests: it ends with a report where it touches what is not its own.
SANITIZE = -fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(eval $(call tool_rules,$O/asan/trapline,$O/asan,$(SANITIZE)))

# ---- the agent ----
#
# Per instruction set: $O/<isa>/agent/, $O/lib/libtrapline-<isa>.a. For a board with settings of its
# own: <isa>-<board>.

# What runs in traps is probed by nobody: it calls no libc behind the compiler's back, and the order
# of functions is the source's.
TRAP_CFLAGS = -fno-reorder-functions -fno-tree-loop-distribute-patterns
AGENT_CFLAGS = -std=c11 -Os -g -ffreestanding -fno-common $(TRAP_CFLAGS) $(WARNINGS)
AGENT_SOURCES = $(sort $(wildcard agent/*/*.c)) $(filter-out protocol/%_decode.c,$(PROTOCOL))
# What hits run, and where debuggers find the firmware and step on: a function there must end in
# itself. All else may be smaller at the price of that: <isa>.cold_flags.
HOT = $(patsubst %,agent/%.c,base/clock expr/bytecode expr/fetch probe/dispatch probe/jump \
	probe/return_seen probe/returns probe/trap stream/fetched stream/remote stream/ring \
	stream/stacks trace/trace trace/traceframe \
	api/agent api/kprobe gdb/halt line/line line/receive) arch/%/trap.c

# Objects that see the settings depend on this file, which changes when they do. Libraries of other
# settings go: the headers beside them have one set.
$O/defines: FORCE
	@mkdir -p $(@D)
	@echo '$(ALL_DEFINES)' | cmp -s - $@ || { rm -f $O/lib/*.a; echo '$(ALL_DEFINES)' >$@; }

# What an agent and all that includes its headers is built with: the board's settings but for those
# that PROFILE or DEFINES gives.
ALL_DEFINES = $(strip $(PROFILE_DEFINES) $(DEFINES))
settings = $(foreach s,$($(1).settings),$(if $(call is_given,$s,$(ALL_DEFINES)),,$s)) \
	$(PROFILE_DEFINES:%='%') $(DEFINES)
agent = $($(1).isa)$(if $($(1).settings),-$(1))

# Its code goes to section tl_text, which is never probed.
define compile_agent
	$(call say,CC,$(1): $<)
	@mkdir -p $(@D)
	$(Q)$($(2).cross)gcc $($(2).flags) $($(2).agent_flags) $(AGENT_CFLAGS) \
		$($(2).text_flags) $(if $(filter $(HOT),$<),,$($(2).cold_flags)) \
		$(includes) $($(2).defines) $(call settings,$(3)) -MMD -MP -c $< -o $@
	$(Q)$($(2).cross)objcopy --rename-section .text=tl_text $@
endef

# In the library the agent's own names are hidden, so that `break find` means the firmware's. Those
# that an architecture has for itself begin with tl_arch_, too. What debuggers need to find callers
# stays. AGENT_DEBUG=1 keeps all. $(1): what the names of the compiler's programs begin with.
define hide_names
$(1)nm $@ | sed -n -e 's/^[0-9a-f]* [a-z] \([a-z]\w*\)$$/\1 tl.\1/p' \
	-e '/ tl_/!s/^[0-9a-f]* [A-Z] \(\(__\)*\([a-z]\w*\)\)$$/\1 tl_arch_\3/p' | \
	sort -u >$@.locals && \
$(1)objcopy -x --keep-section='.debug_frame' --redefine-syms=$@.locals $@ && rm $@.locals
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
	$(Q)$(if $(AGENT_DEBUG),,$$(call hide_names,$($(2).cross)))
endef
$(foreach i,$(ISAS),$(eval $(call agent_rules,$(i),$(i))))
$(foreach b,$(BOARDS),$(if $($(b).settings),\
	$(eval $(call agent_rules,$(call agent,$(b)),$($(b).isa),$(b)))))

# ---- firmware, per board: $O/<board>/ ----

FIRMWARE_CFLAGS = -std=gnu11 -Og -g -Wall -Wextra -Werror \
	-Iagent -Iprotocol -Iboard -Iboard/chip -Iboard/uart -Iboard/demo
DEMO_SOURCES = $(sort $(filter-out board/demo/retarget_%,$(wildcard board/demo/*.c)))

# Where a board's board.c and link.ld are: its own folder, or that of one that it is like but for
# its core (<board>.like).
folder = $(or $($(1).like),$(1))

# What firmware is linked by, before its own objects and after.
link_flags = -nostartfiles -L$O/$(1) -Lboard/$(call folder,$(1)) \
	-Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments \
	-T board/$(call folder,$(1))/link.ld -Wl,-Map,$(@:.elf=.map)

# The board's own code runs in traps, too, and so is built with the agent's flags. What some objects
# or programs want besides says whoever brings them: own_flags and LIBS, by target.
define board_rules
$(1).cross = $($($(1).isa).cross)
$(1).cc = $$($(1).cross)gcc $(or $($(1).flags),$($($(1).isa).flags)) $($($(1).isa).libc) \
	$(FIRMWARE_CFLAGS) $(call settings,$(1))
$(1).trap_flags = -DTL_BOARD='"$(1)"' $($($(1).isa).agent_flags) -Os $(TRAP_CFLAGS)
$(1).own_sources = $(wildcard board/$(call folder,$(1))/board.c $($(1).drivers:%=board/%.c))
$(1).own = $$($(1).own_sources:%.c=$O/$(1)/%.o)
$(1).support = $O/$(1)/board/$(call folder,$(1))/board.o $($(1).drivers:%=$O/$(1)/board/%.o) \
	$O/$(1)/board/demo/retarget_$(or $($($(1).isa).retarget),newlib).o
$(1).linked = $$($(1).support) $($(call agent,$(1)).library)

$$($(1).own): $O/$(1)/board/%.o: board/%.c $O/defines board/$(1)/board.mk
	$$(call say,CC,$(1): $$<)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) $$($(1).trap_flags) -MMD -MP -c $$< -o $$@
	$(Q)$$($(1).cross)objcopy --rename-section .text=tl_text $$@

$O/$(1)/%.o: %.c $O/defines board/$(1)/board.mk
	$$(call say,CC,$(1): $$<)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) $$(own_flags) -ffunction-sections -fdata-sections -MMD -MP -c $$< -o $$@

$O/$(1)/%.o: %.S $O/defines board/$(1)/board.mk
	$$(call say,AS,$(1): $$<)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) $$(own_flags) -MMD -MP -c $$< -o $$@

$O/$(1)/%.elf: $$($(1).linked) board/$(call folder,$(1))/link.ld $(wildcard board/chip/*.ld)
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$$($(1).cc) $$(call link_flags,$(1)) $$(filter %.o,$$^) $$(filter %.a,$$^) \
		$$(LIBS) -o $$@

$O/$(1)/demo.elf: $(DEMO_SOURCES:%.c=$O/$(1)/%.o)
endef
$(foreach b,$(BOARDS),$(eval $(call board_rules,$(b))))

# ---- what people call ----

.PHONY: FORCE all demo flash firmware lib libraries tool install uninstall deps clean help

# Per board; fragments add theirs.
TEST_PROGRAMS = $(BOARDS:%=$O/%/demo.elf)
HOST_PACKAGES = gcc libc6-dev libdw-dev libelf-dev libiberty-dev
PACKAGES = $(HOST_PACKAGES) $(foreach i,$(ISAS),$($(i).packages)) \
	$(foreach b,$(BOARDS),$($(b).packages))
board_packages = $(sort $(HOST_PACKAGES) $($($(1).isa).packages) $($(1).packages))

# What of the above fragments use: `deps`, the variables of tools, boards, instruction sets and
# agents.
FRAGMENTS = $(sort $(wildcard tests/*.mk tests/*/*.mk))
include $(FRAGMENTS)

all: ## the host tool and the demo firmware (BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(call board_packages,$(BOARD))'
	@$(MAKE) --no-print-directory $O/trapline $O/$(BOARD)/demo.elf
	@echo "built $O/trapline and $O/$(BOARD)/demo.elf; more: make help"

demo: all ## boots the demo in QEMU and runs a probe session over its UART
	@sh board/demo/demo.sh $O $(BOARD) $($($(BOARD).isa).demo)

flash: all ## the demo onto real hardware, by OpenOCD (BOARD= chooses)
	@test -f board/$(BOARD)/openocd.cfg || { \
		echo "error: $(BOARD) is not real hardware, or nobody has said how to reach it:" \
			"no board/$(BOARD)/openocd.cfg" >&2; exit 1; }
	@$(MAKE) --no-print-directory deps PACKAGES=openocd
	$(Q)openocd -f board/$(BOARD)/openocd.cfg \
		-c 'program $O/$(BOARD)/demo.elf verify reset exit'

firmware: $(TEST_PROGRAMS) ## the demo and the test firmware of every board

# What firmware elsewhere includes. tl_config.h has the values that the libraries were built with.
HEADERS = agent/trapline.h agent/tl_user.h protocol/error.h protocol/errors.def
$O/include/.made: $(HEADERS) agent/tl_config.h agent/tl_config.awk $O/defines
	$(call say,GEN,$(@D))
	@mkdir -p $(@D)
	$(Q)cp $(HEADERS) $(@D)
	$(Q)awk -v defines='$(ALL_DEFINES)' -f agent/tl_config.awk agent/tl_config.h \
		>$(@D)/tl_config.h
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
lib: | $(filter all demo firmware,$(MAKECMDGOALS))
lib: ## libtrapline-<isa>.a and its headers, for firmware elsewhere (ISA= PROFILE= choose)
	@$(MAKE) --no-print-directory deps \
		PACKAGES='$(sort $(foreach i,$(LIB_ISAS),$($(i).packages)))'
	@$(MAKE) --no-print-directory libraries

install: lib ## tool, manual, completions, libraries, headers (prefix=/usr/local DESTDIR= ISA=)
	@$(MAKE) --no-print-directory deps PACKAGES='$(HOST_PACKAGES)'
	@$(MAKE) --no-print-directory tool
	$(call say,INSTALL,$(DESTDIR)$(prefix))
	$(Q)install -D -m 755 $O/trapline $(DESTDIR)$(bindir)/trapline
	$(Q)$(foreach c,$(COMPLETIONS),install -d $(DESTDIR)$(dir $($(c).completion)) && \
		$O/trapline completion $(c) >$(DESTDIR)$($(c).completion) &&) :
	$(Q)install -d $(DESTDIR)$(mandir)/man1
	$(Q)$O/trapline help man >$(DESTDIR)$(mandir)/man1/trapline.1
	$(Q)install -d $(DESTDIR)$(libdir)/trapline $(DESTDIR)$(includedir)/trapline \
		$(DESTDIR)$(libdir)/pkgconfig
	$(Q)install -m 644 $(LIBRARIES) $(DESTDIR)$(libdir)/trapline
	$(Q)install -m 644 $O/include/* $(DESTDIR)$(includedir)/trapline
	$(Q)install -d $(DESTDIR)$(datadir)/trapline/rtos
	$(Q)install -m 644 $(RTOS_SOURCES:board/%=$O/%) $(DESTDIR)$(datadir)/trapline/rtos
	$(Q)sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
		-e 's|@includedir@|$(includedir)|' -e 's|@datadir@|$(datadir)|' \
		-e 's|@version@|$(VERSION)|' -e 's|@isas@|$(LIB_ISAS)|' \
		-e 's|@isa@|$(firstword $(LIB_ISAS))|' \
		agent/trapline.pc.in >$(DESTDIR)$(libdir)/pkgconfig/trapline.pc

uninstall: ## what `make install` put there (the same prefix, DESTDIR)
	$(call say,REMOVE,$(DESTDIR)$(prefix))
	$(Q)rm -f $(DESTDIR)$(bindir)/trapline $(DESTDIR)$(libdir)/pkgconfig/trapline.pc \
		$(foreach c,$(COMPLETIONS),$(DESTDIR)$($(c).completion)) \
		$(DESTDIR)$(mandir)/man1/trapline.1
	$(Q)rm -rf $(DESTDIR)$(libdir)/trapline $(DESTDIR)$(includedir)/trapline \
		$(DESTDIR)$(datadir)/trapline

# Shells, and where each looks for what others install.
COMPLETIONS = bash zsh fish
bash.completion = $(datadir)/bash-completion/completions/trapline
zsh.completion = $(datadir)/zsh/site-functions/_trapline
fish.completion = $(datadir)/fish/vendor_completions.d/trapline.fish
VERSION = $(shell sed -n 's/^static const char version\[\] = "\(.*\)";/\1/p' host/main.c)

deps: ## names the Debian packages that are missing, and installs them when root
	@sh .ci/deps.sh $(sort $(PACKAGES))

clean: ## removes what was built
	$(Q)rm -rf $O compile_commands.json

help: ## this list
	@echo "make TARGET [BOARD=$(DEFAULT_BOARD)] [O=build] [V=1]"
	@awk -F':.*## ' '/^[a-z_.-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' Makefile $(FRAGMENTS)
	@echo "boards: $(BOARDS)"
	@echo "profiles: $(PROFILES)"

print-%: # for scripts: the value of a variable
	@echo $($*)

# Builds of profiles read their own.
# Thousands of files; who asks for a variable need not wait for them.
ifneq ($(filter-out print-%,$(or $(MAKECMDGOALS),all)),)
-include $(shell find $O -path $O/size -prune -o -name '*.d' -print 2>/dev/null)
endif
