/* SPDX-License-Identifier: MIT */
/*
 * Probes of a run that were added before, and stay: they are found, listened to and left as they
 * are.
 */
#include <string.h>

#include "base/say.h"
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

int run_match_added(const struct probe *p)
{
	unsigned size = fetch_size(p->point.program, p->point.nprogram), n = 0;
	const uint8_t *code = p->fetch ? fetch_code(p->fetch, &n) : NULL;

	if (n == size && (!n || memcmp(code, p->point.program, n) == 0))
		return DONE;
	fail(REFUSED, "probe %u (%s) records what this trapline cannot tell by this ELF",
	     p->point.id, p->point.name);
	hint("%s", p->point.nprogram > size
	                   ? "use the ELF and the trapline that it was added with; or delete it, "
	                     "and add it anew"
	                   : "it was not added by trapline add: nothing says what for");
	return REFUSED;
}

int run_hush(struct run *run)
{
	struct reply r;

	return session_ask(&run->attached->session, &r, "QTl.key", ",%x", 0);
}
