# SPDX-License-Identifier: MIT
# On all boards that run it; where somebody chose a BOARD, on that one.
chosen_board = $(if $(filter command line environment,$(origin BOARD)),$(BOARD))

.PHONY: torture
torture: ## every instruction of the C library probed, about 10 minutes a board (BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(PACKAGES) $(TEST_PACKAGES))'
	@$(MAKE) --no-print-directory firmware
	$(Q)$(PYTHON) tests/hil/torture.py $(chosen_board)
