/* SPDX-License-Identifier: MIT */
/*
 * The C API: watches of the firmware's own. See trapline.h.
 */
#include <stddef.h>

#include "base/util.h"
#include "probe/table.h"

#if TL_WATCHES

/* The object that a probe is in. */
#define WATCH(p) ((struct tl_watch *)((uintptr_t)(p)-offsetof(struct tl_watch, probe)))

static unsigned needs(const struct tl_probe *p)
{
	return WATCH(p)->handler ? TL_NEED_POST : 0;
}

static void hit(struct tl_probe *p, const struct tl_regs *regs)
{
	(void)regs;
	WATCH(p)->hits++;
}

static uint32_t count(const struct tl_probe *p)
{
	return WATCH(p)->hits;
}

static bool run(struct tl_probe *p, struct tl_regs *regs, enum tl_need which, uintptr_t what)
{
	(void)which;
	if (WATCH(p)->handler)
		WATCH(p)->handler(WATCH(p), regs, what);
	return false;
}

static uint32_t missed(struct tl_probe *p, unsigned more)
{
	return WATCH(p)->nmissed += more;
}

static const struct tl_front watches = {TL_FRONT_NAME("watch").count = count, .hit = hit,
                                        .needs = needs, .run = run, .missed = missed};

int tl_register_watch(struct tl_watch *w)
{
	uint32_t hits = w->hits, nmissed = w->nmissed;
	int err;

	if (w->probe.state & TL_PROBE_REGISTERED)
		return -TL_EBUSY;
	if (w->flags & ~(uint32_t)TL_DISABLED)
		return -TL_EINVAL;
	w->hits = w->nmissed = 0;
	err = tl_watch_add(&w->probe, &watches, w->addr, w->size, w->access,
	                   w->flags & TL_DISABLED);
	if (err) {
		w->hits = hits;
		w->nmissed = nmissed;
	}
	return err;
}

static int set_enabled(struct tl_watch *w, bool enabled)
{
	int err = tl_probe_enable(&w->probe, enabled);

	if (!err)
		w->flags = enabled ? 0 : TL_DISABLED;
	return err;
}

int tl_enable_watch(struct tl_watch *w)
{
	return set_enabled(w, true);
}

int tl_disable_watch(struct tl_watch *w)
{
	return set_enabled(w, false);
}

int tl_unregister_watch(struct tl_watch *w)
{
	return tl_probe_remove(&w->probe);
}

#else

int tl_register_watch(struct tl_watch *w)
{
	(void)w;
	return -TL_ENOSUP;
}

int tl_unregister_watch(struct tl_watch *w)
{
	(void)w;
	return -TL_ENOENT;
}

int tl_enable_watch(struct tl_watch *w)
{
	(void)w;
	return -TL_ENOENT;
}

int tl_disable_watch(struct tl_watch *w)
{
	(void)w;
	return -TL_ENOENT;
}

#endif
