# SPDX-License-Identifier: MIT
# The firmware that tests itself, on the board itself: what no emulator can show.
SELFTESTS = $(filter-out $($(BOARD).without),kprobes returns traps fp)

.PHONY: selftest
selftest: ## the agent's own tests on a board, by OpenOCD (BOARD= chooses; PORT=: its serial line)
	@$(MAKE) --no-print-directory deps PACKAGES='$(call board_packages,$(BOARD)) openocd'
	@$(MAKE) --no-print-directory $(SELFTESTS:%=$O/$(BOARD)/%.elf)
	$(Q)$(PYTHON) tests/selftest.py $(BOARD) '$(PORT)' $(SELFTESTS:%=$O/$(BOARD)/%.elf)
