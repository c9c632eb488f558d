/* SPDX-License-Identifier: MIT */
/*
 * The C API: kprobes and return probes of the firmware's own, and what is for all probes at once.
 * See trapline.h.
 */
#include "api/kprobe.h"

#include "base/util.h"
#include "probe/image.h"
#include "probe/returns.h"
#include "probe/trap.h"

TL_RAM(".bss");

static const struct tl_symbol *symbols;

#define KPROBE(p)    TL_KPROBE_OF(p)
#define KRETPROBE(p) ((struct tl_kretprobe *)KPROBE(p)) /* its first member */

void tl_set_symbols(const struct tl_symbol *table)
{
	symbols = table;
}

static bool name_is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Where a kprobe is to go. */
static int resolve(const struct tl_kprobe *kp, uintptr_t *addr, const char *image)
{
	*addr = tl_code_address(kp->addr) + kp->offset;
	if (TL_IMAGES && image && !kp->symbol)
		return 0; /* which may be linked for address 0 */
	if (!kp->addr == !kp->symbol)
		return -TL_EINVAL;
	if (kp->symbol) {
		const struct tl_symbol *s = symbols;

		while (s && s->name && !name_is(s->name, kp->symbol))
			s++;
		if (!s || !s->name)
			return -TL_ENOENT;
		*addr = tl_code_address(s->addr) + kp->offset;
	}
	return 0;
}

/* An image's symbols are not the firmware's. */
static int add(struct tl_kprobe *kp, const struct tl_front *front, uintptr_t addr, unsigned state,
               const char *image, struct tl_in_image *in)
{
	bool disabled = kp->flags & TL_DISABLED;

#if TL_IMAGES
	if (image)
		return kp->symbol ? -TL_EINVAL
		                  : tl_image_probe_add(in, &kp->probe, front, image, addr, state,
		                                       disabled);
#else
	(void)image, (void)in;
#endif
	return tl_probe_add(&kp->probe, front, addr, state, disabled);
}

/* A hit may come as soon as it is armed: counters begin before that. */
static inline int add_one(struct tl_kprobe *kp, const struct tl_front *front, unsigned state,
                          const char *image, struct tl_in_image *in)
{
	uint32_t hits = kp->hits, missed = kp->nmissed;
	uintptr_t addr;
	int err = kp->flags & ~(uint32_t)TL_DISABLED ? -TL_EINVAL : 0;

	if (!TL_DECODE)
		return -TL_ENOSUP;
	if (!err && kp->probe.state & TL_PROBE_REGISTERED)
		err = -TL_EBUSY;
	if (!err)
		err = resolve(kp, &addr, image);
	if (err)
		return err;
	kp->hits = kp->nmissed = 0;
	err = add(kp, front, addr, state, image, in);
	if (err) {
		kp->hits = hits;
		kp->nmissed = missed;
	}
	return err;
}

#if TL_IMAGES
int tl_kprobe_add_in(struct tl_kprobe *kp, const struct tl_front *front, unsigned state,
                     const char *image, struct tl_in_image *in)
{
	return add_one(kp, front, state, image, in);
}
#else
int tl_kprobe_add(struct tl_kprobe *kp, const struct tl_front *front, unsigned state)
{
	return add_one(kp, front, state, 0, 0);
}
#endif

/* ---- what both have ---- */

void tl_kprobe_hit(struct tl_probe *p, const struct tl_regs *regs)
{
	(void)regs;
	KPROBE(p)->hits++;
}

uint32_t tl_kprobe_count(const struct tl_probe *p)
{
	return KPROBE(p)->hits;
}

static int set_enabled(struct tl_kprobe *kp, bool enabled)
{
	int err = tl_probe_enable(&kp->probe, enabled);

	if (!err)
		kp->flags = enabled ? 0 : TL_DISABLED;
	return err;
}

int tl_enable_kprobe(struct tl_kprobe *kp)
{
	return set_enabled(kp, true);
}

int tl_disable_kprobe(struct tl_kprobe *kp)
{
	return set_enabled(kp, false);
}

void tl_disarm_all(void)
{
	tl_hold(TL_HOLD_USER);
}

void tl_arm_all(void)
{
	tl_release(TL_HOLD_USER);
}

/* ---- kprobes ---- */

unsigned tl_kprobe_needs(const struct tl_probe *p)
{
	const struct tl_kprobe *kp = KPROBE(p);

	return (kp->pre_handler || tl_events_wanted(kp) & TL_EVENT_HIT ? TL_NEED_PRE : 0u) |
	       (kp->post_handler ? TL_NEED_POST : 0u) | (kp->fault_handler ? TL_NEED_FAULT : 0u);
}

/* Out of the way of those whose hits nobody else hears of: it takes more stack. */
__attribute__((noinline)) static bool pre_and_tell(struct tl_kprobe *kp, struct tl_regs *regs)
{
	if (kp->pre_handler && kp->pre_handler(kp, regs))
		return true;
	tl_event_hit(kp, TL_EVENT_HIT, regs);
	return false;
}

