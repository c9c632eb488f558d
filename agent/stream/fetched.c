/* SPDX-License-Identifier: MIT */
/*
 * Fetch programs of hosts' probes: where they are kept, and what they may read.
 *
 * A trap may not fault. So programs read only memory that lies in a window, which was tried outside
 * of traps. The part of the window around the last read, as far as no patch is in it, is noted
 * (tl_clear): so most loads need no look at windows and patches.
 */
#include "stream/fetched.h"

#if TL_FETCH

#include "base/clear.h"
#include "base/util.h"
#include "debug.h"
#include "expr/fetch.h"
#include "probe/regs.h"
#include "probe/text.h"
#include "probe/watch.h"
#include "stream/ring.h"

TL_RAM(".bss");

_Static_assert(TL_FETCH >= 16 && TL_FETCH <= 32768, "TL_FETCH");
_Static_assert(TL_WINDOWS >= 1 && TL_WINDOWS <= 64, "TL_WINDOWS");

/* ---- programs: one behind the other, each behind its probe's index, words and size ---- */

enum { HEAD = 4 };

static uint8_t pool[TL_FETCH];
static uint16_t used;

uint8_t *tl_program_room(unsigned n)
{
	return n + HEAD <= TL_FETCH - (unsigned)used ? pool + used + HEAD : 0;
}

int tl_program_give(struct tl_remote *r, unsigned n)
{
	uint8_t *at = pool + used;
	int words = tl_fetch_check(at + HEAD, n, sizeof(uintptr_t), TL_RECORD_REGS);
	struct tl_fetch_use use;
	uintptr_t lock;

	if (words < 0)
		return words;
	use = tl_fetch_uses(at + HEAD, n, tl_is_sampler(r) ? 0 : TL_REG_LOOK);
	if (tl_is_sampler(r) && (use.others || use.system))
		return -TL_EINVAL;
	at[0] = (uint8_t)(r - tl_remotes);
	at[1] = (uint8_t)words;
	at[2] = (uint8_t)n;
	at[3] = (uint8_t)(n >> 8);
	r->looks = !use.others && TL_REG_LOOK;
	r->system = use.system;
	r->keeps = use.keeps;
	r->mark |= (TL_RECORD_HEAD + (uint32_t)words + !!(r->kind & TL_KIND_RETURN))
	           << TL_RING_WORDS_SHIFT;
	r->outside = r->kind & TL_KIND_RETURN || tl_arch_trap_guarded();
	lock = tl_arch_lock();
	used = (uint16_t)(used + HEAD + n);
	r->program = at + HEAD;
	tl_arch_unlock(lock);
	return 0;
}

/* Those behind it move up. */
void tl_program_take(struct tl_remote *r)
{
	uintptr_t lock = tl_arch_lock();

	if (r->program) {
		uint8_t *at = pool + (r->program - HEAD - pool);
		unsigned n = HEAD + tl_program_size(r->program);

		r->program = 0;
		used = (uint16_t)(used - n);
		tl_copy(at, at + n, (unsigned)(pool + used - at));
		for (; at < pool + used; at += HEAD + tl_program_size(at + HEAD))
			tl_remotes[at[0]].program = at + HEAD;
	}
	tl_arch_unlock(lock);
}

/* ---- registers besides those of a snapshot ---- */

/* No registers: is the code unprivileged; the value before the access that a watch has seen. */
enum { USER = 254, WAS };

unsigned tl_fetch_system_words(unsigned number, unsigned word)
{
	if (number == USER || (TL_WATCHES && number == WAS))
		return 1;
	const struct tl_system_reg *reg = tl_system_reg(number, 0);

	/* of a long one no more than 64 bits */
	return reg ? 1 + (TL_REG_LONG == 1 && reg->bits > 8 * word) : 0;
}

bool tl_fetch_system(const uintptr_t *regs, unsigned number, unsigned index, uintptr_t *value)
{
	const struct tl_regs *context = (const struct tl_regs *)(const void *)regs;
	uint64_t wide = 0;

	if (number == USER) {
		*value = tl_arch_in_user(context);
		return true;
	}
#if TL_WATCHES
	if (number == WAS)
		return tl_watch_was(value);
#endif
	if (tl_arch_context_reg(context, number, &wide))
		return false;
	*value = (uintptr_t)(index ? wide >> 32 : wide);
	return true;
}

/* ---- memory ---- */

static struct tl_window windows[TL_WINDOWS];
static uint8_t nwindows;
static bool is_outside;

const struct tl_window *tl_windows_next(const struct tl_window *at)
{
	at = at ? at + 1 : windows;
	return at < windows + nwindows ? at : 0;
}

void tl_windows_set(const struct tl_window *to, unsigned n)
{
	uintptr_t lock = tl_arch_lock();

	tl_copy(windows, to, n * sizeof *to);
	nwindows = (uint8_t)n;
	tl_clear_forget();
	tl_arch_unlock(lock);
}

void tl_fetched_outside(bool outside)
{
	is_outside = outside;
	tl_clear_forget();
}

static const struct tl_window *window_of(uintptr_t addr, unsigned n)
{
	const struct tl_window *w = 0;

	while ((w = tl_windows_next(w)) != 0)
		if (addr - w->base < w->size && w->size - (addr - w->base) >= n)
			break;
	return w;
}

uintptr_t tl_fetch_room(uintptr_t addr)
{
	const struct tl_window *w = window_of(addr, 1);

	return w ? w->size - (addr - w->base) : 0;
}

static void note_clear(struct tl_window w)
{
	enum { WORD = sizeof(uintptr_t) };
	uintptr_t skip = -w.base % WORD;

	if (w.size < skip + WORD) {
		tl_clear_forget();
		return;
	}
	tl_clear.base = w.base + skip;
	tl_clear.room = w.size - skip - (WORD - 1);
	tl_clear.quads = (tl_clear.room + 3) / 4;
}

/* Notes what is clear of patches around a read; false: that is not. */
static bool find_clear(struct tl_window w, uintptr_t addr, unsigned n)
{
	uintptr_t low = tl_patched.low, high = tl_patched.high;

	if (addr + (n - 1) < low) {
		if (low - w.base < w.size)
			w.size = low - w.base;
	} else if (addr >= high) {
		if (high - w.base < w.size) {
			w.size -= high - w.base;
			w.base = high;
		}
	} else {
		return false;
	}
	note_clear(w);
	return true;
}

/* In a trap. */
static void read_here(uintptr_t addr, uint8_t *to, unsigned n)
{
	if (n == 2 && !(addr % 2)) {
		uint16_t v = *(const volatile uint16_t *)addr;
		tl_copy(to, &v, 2);
	} else if (n == 4 && !(addr % 4)) {
		uint32_t v = *(const volatile uint32_t *)addr;
		tl_copy(to, &v, 4);
	} else if (n == sizeof(uintptr_t) && !(addr % n)) {
		uintptr_t v = *(const volatile uintptr_t *)addr;
		tl_copy(to, &v, sizeof v);
	} else {
		while (n--)
			*to++ = *(const volatile uint8_t *)addr++;
	}
}

bool tl_fetch_read(uintptr_t addr, void *to, unsigned n)
{
	const struct tl_window *w = window_of(addr, n);

	if (!w)
		return false;
	if (is_outside) {
		if (tl_arch_read(addr, to, n))
			return false;
		tl_hide_patches(addr, to, n);
	} else {
		read_here(addr, to, n);
		if (!find_clear(*w, addr, n))
			tl_hide_patches(addr, to, n);
	}
	return true;
}

#endif
