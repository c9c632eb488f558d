# SPDX-License-Identifier: MIT
# What the agent takes, per profile and instruction set. Each profile has a build of its own.
SIZE_PROFILES = $(or $(PROFILE),$(PROFILES))
SIZE_ISAS = $(or $(ISA),armv6-m armv7-m rv32imac)

# Of one agent, within the build of a profile.
define size_rules
$O/$(1).sizes: $O/$(1)/agent.o tests/size.py
	$$(call say,SIZE,$$@)
	$(Q)$(PYTHON) tests/size.py measure $O/$(1) '$($(1).cross)gcc $($(1).flags)' \
		$$($(1).objects) >$$@
endef
$(foreach i,$(ISAS),$(eval $(call size_rules,$i)))

.PHONY: size
size: ## flash and RAM by part, against tests/size.txt (ISA= PROFILE= choose; V=1: files; UPDATE=1)
	@$(MAKE) --no-print-directory deps \
		PACKAGES='$(sort $(foreach i,$(SIZE_ISAS),$($i.packages)))'
	@$(foreach p,$(SIZE_PROFILES),$(MAKE) --no-print-directory O=$O/size/$p PROFILE=$p \
		$(SIZE_ISAS:%=$O/size/$p/%.sizes) &&) :
	@$(PYTHON) tests/size.py show $(if $(filter 1,$(V)),--files) \
		$(if $(UPDATE),--update) tests/size.txt \
		$(foreach i,$(SIZE_ISAS),$(foreach p,$(SIZE_PROFILES),$O/size/$p/$i.sizes))
