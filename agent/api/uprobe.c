/* SPDX-License-Identifier: MIT */
/*
 * The C API: uprobes, which are kprobes that look who is there before they call a handler. See
 * trapline.h.
 */
#include "api/kprobe.h"
#include "probe/image.h"
#include "probe/quiescent.h"

#define UPROBE(p) ((struct tl_uprobe *)TL_KPROBE_OF(p)) /* its first member */

/* Its handlers, or not, are called in the interrupted context. */
static unsigned needs(const struct tl_probe *p)
{
	return tl_kprobe_needs(p) | TL_NEED_PRE;
}

static bool fires(const struct tl_uprobe *up, const struct tl_regs *regs)
{
	return ((TL_IMAGES && up->privileged) || tl_arch_in_user(regs)) &&
	       (!up->task || (tl_tasks && tl_tasks->current() == up->task));
}

static bool run(struct tl_probe *p, struct tl_regs *regs, enum tl_need which, uintptr_t what)
{
	if (fires(UPROBE(p), regs))
		return tl_kprobe_run(p, regs, which, what);
	if (which == TL_NEED_PRE)
		UPROBE(p)->nfiltered++;
	return false;
}

static const struct tl_front front = {TL_FRONT_NAME("uprobe").count = tl_kprobe_count,
                                      .hit = tl_kprobe_hit, .needs = needs, .run = run,
                                      .missed = tl_kprobe_missed};

int tl_register_uprobe(struct tl_uprobe *up)
{
	uint32_t filtered = up->nfiltered;
	int err = up->task && !tl_tasks ? -TL_EINVAL : 0;

	if (!err && up->kp.probe.state & TL_PROBE_REGISTERED)
		err = -TL_EBUSY;
	if (err)
		return err;
	up->nfiltered = 0;
	up->in.fixed = false;
	err = tl_kprobe_add_in(&up->kp, &front, 0, up->image, &up->in);
	if (err)
		up->nfiltered = filtered;
	return err;
}

int tl_unregister_uprobe(struct tl_uprobe *up)
{
#if TL_IMAGES
	return tl_image_probe_remove(&up->in, &up->kp.probe);
#else
	return tl_unregister_kprobe(&up->kp);
#endif
}

#if TL_IMAGES
int tl_uprobe_error(const struct tl_uprobe *up)
{
	if (!(up->kp.probe.state & TL_PROBE_REGISTERED))
		return -TL_ENOENT;
	if (!tl_probe_waits(&up->kp.probe))
		return 0;
	return up->in.error ? up->in.error : -TL_EWAITS;
}
#endif
