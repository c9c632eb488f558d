/* SPDX-License-Identifier: MIT */
/*
 * The firmware's text as it was linked and as it stands: what the patches of points cover, and
 * whose it is.
 */
#include "probe/text.h"

#include "base/clear.h"
#include "base/clock.h"
#include "base/util.h"
#include "probe/decode.h"
#include "probe/jump.h"
#include "probe/returns.h"

TL_RAM(".bss");

extern const char __start_tl_text[], __stop_tl_text[];
extern const struct ram {
	uintptr_t start, end;
} __start_tl_ram[], __stop_tl_ram[]; /* of the agent's variables, TL_RAM() */

unsigned tl_patch_of(const struct tl_point *pt, enum tl_armed armed, uint8_t *code)
{
	if (armed == TL_ARMED_BREAK || (TL_FLASH && armed == TL_ARMED_FLASH))
		return tl_breakpoint(&pt->insn, code);
	return TL_FAST && armed == TL_ARMED_JUMP && tl_fast_jump(pt, code) ? TL_JUMP_LEN : 0;
}

#if TL_FETCH
struct tl_clear tl_clear;
#endif

#if TL_FETCH || TL_TRACE
struct tl_patched tl_patched;

void tl_text_patched(const struct tl_point *pt)
{
	uintptr_t end = pt->addr + sizeof pt->text;

	tl_clear_forget();
	if (!tl_patched.high || pt->addr < tl_patched.low)
		tl_patched.low = pt->addr;
	if (end > tl_patched.high)
		tl_patched.high = end;
	if (pt >= tl_patched.points)
		tl_patched.points = pt + 1;
}

/* The points that have had patches, of those that overlap the range; NULL: none does. */
static const struct tl_point *patched_there(uintptr_t addr, unsigned n)
{
	return addr < tl_patched.high && addr + n > tl_patched.low ? tl_patched.points : 0;
}
#else
static const struct tl_point *patched_there(uintptr_t addr, unsigned n)
{
	(void)addr, (void)n;
	return tl_table.points + TL_POINTS;
}
#endif

static void overlay_one(const struct tl_point *pt, uintptr_t addr, uint8_t *buf, unsigned n,
                        bool patched)
{
	uint8_t code[sizeof pt->text];
	unsigned len = tl_patch_of(pt, pt->armed, code);

	for (unsigned k = 0; k < len; k++)
		if (pt->addr + k - addr < n)
			buf[pt->addr + k - addr] = patched ? code[k] : pt->text[k];
}

/* A few bytes are looked up: expressions read words, with interrupts locked out. Of a block the
 * points are, each once. */
static void overlay(uintptr_t addr, uint8_t *buf, unsigned n, bool patched)
{
	enum { LONGEST = sizeof tl_table.points[0].text };
	const struct tl_point *end = patched_there(addr, n), *pt = tl_table.points;

	for (int k = 1 - LONGEST; end && n <= sizeof(uint64_t) && k < (int)n; k++) {
		uintptr_t at = addr + (uintptr_t)(intptr_t)k;

		pt = at & (tl_arch_isa->insn_align - 1u) ? 0 : tl_point_at(at);
		if (pt)
			overlay_one(pt, addr, buf, n, patched);
	}
	for (; n > sizeof(uint64_t) && pt < end; pt++)
		if (pt->armed && pt->addr - addr + (LONGEST - 1) < n + (LONGEST - 1))
			overlay_one(pt, addr, buf, n, patched);
}

void tl_hide_patches(uintptr_t addr, uint8_t *buf, unsigned n)
{
	overlay(addr, buf, n, false);
}

#if TL_WRITE_TEXT
int tl_write_text(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	uint8_t seen[4];

	if (!tl_port.write_text)
		return tl_arch_patch(addr, bytes, n);
	if (tl_port.write_text(addr, bytes, n))
		return -TL_EROM;
	tl_arch_patch(addr, bytes, 0); /* fetches see it */
	return tl_arch_read(addr, seen, n) || !tl_same(seen, bytes, n) ? -TL_EROM : 0;
}
#endif

unsigned tl_copy_memory(uintptr_t addr, void *to, unsigned n)
{
	n = tl_arch_copy(addr, to, n);
	tl_hide_patches(addr, to, n);
	tl_return_hide(addr, to, n);
	return n;
}

int tl_read_memory(uintptr_t addr, void *to, unsigned n)
{
	return tl_copy_memory(addr, to, n) == n ? 0 : -TL_EFAULT;
}

