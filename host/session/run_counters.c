/* SPDX-License-Identifier: MIT */
/*
 * What the target has counted of a run's probes.
 */
#include "session/run_parts.h"
#include "session/target.h"

/* Counters are 32 bits on the wire. */
void run_add_up(struct probe *p)
{
	const struct counters *c = &p->remote.counters;

	p->total = (struct totals){.hits = p->past.hits + c->hits,
	                           .recorded = p->past.recorded + c->recorded,
	                           .filtered = p->past.filtered + c->filtered,
	                           .missed = p->past.missed + c->missed,
	                           .dropped = p->past.dropped + c->dropped,
	                           .lost = p->past.lost + p->lost};
}

int run_read_counters(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		struct probe *p = &run->probes[i];
		struct remote_probe now = {0};
		int result = p->armed ? target_next(&run->attached->session, run->attached->elf,
		                                    p->remote.id - 1, &now)
		                      : 0;

		if (result)
			return result;
		if (now.id == p->remote.id) {
			p->remote.counters = now.counters;
			p->remote.enabled = now.enabled;
			p->remote.step = now.step;
			run_tell_refused(p, now.error);
		}
		run_add_up(p);
	}
	return 0;
}
