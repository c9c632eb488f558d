/* SPDX-License-Identifier: MIT */
/*
 * A run's probes whose breakpoints are in flash: their pages are written before they are enabled,
 * all of them, and written back when they have been deleted.
 */
#include "base/say.h"
#include "session/flash.h"
#include "session/run_parts.h"

enum { RESETS = 10 }; /* in one command, behind which pages are written again */

/* Is any one's step so? */
static bool any(const struct run *run, unsigned step)
{
	bool found = false;

	for (size_t i = 0; i < run->n; i++)
		found |= !run->probes[i].added && run->probes[i].remote.step & step;
	return found;
}

int run_may_write_flash(const struct run *run)
{
	return run->options->flash && run->n ? flash_may(&run->attached->session) : DONE;
}

/* Will those that are not in flash be armed? Else no page is written in vain. DONE, or an exit
 * status after saying why not. */
static int others_may(struct run *run)
{
	struct session *s = &run->attached->session;

	for (size_t i = 0; i < run->n; i++) {
		const struct probe *p = &run->probes[i];
		struct remote_probe trial = p->remote;
		unsigned length;
		int result;

		if (p->added || p->point.watch || p->remote.step & STEP_FLASH)
			continue;
		result = target_check(s, run->attached->elf, &trial, &length);
		if (result)
			return target_report(s, result, p->point.name);
	}
	return DONE;
}

int run_flash_in(struct run *run)
{
	struct session *s = &run->attached->session;
	int result, status;

	if (!any(run, STEP_PENDING))
		return DONE;
	if (run->resets >= RESETS) {
		fail(REFUSED, "the target was reset %u times: its flash is not written again",
		     run->resets);
		hint("flash wears out; look for what resets it without --flash");
		return REFUSED;
	}
	status = others_may(run);
	if (status)
		return status;
	result = flash_write(s, true);
	if (result)
		return target_report(s, result, "writing the pages of flash");
	for (size_t i = 0; i < run->n; i++) {
		struct probe *p = &run->probes[i];

		p->written = p->remote.step & STEP_FLASH;
		p->remote.step &= ~(unsigned)STEP_PENDING;
	}
	return DONE;
}

int run_flash_out(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->probes[i].written && run->probes[i].remote.step & STEP_PENDING) {
			warn("%s: its page of flash was written back for a fault's handler: hits "
			     "from then on are not counted",
			     run->probes[i].point.name);
			run->gaps++;
		}
	return any(run, STEP_FLASH) ? flash_write(&run->attached->session, false) : 0;
}
