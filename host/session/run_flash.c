/* SPDX-License-Identifier: MIT */
/*
 * A run's probes whose breakpoints are in flash: their pages are written before they are enabled,
 * all of them, and written back when they have been deleted.
 */
#include "base/say.h"
#include "error.h"
#include "session/flash.h"
#include "session/run_parts.h"

enum { WRITES = 10 }; /* in one command: a target that is reset again and again */

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

static int write_pages(struct run *run)
{
	struct session *s = &run->attached->session;
	int result, status = others_may(run);

	if (!status && run->writes == WRITES) {
		fail(REFUSED, "pages of flash were written %u times by this command: not again",
		     run->writes);
		hint("flash wears out; look for what resets the target without --flash");
		status = REFUSED;
	}
	if (status)
		return status;
	run->writes++;
	result = flash_write(s, true);
	return result ? target_report(s, result, "writing the pages of flash") : DONE;
}

int run_flash_in(struct run *run)
{
	struct session *s = &run->attached->session;
	int status;

	if (any(run, STEP_PENDING) && !run->options->flash)
		return target_report(s, TL_EROM, "a page of flash that waits to be written");
	status = any(run, STEP_PENDING) ? write_pages(run) : DONE;
	for (size_t i = 0; i < run->n && !status; i++) {
		struct probe *p = &run->probes[i];

		p->remote.step &= ~(unsigned)(p->added ? 0 : STEP_PENDING);
		p->written = (p->remote.step & (STEP_FLASH | STEP_PENDING)) == STEP_FLASH;
	}
	return status;
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
