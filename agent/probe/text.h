/* SPDX-License-Identifier: MIT */
/*
 * The firmware's text as it was linked and as it stands: what the patches of points cover, and
 * whose it is. Not in a trap.
 */
#ifndef TL_TEXT_H
#define TL_TEXT_H

#include "probe/table.h"

enum { TL_WINDOW_MAX = 160 }; /* bytes around an instruction that a decoder may ask for */

/* Reads the text around `addr`, as linked, into `buf`: as much of the decoder's window as is
 * mapped. 0 or -TL_ETEXT. */
int tl_read_window(uintptr_t addr, uint8_t buf[static TL_WINDOW_MAX], struct tl_text *text);
/* tl_arch_read() and tl_arch_copy(), without patches and trampolines: the one way for memory to
 * debuggers, hosts and frames. */
int tl_read_memory(uintptr_t addr, void *to, unsigned n);
unsigned tl_copy_memory(uintptr_t addr, void *to, unsigned n);
/* Puts the original bytes into a copy of memory; the patches into bytes that are to be written. */
void tl_hide_patches(uintptr_t addr, uint8_t *buf, unsigned n);
void tl_keep_patches(uintptr_t addr, uint8_t *buf, unsigned n);
/* The text of a point is about to be patched. What has been since the start lies within one range;
 * a read that does not touch it needs no tl_hide_patches(). Any context. */
#if TL_FETCH || TL_TRACE
void tl_text_patched(const struct tl_point *pt);
struct tl_patched {
	uintptr_t low, high;           /* behind the last byte */
	const struct tl_point *points; /* behind the last point */
};
extern struct tl_patched tl_patched;
#else
static inline void tl_text_patched(const struct tl_point *pt)
{
	(void)pt;
}
#endif
/* Writes 1 to 4 bytes of text, or of a slot: see tl_arch_patch(). */
#if TL_WRITE_TEXT
int tl_write_text(uintptr_t addr, const uint8_t *bytes, unsigned n);
#else
#define tl_write_text tl_arch_patch
#endif
/* What stands in the text of a point that is armed so; its length, 0: the firmware's own. */
unsigned tl_patch_of(const struct tl_point *pt, enum tl_armed armed, uint8_t *code);
/* A live point whose instruction overlaps the range, or NULL. */
const struct tl_point *tl_point_overlapping(uintptr_t addr, uintptr_t n);
bool tl_agents_own(uintptr_t addr); /* code that is never probed */
/* Is there anything of the agent's that it works with? */
bool tl_agents_ram(uintptr_t addr, unsigned n);

/*
 * May these bytes be written? What stands there already may, and what is under probes that let it
 * be rewritten (front.h); else -TL_EBUSY: an instruction under a probe would change, -TL_ENOPROBE:
 * the agent would, that writes them. Then the latter are written: 0 or -TL_E….
 */
int tl_may_write(uintptr_t addr, const uint8_t *bytes, unsigned n);
int tl_rewrite(uintptr_t addr, const uint8_t *bytes, unsigned n);

#endif
