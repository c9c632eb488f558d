/* SPDX-License-Identifier: MIT */
/*
 * The C API: callbacks for events of probes. See trapline.h.
 *
 * They are a list, in the order of registration. What a callback is told next is looked up before
 * it runs: it may leave the list meanwhile.
 */
#include "api/kprobe.h"
#include "base/util.h"
#include "stream/remote.h"

#if TL_EVENTS

TL_RAM(".bss");

enum {
	HITS = TL_EVENT_HIT | TL_EVENT_RETURN,
	ALL = HITS | TL_EVENT_ENABLED | TL_EVENT_DISABLED | TL_EVENT_GONE | TL_EVENT_REFUSED |
	      TL_EVENT_OVERLOAD
};

tl_listener_fn *tl_probe_listener;
static struct tl_event_callback *callbacks;

static void tell(const struct tl_event_info *info)
{
	struct tl_event_callback *cb = callbacks, *next;

	for (; cb; cb = next) {
		next = cb->next;
		if (cb->events & info->event && (!cb->kp || cb->kp == info->kp))
			cb->callback(cb, info);
	}
}

unsigned tl_events_wanted(const struct tl_kprobe *kp)
{
	unsigned events = 0;

	for (const struct tl_event_callback *cb = callbacks; cb; cb = cb->next)
		if (cb->kp == kp)
			events |= cb->events & HITS;
	return events;
}

void tl_event_hit(struct tl_kprobe *kp, enum tl_event event, struct tl_regs *regs)
{
	struct tl_event_info info;

	tl_zero(&info, sizeof info);
	info.event = event;
	info.kp = kp;
	info.addr = tl_point_of(&kp->probe)->addr;
	info.regs = regs;
	tell(&info);
}

/* Whose it is shows where it lies, or its front. */
static void listen(const struct tl_probe *p, const struct tl_front *front, uintptr_t addr,
                   enum tl_event event, int error)
{
	uintptr_t at = (uintptr_t)p - (uintptr_t)tl_remotes;
	struct tl_event_info info;

	tl_zero(&info, sizeof info);
	info.event = event;
	info.addr = addr;
	info.error = error;
	if (at < sizeof tl_remotes)
		info.host = ((const struct tl_remote *)(const void *)p)->id;
	else if (front->count == tl_kprobe_count)
		info.kp = TL_KPROBE_OF(p);
	tell(&info);
}

/* A probe that is there needs handlers from now on, or no more. */
static int settle(const struct tl_kprobe *kp)
{
	return kp && kp->probe.state & TL_PROBE_REGISTERED && !tl_probe_waits(&kp->probe)
	               ? tl_point_settle(tl_point_of(&kp->probe))
	               : 0;
}

int tl_register_event_callback(struct tl_event_callback *cb)
{
	struct tl_event_callback **at = &callbacks;
	uintptr_t lock;
	int err = 0;

	if (!cb->callback || !cb->events || cb->events & ~(uint32_t)ALL ||
	    (cb->events & HITS && !cb->kp))
		return -TL_EINVAL;
	lock = tl_arch_lock();
	for (; *at; at = &(*at)->next)
		if (*at == cb || ((*at)->kp == cb->kp && (*at)->id == cb->id))
			err = -TL_EBUSY;
	if (!err) {
		cb->next = 0;
		*at = cb;
		tl_probe_listener = listen;
		err = settle(cb->kp);
		if (err) {
			*at = 0;
			settle(cb->kp);
		}
	}
	tl_arch_unlock(lock);
	return err;
}

int tl_unregister_event_callback(struct tl_event_callback *cb)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_event_callback **at = &callbacks;
	int err = -TL_ENOENT;

	while (*at && *at != cb)
		at = &(*at)->next;
	if (*at) {
		*at = cb->next;
		settle(cb->kp);
		err = 0;
	}
	if (!callbacks)
		tl_probe_listener = 0;
	tl_arch_unlock(lock);
	return err;
}

#else

int tl_register_event_callback(struct tl_event_callback *cb)
{
	(void)cb;
	return -TL_ENOSUP;
}

int tl_unregister_event_callback(struct tl_event_callback *cb)
{
	(void)cb;
	return -TL_ENOENT;
}

#endif
