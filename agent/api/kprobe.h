/* SPDX-License-Identifier: MIT */
/*
 * Kprobes, for what is made of them (uprobe.c) and what looks at them (event.c).
 */
#ifndef TL_KPROBE_H
#define TL_KPROBE_H

#include <stddef.h>

#include "probe/table.h"

/* The object that a probe is in. */
#define TL_KPROBE_OF(p) ((struct tl_kprobe *)((uintptr_t)(p)-offsetof(struct tl_kprobe, probe)))

/* As tl_register_kprobe(), for another front; in an image, if its name is not NULL. */
#if TL_IMAGES
int tl_kprobe_add_in(struct tl_kprobe *kp, const struct tl_front *front, unsigned state,
                     const char *image, struct tl_in_image *in);
static inline int tl_kprobe_add(struct tl_kprobe *kp, const struct tl_front *front, unsigned state)
{
	return tl_kprobe_add_in(kp, front, state, 0, 0);
}
#else
int tl_kprobe_add(struct tl_kprobe *kp, const struct tl_front *front, unsigned state);
static inline int tl_kprobe_add_in(struct tl_kprobe *kp, const struct tl_front *front,
                                   unsigned state, const char *image, struct tl_in_image *in)
{
	(void)in;
	return image ? -TL_ENOSUP : tl_kprobe_add(kp, front, state);
}
#endif

/* What all fronts have whose probes are kprobes. */
void tl_kprobe_hit(struct tl_probe *p, const struct tl_regs *regs);
uint32_t tl_kprobe_count(const struct tl_probe *p);
uint32_t tl_kprobe_missed(struct tl_probe *p, unsigned more);
unsigned tl_kprobe_needs(const struct tl_probe *p);
bool tl_kprobe_run(struct tl_probe *p, struct tl_regs *regs, enum tl_need which, uintptr_t what);

/* Hits and returns that somebody wants to hear of, enum tl_event or'ed; and that hears of one. */
#if TL_EVENTS
static inline bool tl_events_heard(void)
{
	return tl_probe_listener;
}
unsigned tl_events_wanted(const struct tl_kprobe *kp);
void tl_event_hit(struct tl_kprobe *kp, enum tl_event event, struct tl_regs *regs);
#else
static inline bool tl_events_heard(void)
{
	return false;
}
static inline unsigned tl_events_wanted(const struct tl_kprobe *kp)
{
	(void)kp;
	return 0;
}
static inline void tl_event_hit(struct tl_kprobe *kp, enum tl_event event, struct tl_regs *regs)
{
	(void)kp, (void)event, (void)regs;
}
#endif

#endif