bool tl_kprobe_run(struct tl_probe *p, struct tl_regs *regs, enum tl_need which, uintptr_t what)
{
	struct tl_kprobe *kp = KPROBE(p);

	if (which == TL_NEED_PRE && tl_events_heard())
		return pre_and_tell(kp, regs);
	if (which == TL_NEED_PRE)
		return kp->pre_handler && kp->pre_handler(kp, regs);
	if (which == TL_NEED_FAULT)
		return kp->fault_handler && kp->fault_handler(kp, regs, (unsigned)what);
	if (kp->post_handler)
		kp->post_handler(kp, regs);
	return false;
}

uint32_t tl_kprobe_missed(struct tl_probe *p, unsigned more)
{
	return KPROBE(p)->nmissed += more;
}

static const struct tl_front kprobes = {TL_FRONT_NAME("kprobe").count = tl_kprobe_count,
                                        .hit = tl_kprobe_hit, .needs = tl_kprobe_needs,
                                        .run = tl_kprobe_run, .missed = tl_kprobe_missed};

int tl_register_kprobe(struct tl_kprobe *kp)
{
	return tl_kprobe_add(kp, &kprobes, 0);
}

int tl_unregister_kprobe(struct tl_kprobe *kp)
{
	return tl_probe_remove(&kp->probe);
}

/* ---- return probes ---- */

#if TL_RETURN

static unsigned kretprobe_needs(const struct tl_probe *p)
{
	const struct tl_kretprobe *rp = KRETPROBE(p);
	unsigned events = tl_events_wanted(&rp->kp);

	return (rp->entry_handler || events & TL_EVENT_HIT ? TL_NEED_PRE : 0u) |
	       (rp->handler || events & TL_EVENT_RETURN ? TL_NEED_RETURNED : 0u);
}

__attribute__((noinline)) static bool enter_and_tell(struct tl_kretprobe_instance *in,
                                                     struct tl_regs *regs)
{
	struct tl_kretprobe *rp = in->rp;

	if (rp->entry_handler && rp->entry_handler(in, regs))
		return true;
	tl_event_hit(&rp->kp, TL_EVENT_HIT, regs);
	return false;
}

static bool kretprobe_entered(struct tl_probe *p, struct tl_kretprobe_instance *in,
                              struct tl_regs *regs)
{
	const struct tl_kretprobe *rp = KRETPROBE(p);

	if (tl_events_heard())
		return enter_and_tell(in, regs);
	return rp->entry_handler && rp->entry_handler(in, regs);
}

__attribute__((noinline)) static void return_and_tell(struct tl_kretprobe_instance *in,
                                                      struct tl_regs *regs)
{
	struct tl_kretprobe *rp = in->rp;

	if (rp->handler)
		rp->handler(in, regs);
	tl_event_hit(&rp->kp, TL_EVENT_RETURN, regs);
}

/* No frame of its own: the handler's stack is what trapline.h says. */
static void kretprobe_returned(struct tl_probe *p, struct tl_kretprobe_instance *in,
                               struct tl_regs *regs)
{
	if (tl_events_heard())
		return_and_tell(in, regs);
	else if (KRETPROBE(p)->handler)
		KRETPROBE(p)->handler(in, regs);
}

static uint32_t kretprobe_missed(struct tl_probe *p, unsigned more)
{
	return KRETPROBE(p)->nmissed += more;
}

static const struct tl_front kretprobes = {TL_FRONT_NAME("kretprobe").count = tl_kprobe_count,
                                           .hit = tl_kprobe_hit,
                                           .needs = kretprobe_needs,
                                           .entered = kretprobe_entered,
                                           .returned = kretprobe_returned,
                                           .missed = kretprobe_missed};

int tl_register_kretprobe(struct tl_kretprobe *rp)
{
	unsigned most = rp->maxactive ? rp->maxactive : TL_RETURN_ACTIVE;

	if (rp->kp.probe.state & TL_PROBE_REGISTERED)
		return -TL_EBUSY;
	if (rp->data_size > TL_RETURN_DATA)
		return -TL_EINVAL;
	if (rp->kp.pre_handler || rp->kp.post_handler || rp->kp.fault_handler)
		return -TL_EINVAL;
	rp->nmissed = 0;
	rp->kp.probe.room = (uint8_t)(most < TL_RETURNS ? most : TL_RETURNS);
	return tl_kprobe_add(&rp->kp, &kretprobes, TL_PROBE_RETURN);
}
#else
int tl_register_kretprobe(struct tl_kretprobe *rp)
{
	(void)rp;
	return -TL_ENOSUP;
}
#endif

int tl_unregister_kretprobe(struct tl_kretprobe *rp)
{
	return tl_unregister_kprobe(&rp->kp);
}
