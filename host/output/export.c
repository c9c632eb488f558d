/* SPDX-License-Identifier: MIT */
/*
 * What the formats of hits share: see export.h.
 */
#include "output/export.h"

#include "base/say.h"
#include "base/util.h"

const char *event_name(enum event_kind kind)
{
	static const char *const names[] = {[EVENT_CUT] = "cut",     [EVENT_RESUMED] = "resumed",
	                                    [EVENT_RESET] = "reset", [EVENT_LEASE] = "lease",
	                                    [EVENT_TAKEN] = "taken", [EVENT_OVERLOAD] = "overload"};

	return names[kind];
}

void export_say_rest(struct export *e)
{
	if (!e->unsaid)
		return;
	note("lost: %llu %s%s%s", (unsigned long long)e->unsaid,
	     e->unsaid == 1 ? "record" : "records", e->losing ? " of " : "",
	     e->losing ? e->losing->point.name : "");
	e->unsaid = 0;
	e->said = now_ms();
}

void export_say_lost(struct export *e, const struct probe *p, uint64_t records)
{
	enum { SECOND = 1000 };

	e->losing = !e->unsaid || e->losing == p ? p : NULL;
	e->unsaid += records;
	if (now_ms() - e->said >= SECOND)
		export_say_rest(e);
}
