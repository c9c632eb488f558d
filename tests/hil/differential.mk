# SPDX-License-Identifier: MIT
.PHONY: differential
differential: ## values and backtraces of hits against GDB's, half an hour (BOARD= chooses)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(PACKAGES) $(TEST_PACKAGES))'
	@$(MAKE) --no-print-directory $O/trapline
	$(Q)$(PYTHON) tests/hil/differential.py $(chosen_board)
	$(Q)FULL=1 $(PYTHON) -m pytest -p no:cacheprovider -q tests/hil/host/test_stack.py \
		-k test_frames
