/* SPDX-License-Identifier: MIT */
/*
 * Callbacks for events: what becomes of probes, and hits, for several who look at one probe.
 */
#include <string.h>

#include "check.h"
#include "kinds.h"

enum { METER = 1, LOG = 2, LIFE = TL_EVENT_ENABLED | TL_EVENT_DISABLED | TL_EVENT_GONE };

static struct log {
	unsigned hits, returns, n;
	struct tl_event_info last;
	enum tl_event events[8];
} meter, log_;

static void note(struct tl_event_callback *cb, const struct tl_event_info *info)
{
	struct log *log = cb->data;

	log->hits += info->event == TL_EVENT_HIT;
	log->returns += info->event == TL_EVENT_RETURN;
	log->events[log->n++ % 8] = info->event;
	log->last = *info;
}

static void hits(void)
{
	static struct tl_kprobe kp = TL_KPROBE(.symbol = "code_add");
	static struct tl_event_callback of_hits =
	        TL_EVENT_CALLBACK(.id = METER, .kp = &kp, .events = TL_EVENT_HIT, .data = &meter,
	                          .callback = note);
	static struct tl_event_callback of_all =
	        TL_EVENT_CALLBACK(.id = LOG, .events = LIFE | TL_EVENT_REFUSED, .data = &log_,
	                          .callback = note);
	struct tl_event_callback other = of_hits;
	struct tl_kprobe nowhere = TL_KPROBE(.addr = (uintptr_t)place_unmapped);

	check(!tl_register_event_callback(&of_all), "event: of all probes");
	check(!tl_register_kprobe(&kp), "event: a kprobe without handlers");
	check(log_.n == 1 && log_.events[0] == TL_EVENT_ENABLED && log_.last.kp == &kp,
	      "event: enabled");
	code_add(1, 2);
	check(!tl_register_event_callback(&of_hits), "event: of its hits from now on");
	check(tl_register_event_callback(&of_hits) == -TL_EBUSY &&
	              tl_register_event_callback(&other) == -TL_EBUSY,
	      "event: registered already, the id is taken");
	code_add(3, 4);
	check(meter.hits == 1 && meter.last.regs && kp.hits == 2, "event: a hit");
	other.id = LOG;
	other.data = &log_;
	check(!tl_register_event_callback(&other), "event: another looks at it, too");
	code_add(5, 6);
	check(meter.hits == 2 && log_.hits == 1, "event: both hear of a hit");
	check(!tl_unregister_event_callback(&other), "event: and then one");
	code_add(7, 8);
	check(meter.hits == 3 && log_.hits == 1, "event: hears of it");
	check(!tl_disable_kprobe(&kp) && log_.last.event == TL_EVENT_DISABLED, "event: disabled");
	check(!tl_unregister_kprobe(&kp) && log_.last.event == TL_EVENT_GONE, "event: gone");
	check(tl_register_kprobe(&nowhere) && log_.last.event == TL_EVENT_REFUSED &&
	              log_.last.error < 0 && log_.last.addr == address_of(place_unmapped),
	      "event: refused, and why");
	check(!tl_unregister_event_callback(&of_hits) && !tl_unregister_event_callback(&of_all),
	      "event: nobody listens any more");
	check(tl_unregister_event_callback(&of_all) == -TL_ENOENT, "event: not registered");
}

static void returns(void)
{
	static struct tl_kretprobe rp = TL_KRETPROBE(.symbol = "code_sum");
	static struct tl_event_callback both =
	        TL_EVENT_CALLBACK(.id = METER, .kp = &rp.kp, .data = &meter, .callback = note,
	                          .events = TL_EVENT_HIT | TL_EVENT_RETURN);

	memset(&meter, 0, sizeof meter);
	check(!tl_register_event_callback(&both) && !tl_register_kretprobe(&rp),
	      "event: of a kretprobe that comes later");
	check(code_sum(4) == 10 && meter.hits == 1 && meter.returns == 1,
	      "event: a call, and its return");
	check(meter.events[0] == TL_EVENT_HIT && meter.events[1] == TL_EVENT_RETURN,
	      "event: in that order");
	tl_unregister_kretprobe(&rp);
	tl_unregister_event_callback(&both);
}

static void wrong(void)
{
	struct tl_event_callback cb = TL_EVENT_CALLBACK(.events = TL_EVENT_GONE);

	check(tl_register_event_callback(&cb) == -TL_EINVAL, "event: no callback");
	cb.callback = note;
	cb.events = 0;
	check(tl_register_event_callback(&cb) == -TL_EINVAL, "event: of none");
	cb.events = TL_EVENT_OVERLOAD << 1;
	check(tl_register_event_callback(&cb) == -TL_EINVAL, "event: of one that there is not");
	cb.events = TL_EVENT_HIT;
	check(tl_register_event_callback(&cb) == -TL_EINVAL, "event: hits of no probe");
}

void kind_event(void)
{
	struct tl_event_callback cb = TL_EVENT_CALLBACK(.events = TL_EVENT_GONE, .callback = note);

	if (tl_register_event_callback(&cb) == -TL_ENOSUP) {
		check(true, "event: left out of this agent");
		return;
	}
	tl_unregister_event_callback(&cb);
	hits();
	returns();
	wrong();
}
