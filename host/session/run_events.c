/* SPDX-License-Identifier: MIT */
/*
 * What happens to a run on the way: what the target has done of itself.
 */
#include "base/say.h"
#include "session/run_parts.h"

void run_tell_event(struct run *run, enum event_kind kind, bool gap)
{
	const struct session *s = &run->attached->session;
	struct event e = {.kind = kind,
	                  .time = session_now(s),
	                  .silence = (double)s->silence / 1000,
	                  .lease = (double)s->lease_ms / 1000,
	                  .gap = gap};

	run->gaps += gap;
	if (run->on_event)
		run->on_event(run->ctx, &e);
}

static void tell_overload(struct run *run, struct probe *p)
{
	warn("%s is off: it took more of the target's time than probes may, and the firmware did "
	     "not poll any more",
	     p->point.name);
	hint("an 'if' or every=N does not make its hits rarer, only cheaper; %s",
	     p->added ? "trapline enable switches it on again"
	              : "begin anew to have it switched on again");
	run_tell_event(run, EVENT_OVERLOAD, true);
}

int run_follow_overloads(struct run *run)
{
	const struct session *s = &run->attached->session;
	int result;

	if (s->overloads == run->overloads)
		return 0;
	result = run_read_counters(run);
	if (result)
		return result == SESSION_LOST ? result : 0; /* the next time */
	run->overloads = s->overloads;
	for (size_t i = 0; i < run->n; i++) {
		struct probe *p = &run->probes[i];
		bool over = p->remote.step & STEP_OVER;

		if (over && !p->over)
			tell_overload(run, p);
		p->over = over;
	}
	return 0;
}
