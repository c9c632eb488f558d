# SPDX-License-Identifier: MIT
.PHONY: size
size: lib ## flash and RAM of the agent by part, in bytes (ISA= chooses)
	$(Q)$(foreach i,$(LIB_ISAS),\
		$(PYTHON) tests/size.py $($(i).cross) $(i) $O/$(i) $($(i).library) $($(i).flags);)