int tl_original(uintptr_t addr, void *buf, unsigned n)
{
	enum { PIECE = 32 }; /* bytes, for which interrupts wait */
	uint8_t *to = buf;
	int err = addr + n < addr ? -TL_EFAULT : 0;

	while (n && !err) {
		unsigned part = n < PIECE ? n : PIECE;
		uintptr_t lock = tl_arch_lock();

		err = tl_read_memory(addr, to, part);
		tl_arch_unlock(lock);
		addr += part;
		to += part;
		n -= part;
	}
	return err;
}

void tl_keep_patches(uintptr_t addr, uint8_t *buf, unsigned n)
{
	overlay(addr, buf, n, true);
}

const struct tl_point *tl_point_overlapping(uintptr_t addr, uintptr_t n)
{
	for (unsigned i = 0; i < TL_POINTS; i++) {
		const struct tl_point *pt = &tl_table.points[i];

		if (pt->state == TL_POINT_LIVE && pt->addr < addr + n &&
		    addr < pt->addr + pt->insn.len)
			return pt;
	}
	return 0;
}

#if TL_DECODE
int tl_read_window(uintptr_t addr, uint8_t buf[static TL_WINDOW_MAX], struct tl_text *text)
{
	const struct tl_isa *isa = tl_arch_isa;
	unsigned before = isa->text_before, after = isa->text_after;

	while (after && tl_arch_read(addr, buf + before, after))
		after -= isa->insn_align;
	if (!after)
		return -TL_ETEXT;
	while (before && tl_arch_read(addr - before, buf + isa->text_before - before, before))
		before -= isa->insn_align;
	tl_hide_patches(addr - before, buf + isa->text_before - before, before + after);
	*text = (struct tl_text){
	        .bytes = buf + isa->text_before, .addr = addr, .before = before, .after = after};
	return 0;
}
#endif

bool tl_agents_own(uintptr_t addr)
{
	return addr - (uintptr_t)__start_tl_text < (uintptr_t)(__stop_tl_text - __start_tl_text) ||
	       tl_fast_code(addr);
}

static bool overlaps(uintptr_t addr, unsigned n, uintptr_t start, uintptr_t end)
{
	return addr < end && start < addr + n;
}

bool tl_agents_ram(uintptr_t addr, unsigned n)
{
	const struct ram *r = __start_tl_ram;

	if (overlaps(addr, n, (uintptr_t)tl_slots, (uintptr_t)(tl_slots + TL_SLOTS)))
		return true;
	while (r < __stop_tl_ram && !overlaps(addr, n, r->start, r->end))
		r++;
	return r < __stop_tl_ram;
}

/* The probe that is alone at a point and lets its instruction be rewritten; NULL: it may not be. */
static struct tl_probe *yields(const struct tl_point *pt)
{
	struct tl_probe *p = TL_GDB ? pt->probes : 0;

	return p && !p->next && p->front->rewrite ? p : 0;
}

/* Why a byte may not change, 0: it may. */
static int held(uintptr_t at)
{
	const struct tl_point *pt = tl_point_overlapping(at, 1);

	if (pt && !yields(pt))
		return -TL_EBUSY;
	return tl_agents_own(at) || tl_agents_ram(at, 1) ? -TL_ENOPROBE : 0;
}

/* Nearly always there is nothing of the kind in all of the range. */
int tl_may_write(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	bool own = overlaps(addr, n, (uintptr_t)__start_tl_text, (uintptr_t)__stop_tl_text) ||
	           tl_fast_code(addr) || tl_fast_code(addr + n - 1) || tl_agents_ram(addr, n);

	for (unsigned i = 0; (own || tl_point_overlapping(addr, n)) && i < n; i++) {
		int err = held(addr + i);
		uint8_t now;

		if (err && (tl_read_memory(addr + i, &now, 1) || now != bytes[i]))
			return err;
	}
	return 0;
}

#if TL_GDB
int tl_rewrite(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	int err = 0;

	for (unsigned i = 0; !err && i < TL_POINTS; i++) {
		const struct tl_point *pt = &tl_table.points[i];
		uintptr_t lock = tl_arch_lock();
		struct tl_probe *p = pt->state == TL_POINT_LIVE && pt->addr < addr + n &&
		                                     addr < pt->addr + pt->insn.len
		                             ? yields(pt)
		                             : 0;

		if (p)
			err = p->front->rewrite(p, addr, bytes, n);
		tl_arch_unlock(lock);
	}
	return err;
}

#endif
