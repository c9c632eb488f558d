/* SPDX-License-Identifier: MIT */
/*
 * Probes of a run that were added before, and stay: they are found, listened to and left as they
 * are.
 */
#include <string.h>

#include "base/say.h"
#include "error.h"
#include "frame.h"
#include "program/isas.h"
#include "session/run_parts.h"

/* Is it the same one, and does it bring the same? Somebody may have added another in its place. */
static int is_same(struct run *run, const struct point *p, const struct remote_probe *now,
                   bool *same)
{
	struct session *s = &run->attached->session;
	uint8_t program[TARGET_PROGRAM];
	unsigned n = 0;
	int result = 0;

	*same = now->id == p->id && now->addr == p->addr && kind_records(now->kind) &&
	        (now->kind & (KIND_RETURN | KIND_WATCH)) == kind_of_point(p) &&
	        (!p->watch || now->maxactive == p->bytes) &&
	        (p->nprogram || now->mask == (p->mask ? p->mask : isa_all(s->target.isa)));
	if (*same && s->target.features & TL_FEATURE_FETCH) {
		result = target_program(s, p->id, program, &n);
		*same = !result && n == p->nprogram && (!n || memcmp(program, p->program, n) == 0);
	}
	return result;
}

int run_find_added(struct run *run, struct probe *p)
{
	struct remote_probe now;
	int result =
	        target_next(&run->attached->session, run->attached->elf, p->point.id - 1, &now);

	p->armed = false;
	if (!result)
		result = is_same(run, &p->point, &now, &p->armed);
	if (result)
		return result;
	if (!p->armed)
		return TL_ENOENT; /* it went with a reset, or somebody has deleted it */
	p->remote = now;
	run->by_id[now.id] = p;
	return 0;
}

int run_match_added(const struct run *run, const struct probe *p)
{
	unsigned size = fetch_size(p->point.program, p->point.nprogram), n = 0;
	const uint8_t *code = p->fetch ? fetch_code(p->fetch, &n) : NULL;

	if (n == size && (n ? memcmp(code, p->point.program, n) == 0 : !p->point.nprogram))
		return DONE;
	fail(REFUSED, "probe %u (%s) records what this trapline cannot tell%s", p->point.id,
	     p->point.name, run->attached->elf ? " by this ELF" : " without an ELF");
	hint("%s", p->point.nprogram > size && size
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

void run_tell_refused(struct probe *p, int error)
{
	if (error == p->remote.error)
		return;
	p->remote.error = error;
	if (error) {
		warn("%s: refused when %s was loaded: %s", p->point.name, p->remote.image,
		     error_text((unsigned)error));
		hint("%s", error_hint((unsigned)error));
	}
}
