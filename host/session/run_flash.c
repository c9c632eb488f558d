/* SPDX-License-Identifier: MIT */
/*
 * A run's probes whose breakpoints are in flash: their pages are written before they are enabled,
 * all of them, and written back when they have been deleted.
 */
#include "base/say.h"
#include "session/flash.h"
#include "session/run_parts.h"

static bool any_in_flash(const struct run *run)
{
	bool any = false;

	for (size_t i = 0; i < run->n; i++)
		any |= !run->probes[i].added && run->probes[i].remote.step & STEP_FLASH;
	return any;
}

int run_may_write_flash(const struct run *run)
{
	return run->options->flash && run->n ? flash_may(&run->attached->session) : DONE;
}

int run_flash_in(struct run *run)
{
	struct session *s = &run->attached->session;
	int result;

	if (!any_in_flash(run))
		return DONE;
	result = flash_write(s, true);
	if (result)
		return target_report(s, result, "writing the pages of flash");
	for (size_t i = 0; i < run->n; i++)
		run->probes[i].remote.step &= ~(unsigned)STEP_PENDING;
	return DONE;
}

int run_flash_out(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->probes[i].remote.step & STEP_PENDING && !run->probes[i].added) {
			warn("%s: its page of flash was written back for a fault's handler: hits "
			     "from then on are not counted",
			     run->probes[i].point.name);
			run->gaps++;
		}
	return any_in_flash(run) ? flash_write(&run->attached->session, false) : 0;
}
