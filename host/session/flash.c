/* SPDX-License-Identifier: MIT */
/*
 * Pages of flash: see flash.h.
 */
#include "session/flash.h"

#include "base/say.h"
#include "error.h"
#include "frame.h"

int flash_may(struct session *s)
{
	struct target_flash f;
	bool built = s->target.features & TL_FEATURE_FLASH;
	int result = built ? target_flash(s, &f) : TL_ENOSUP;

	s->writes_flash = !result;
	if (!result && f.used)
		result = flash_write(s, false); /* a host that was killed may have left some */
	if (!result)
		return DONE;
	if (result != TL_ENOSUP)
		return target_report(s, result, "--flash");
	fail(REFUSED, "the target writes no flash: %s",
	     built ? "the firmware gives no driver (tl_port.flash)"
	           : "its agent is built without (TL_FLASH)");
	hint("README, Flash, says how; without --flash a comparator of the core may do");
	return REFUSED;
}

static void say(const struct session *s, unsigned pages, uint32_t longest, bool add)
{
	const char *what = add ? "written" : "rewritten";

	if (pages == 1)
		note("1 page of flash %s; the firmware stood for %.1f ms", what,
		     1000.0 * longest / s->target.tick_hz);
	else if (pages)
		note("%u pages of flash %s; the firmware stood for %.1f ms at most, each time",
		     pages, what, 1000.0 * longest / s->target.tick_hz);
}

/* Each answer says that a page is written, or that none is left; pages are fewer than points. */
int flash_write(struct session *s, bool add)
{
	struct target_flash_write w = {.left = 1};
	unsigned pages = 0;
	uint32_t longest = 0;
	int result = 0;

	while (w.left && pages <= s->target.points && !result) {
		result = target_flash_write(s, add, &w);
		pages += w.pages;
		if (w.ticks > longest)
			longest = w.ticks;
		if (!w.pages)
			break;
	}
	say(s, pages, longest, add);
	return result;
}

int flash_write_or_say(struct session *s, bool add)
{
	int result = flash_write(s, add);

	return result ? target_report(s, result, "writing pages of flash") : DONE;
}
