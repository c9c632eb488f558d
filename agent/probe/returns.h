/* SPDX-License-Identifier: MIT */
/*
 * Returns of functions: hooked at the entry, served where the function returns.
 */
#ifndef TL_RETURNS_H
#define TL_RETURNS_H

#include "probe/regs.h"
#include "probe/table.h"

/* With TL_RETURN only: does the return at `regs` run a handler? */
bool tl_return_calls(const struct tl_regs *regs);
/*
 * A function has come to the trampoline: actions, and handlers if `call` (else they are missed);
 * then `regs` are those to go on with. False: no call is known that could have returned here. With
 * TL_RETURN only.
 */
bool tl_return(struct tl_regs *regs, bool call);

#if TL_RETURN
/* Hooks the return of a call for `p`, which has `room`; tells the front. In a trap, in the
 * interrupted context, or with interrupts locked out. */
void tl_return_enter(struct tl_probe *p, struct tl_regs *regs);
/* Calls under way no longer lead to the probe; or are to look whether it is enabled. */
void tl_return_forget(const struct tl_probe *p);
void tl_return_disable(const struct tl_probe *p);
/* From tl_poll(): calls that were left, if there is no room for others. */
void tl_return_settle(void);
/*
 * For debuggers: where a trampoline leads that is found in a register or on the stack, `sp` the
 * stack pointer there, or the address behind it; 0: nobody knows. Is there a call under way that
 * returns there?
 */
uintptr_t tl_return_behind(uintptr_t sp);
bool tl_return_leads_to(uintptr_t ret);
/* A word of a register or from the stack as it would be if nothing were hooked, `sp` as above. */
static inline uintptr_t tl_return_real(uintptr_t word, uintptr_t sp)
{
	uintptr_t behind = word == (uintptr_t)tl_return_trampoline ? tl_return_behind(sp) : 0;

	return behind ? behind : word;
}

/* ---- return_seen.c: trampolines as debuggers shall see them ---- */

/* The return address register; and what it is to be if a debugger writes `value`. */
uintptr_t tl_return_shown(const struct tl_regs *regs);
uintptr_t tl_return_written(uintptr_t value);
/* The same in bytes read from memory; and the trampoline kept in bytes to be written, where it is
 * and they are what was shown. */
void tl_return_hide(uintptr_t addr, uint8_t *buf, unsigned n);
void tl_return_keep(uintptr_t addr, uint8_t *buf, unsigned n);

#else /* no function's return is hooked */
static inline void tl_return_enter(struct tl_probe *p, struct tl_regs *regs)
{
	(void)p, (void)regs;
}
static inline void tl_return_forget(const struct tl_probe *p)
{
	(void)p;
}
static inline void tl_return_disable(const struct tl_probe *p)
{
	(void)p;
}
static inline void tl_return_settle(void)
{
}
static inline uintptr_t tl_return_real(uintptr_t word, uintptr_t sp)
{
	(void)sp;
	return word;
}
static inline uintptr_t tl_return_shown(const struct tl_regs *regs)
{
	return tl_core_of(regs)[TL_REG_LR];
}
static inline uintptr_t tl_return_written(uintptr_t value)
{
	return value;
}
static inline void tl_return_hide(uintptr_t addr, uint8_t *buf, unsigned n)
{
	(void)addr, (void)buf, (void)n;
}
static inline void tl_return_keep(uintptr_t addr, uint8_t *buf, unsigned n)
{
	(void)addr, (void)buf, (void)n;
}
#endif

/* Before a return is hooked: from then on there may be trampolines. For speed, where blocks of
 * memory are collected. */
#if TL_RETURN && TL_TRACE
extern bool tl_return_used;
static inline void tl_return_use(void)
{
	tl_return_used = true;
}
#else
static inline void tl_return_use(void)
{
}
#endif

#endif
