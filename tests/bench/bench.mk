# SPDX-License-Identifier: MIT
.PHONY: bench
bench: ## what a hit costs: instructions, bytes on the wire, the lower bounds (BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(PACKAGES))'
	@$(MAKE) --no-print-directory $O/trapline $O/$(BOARD)/demo.elf
	$(Q)$(PYTHON) tests/bench/bench.py $(BOARD)
