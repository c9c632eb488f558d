/* SPDX-License-Identifier: MIT */
/*
 * Probes of a run that were added before, and stay: they are found, listened to and left as they
 * are.
 */
#include "error.h"
#include "session/run_parts.h"

int run_find_added(struct run *run, struct probe *p)
{
	struct remote_probe now;
	int result = target_next(&run->attached->session, p->point.id - 1, &now);

	p->armed = !result && now.id == p->point.id && now.addr == p->point.addr;
	if (result)
		return result;
	if (!p->armed)
		return TL_ENOENT; /* it went with a reset, or somebody has deleted it */
	p->remote = now;
	run->by_id[now.id] = p;
	return 0;
}

int run_hush(struct run *run)
{
	struct reply r;

	return session_ask(&run->attached->session, &r, "QTl.key", ",%x", 0);
}
