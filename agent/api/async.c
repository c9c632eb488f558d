/* SPDX-License-Identifier: MIT */
/*
 * The C API: probes of asynchronous functions, made of return probes. See trapline.h.
 *
 * A poll's instance remembers its span by place and id. So a poll that returns late, when its span
 * has been given up and the place has another, belongs to none.
 */
#include "arch.h"
#include "base/clock.h"
#include "base/util.h"
#include "error.h"
#include "trapline.h"

enum { MOST = 1000 };
enum { PLACE, ID, WORDS }; /* of an instance's data */

#define ASYNCPROBE(in) ((struct tl_asyncprobe *)(in)->rp) /* its first member */

static struct tl_span *find(struct tl_asyncprobe *ap, uintptr_t key)
{
	for (struct tl_span *s = ap->spans; s < ap->spans + ap->nspans; s++)
		if (s->id && s->key == key)
			return s;
	return 0;
}

/* Is `a` to be given up before `b`? What is being polled last of all. */
static bool staler(const struct tl_span *a, const struct tl_span *b)
{
	if (!a->inside != !b->inside)
		return !a->inside;
	return (int32_t)(a->entered - b->entered) < 0;
}

static struct tl_span *room(struct tl_asyncprobe *ap)
{
	struct tl_span *stalest = ap->spans;

	for (struct tl_span *s = ap->spans; s < ap->spans + ap->nspans; s++) {
		if (!s->id)
			return s;
		if (staler(s, stalest))
			stalest = s;
	}
	ap->nevicted++;
	return stalest;
}

static struct tl_span *open_span(struct tl_asyncprobe *ap, uintptr_t key, uint32_t now)
{
	struct tl_span *s = room(ap);

	if (!++ap->nopened) /* no id is 0 */
		++ap->nopened;
	tl_zero(s, sizeof *s);
	s->key = key;
	s->id = ap->nopened;
	s->opened = now;
	return s;
}

static int on_entry(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	struct tl_asyncprobe *ap = ASYNCPROBE(in);
	uintptr_t key = ap->key ? ap->key(regs) : tl_regs_arg(regs, 0);
	uintptr_t lock = tl_arch_lock();
	struct tl_span *s = find(ap, key), seen;
	bool opens = !s;

	if (opens)
		s = open_span(ap, key, in->entry_time);
	s->polls++;
	s->inside++;
	s->entered = in->entry_time;
	in->data[PLACE] = (uintptr_t)(s - ap->spans);
	in->data[ID] = s->id;
	tl_copy(&seen, s, sizeof seen);
	tl_arch_unlock(lock);
	if (opens && ap->on_open)
		ap->on_open(ap, &seen, regs);
	return 0;
}

static int on_return(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	struct tl_asyncprobe *ap = ASYNCPROBE(in);
	bool is_last = ap->done(regs), closes = false;
	uint32_t now = tl_ticks();
	uintptr_t lock = tl_arch_lock();
	struct tl_span *s = &ap->spans[in->data[PLACE]], seen;

	if (s->id == (uint32_t)in->data[ID]) {
		s->busy += now - in->entry_time;
		s->inside--;
		tl_copy(&seen, s, sizeof seen);
		closes = is_last;
	}
	if (closes) {
		seen.elapsed = now - s->opened;
		s->id = 0;
		ap->nclosed++;
	} else if (is_last) {
		ap->nunmatched++;
	}
	tl_arch_unlock(lock);
	if (closes && ap->on_close)
		ap->on_close(ap, &seen, regs);
	return 0;
}

int tl_register_asyncprobe(struct tl_asyncprobe *ap)
{
	struct tl_kretprobe *rp = &ap->rp;
	bool is_ours = rp->entry_handler == on_entry && rp->handler == on_return;

	if (!ap->done || !ap->spans || !ap->nspans || ap->nspans > MOST ||
	    (!is_ours && (rp->entry_handler || rp->handler || rp->data_size)))
		return -TL_EINVAL;
	rp->entry_handler = on_entry;
	rp->handler = on_return;
	rp->data_size = WORDS * sizeof(uintptr_t);
	return tl_register_kretprobe(rp);
}

int tl_unregister_asyncprobe(struct tl_asyncprobe *ap)
{
	return tl_unregister_kretprobe(&ap->rp);
}

int tl_async_forget(struct tl_asyncprobe *ap, uintptr_t key)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_span *s = find(ap, key);

	if (s) {
		s->id = 0;
		ap->nevicted++;
	}
	tl_arch_unlock(lock);
	return s ? 0 : -TL_ENOENT;
}
