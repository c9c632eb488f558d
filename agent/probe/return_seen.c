/* SPDX-License-Identifier: MIT */
/*
 * Trampolines as debuggers shall see them: whoever reads a return address, on the stack or in its
 * register, finds the real one; who writes that back leaves the trampoline.
 */
#include "base/util.h"
#include "probe/returns.h"

TL_RAM(".bss");

#if TL_RETURN

enum { WORD = sizeof(uintptr_t) };

/* In the word at `at`, aligned: where it leads if it is a trampoline, else 0. */
static uintptr_t behind_word(uintptr_t at)
{
	uintptr_t word;

	if (tl_arch_read(at, &word, WORD) || word != (uintptr_t)tl_return_trampoline)
		return 0;
	return tl_return_behind(at + WORD);
}

static void replace(uintptr_t at, uintptr_t word, uintptr_t addr, uint8_t *buf, unsigned n)
{
	const uint8_t *bytes = (const uint8_t *)&word;

	for (unsigned k = 0; k < WORD; k++)
		if (at + k - addr < n)
			buf[at + k - addr] = bytes[k];
}

#if TL_TRACE
bool tl_return_used;
#endif

/* Could the word at buf + at, of which bytes lie within `n`, be a trampoline? */
static bool may_be(const uint8_t *buf, int at, int n)
{
	const uintptr_t word = (uintptr_t)tl_return_trampoline;
	const uint8_t *bytes = (const uint8_t *)&word;

	for (int k = 0; k < WORD; k++)
		if ((unsigned)(at + k) < (unsigned)n && buf[at + k] != bytes[k])
			return false;
	return true;
}

/* Memory is read again only where all that is in `buf` of a word could be a trampoline's. */
void tl_return_hide(uintptr_t addr, uint8_t *buf, unsigned n)
{
#if TL_TRACE
	if (!tl_return_used)
		return;
#endif
	for (int at = -(int)(addr % WORD); at < (int)n; at += WORD) {
		uintptr_t word = addr + (uintptr_t)(intptr_t)at, behind;

		behind = may_be(buf, at, (int)n) ? behind_word(word) : 0;
		if (behind)
			replace(word, behind, addr, buf, n);
	}
}

/* Whole words only: who writes a part of one means to change it. */
void tl_return_keep(uintptr_t addr, uint8_t *buf, unsigned n)
{
	for (uintptr_t at = (addr + WORD - 1) & -(uintptr_t)WORD; at - addr + WORD <= n;
	     at += WORD) {
		uintptr_t behind = behind_word(at);

		if (behind && tl_same(&behind, buf + (at - addr), WORD))
			replace(at, (uintptr_t)tl_return_trampoline, addr, buf, n);
	}
}

/* What GDB was shown last instead of a trampoline in the return address register. It writes it
 * back, when a call of its own is over. */
static uintptr_t shown;

uintptr_t tl_return_shown(const struct tl_regs *regs)
{
	uintptr_t lr = tl_core_of(regs)[TL_REG_LR], behind = 0;

	if (lr == (uintptr_t)tl_return_trampoline)
		behind = tl_return_behind(tl_core_of(regs)[TL_REG_SP]);
	if (behind)
		shown = behind;
	return behind ? behind : lr;
}

uintptr_t tl_return_written(uintptr_t value)
{
	return value && value == shown && tl_return_leads_to(value)
	               ? (uintptr_t)tl_return_trampoline
	               : value;
}

#endif
