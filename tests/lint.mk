# SPDX-License-Identifier: MIT
# What reads the sources: layout, warnings, and the list of commands for editors.
LINT_PACKAGES = clang-format clang-tidy cppcheck
C_FILES = $(shell git ls-files '*.c' '*.h')
# All but what fuzzers have found, and command lines.
TEXT_FILES = $(shell git ls-files ':!tests/fuzz/corpus*' ':!board/*/qemu.args')

.PHONY: lint compile_commands.json
lint: ## columns, layout, compiler warnings of clang, cppcheck, clang-tidy
	@$(MAKE) --no-print-directory deps PACKAGES='$(PACKAGES) $(LINT_PACKAGES)'
	$(call say,COLUMNS,all files)
	$(Q)$(PYTHON) tests/columns.py $(TEXT_FILES)
	$(call say,FORMAT,all C files)
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(call say,CPPCHECK,agent arch protocol host)
	$(Q)cppcheck -q --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,portability \
		-Iagent -Iarch -Iprotocol --suppress=missingIncludeSystem agent arch protocol host
	$(call say,TIDY,host and protocol)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $(HOST_SOURCES) \
		-- $(HOST_CFLAGS) -Iprotocol -Iarch -Ihost 2>/dev/null

compile_commands.json: ## for clangd and other tools
	$(call say,GEN,$@)
	$(Q)$(MAKE) --no-print-directory -Bnk V=1 $O/trapline firmware 2>/dev/null | \
		$(PYTHON) tests/compile_commands.py > $@
