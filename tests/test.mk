# SPDX-License-Identifier: MIT
# The suite. T= chooses: T=tests/test_make.py.
TEST_PACKAGES += pkgconf python3-pytest python3-pytest-xdist openocd gdb-multiarch lldb-19 \
	clang-19 lld fish zsh groff-base libstdc++-arm-none-eabi-newlib

# Two workers a core, as a test waits for QEMU about as long as it computes.
workers = $(shell echo $$((2 * $$(nproc))))

.PHONY: test
test: ## the suite, 40 minutes on two cores (T=FILE chooses; FULL=1: all of it on every board)
	@$(MAKE) --no-print-directory deps PACKAGES='$(sort $(PACKAGES) $(TEST_PACKAGES))'
	@$(MAKE) --no-print-directory $O/trapline $O/asan/trapline firmware libraries ISA=
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider -q \
		$(or $(T),-n $(workers) --dist loadgroup tests)
