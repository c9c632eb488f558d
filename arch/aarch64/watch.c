/* SPDX-License-Identifier: MIT */
/*
 * AArch64 watchpoints, by the debug registers: before the access. Follows the Arm Architecture
 * Reference Manual for A-profile, DDI 0487: D2.10 (watchpoint exceptions), D19.3 (DBGWCR, DBGWVR),
 * C4.1.94 (loads and stores).
 */
#include "watchpoint.h"

#include "a64_target.h"
#include "breakpoint.h"
#include "error.h"
#include "trapline.h"

TL_RAM(".bss");

#if TL_GDB && !TL_WATCHES
#error "TL_GDB needs TL_WATCHES, at least 1, on AArch64"
#endif

#if TL_WATCHES

static struct watchpoint {
	uintptr_t addr;
	uint8_t kind;  /* enum tl_access; TL_ACCESS_NONE: it is free */
	uint8_t bytes; /* that are watched */
	bool of_gdb;   /* no probe's */
	bool rests;    /* it does not trap */
} watchpoints[A64_COMPARATORS];

static bool held; /* none does */

/* As it says now. */
static void set(const struct watchpoint *w)
{
	/* bits of DBGWCR: 3 loads, 4 stores, from 5 on bytes of the double word */
	static const uint8_t accesses[] = {
	        [TL_ACCESS_WRITE] = 2 << 3, [TL_ACCESS_READ] = 1 << 3, [TL_ACCESS_ANY] = 3 << 3};
	uintptr_t bytes = ((1u << w->bytes) - 1) << (w->addr & 7), lock = tl_arch_lock();
	bool on = w->kind && !w->rests && !held;

	a64_set_watchpoint((unsigned)(w - watchpoints), w->addr & ~(uintptr_t)7,
	                   on ? bytes << 5 | accesses[w->kind] | A64_CONTROL_ON : 0);
	tl_arch_unlock(lock);
}

static int watch(enum tl_access kind, uintptr_t addr, unsigned bytes, bool of_gdb)
{
	unsigned n = 0, most = a64_watchpoints();

	if (!bytes || bytes > 8 || addr & (bytes - 1) || bytes & (bytes - 1))
		return -TL_EINVAL;
	while (n < most && watchpoints[n].kind)
		n++;
	if (n == most)
		return -TL_EFULL;
	watchpoints[n] = (struct watchpoint){addr, (uint8_t)kind, (uint8_t)bytes, of_gdb, false};
	set(&watchpoints[n]);
	return 0;
}

int tl_arch_watch(enum tl_access kind, uintptr_t addr, unsigned bytes)
{
	return watch(kind, addr, bytes, true);
}

void tl_arch_unwatch(enum tl_access kind, uintptr_t addr)
{
	for (struct watchpoint *w = watchpoints; w < watchpoints + A64_COMPARATORS; w++)
		if (w->kind && w->of_gdb &&
		    (kind == TL_ACCESS_NONE || (w->kind == kind && w->addr == addr))) {
			w->kind = TL_ACCESS_NONE;
			set(w);
		}
}

void tl_arch_watch_hold(bool hold)
{
	held = hold;
	for (const struct watchpoint *w = watchpoints; w < watchpoints + A64_COMPARATORS; w++)
		if (w->kind)
			set(w);
}

static struct watchpoint *of_probe(enum tl_access kind, uintptr_t addr, unsigned bytes)
{
	for (struct watchpoint *w = watchpoints; w < watchpoints + A64_COMPARATORS; w++)
		if (w->kind == kind && !w->of_gdb && w->addr == addr && w->bytes == bytes)
			return w;
	return 0;
}

int tl_arch_watch_data(enum tl_access kind, uintptr_t addr, unsigned bytes, enum tl_compare how)
{
	struct watchpoint *w = of_probe(kind, addr, bytes);
	int err = w || how == TL_COMPARE_OFF ? 0 : watch(kind, addr, bytes, false);

	w = err ? 0 : of_probe(kind, addr, bytes);
	if (!w)
		return err;
	w->rests = how == TL_COMPARE_HELD;
	if (how == TL_COMPARE_OFF)
		w->kind = TL_ACCESS_NONE;
	set(w);
	return 0;
}

bool tl_arch_watching(void)
{
	for (unsigned n = 0; n < A64_COMPARATORS; n++)
		if (watchpoints[n].kind)
			return true;
	return false;
}

bool tl_arch_excused(struct tl_regs *regs)
{
	return a64_access_fixup(a64_regs(regs));
}

/* ---- which access it was ---- */

static uintptr_t base_of(const struct a64_regs *r, uint32_t bits)
{
	return r->r[bits >> 5 & 31]; /* 31 is SP there, too */
}

static uintptr_t sign_extend(uint32_t bits, unsigned low, unsigned width)
{
	return (uintptr_t)(intptr_t)((int32_t)(bits << (32 - low - width)) >> (32 - width));
}

/* Rm, extended and shifted. */
static uintptr_t index_of(const struct a64_regs *r, uint32_t bits, unsigned size)
{
	enum { UXTW = 2, SXTW = 6 };
	unsigned m = bits >> 16 & 31, option = bits >> 13 & 7;
	uintptr_t value = m == 31 ? 0 : r->r[m];

	if (option == UXTW)
		value = (uint32_t)value;
	else if (option == SXTW)
		value = (uintptr_t)(intptr_t)(int32_t)value;
	return bits >> 12 & 1 ? value << size : value;
}

/* Of single registers; log2 of its bytes. */
static void single(const struct a64_regs *r, uint32_t bits, unsigned size, struct tl_accessed *a)
{
	enum { ATOMIC, POST_INDEXED, BY_REGISTER };
	unsigned form = bits >> 10 & 3;

	a->bytes = 1u << size;
	a->addr = base_of(r, bits);
	if (bits >> 24 & 1)
		a->addr += (uintptr_t)(bits >> 10 & 0xfff) << size;
	else if (!(bits >> 21 & 1))
		a->addr += form == POST_INDEXED ? 0 : sign_extend(bits, 12, 9);
	else if (form == BY_REGISTER)
		a->addr += index_of(r, bits, size);
	else if (form == ATOMIC)
		a->kind = TL_ACCESS_ANY;
}

static void pair(const struct a64_regs *r, uint32_t bits, struct tl_accessed *a)
{
	bool fp = bits >> 26 & 1, post_indexed = (bits >> 23 & 3) == 1;
	unsigned each = 4u << (fp ? bits >> 30 : bits >> 31);

	a->bytes = 2 * each;
	a->addr = base_of(r, bits) + (post_indexed ? 0 : sign_extend(bits, 15, 7) * each);
}

/* LDXR, STXR; and what lies beside them: LDAR, CAS, pairs. */
static void exclusive(const struct a64_regs *r, uint32_t bits, struct tl_accessed *a)
{
	bool ordered = bits >> 23 & 1, two = bits >> 21 & 1;
	unsigned each = 1u << (two && !ordered && !(bits >> 31) ? 2 + (bits >> 30) : bits >> 30);

	a->bytes = two && !ordered ? 2 * each : each;
	a->addr = base_of(r, bits);
	a->exclusive = !ordered && (!two || bits >> 31);
	if (two && !a->exclusive)
		a->kind = TL_ACCESS_ANY;
}

/* What no row tells is where FAR is, one byte of it: loads and stores of several vectors, DC ZVA.
 * */
static void access_of(const struct a64_regs *r, uint32_t bits, struct tl_accessed *a)
{
	enum { LITERALS = 0x18000000 };
	bool quad = bits >> 26 & 1 && bits >> 23 & 1;

	a->addr = a64_last_far;
	a->bytes = 1;
	if ((bits & 0x3a000000) == 0x28000000)
		pair(r, bits, a);
	else if ((bits & 0x3a000000) == 0x38000000)
		single(r, bits, quad ? 4 : bits >> 30, a);
	else if ((bits & 0x3f000000) == 0x08000000)
		exclusive(r, bits, a);
	else if ((bits & 0x3b000000) == LITERALS) /* runs nowhere else */
		a->kind = TL_ACCESS_NONE;
}

bool tl_arch_accessed(const struct tl_regs *regs, struct tl_accessed *a)
{
	enum { WRITES = 1 << 6 };
	const struct a64_regs *r = a64_regs_of(regs);
	enum a64_class class = a64_class(r->syndrome);
	uint32_t bits;

	if (class != A64_EC_WATCHED && class != A64_EC_WATCHED_EL0)
		return false;
	bits = *(const uint32_t *)r->pc;
	*a = (struct tl_accessed){
	        .kind = r->syndrome & WRITES ? TL_ACCESS_WRITE : TL_ACCESS_READ,
	        .insn = {.verdict = TL_SLOT, .len = 4, .bits = bits},
	};
	access_of(r, bits, a);
	return true;
}

bool tl_arch_watched(const struct tl_regs *regs, enum tl_access *kind, uintptr_t *addr)
{
	struct tl_accessed a;
	bool any = false;

	for (unsigned n = 0; n < A64_COMPARATORS; n++)
		any |= watchpoints[n].kind && watchpoints[n].of_gdb;
	if (!any || !tl_arch_accessed(regs, &a))
		return false;
	*kind = TL_ACCESS_NONE;
	for (const struct watchpoint *w = watchpoints; w < watchpoints + A64_COMPARATORS; w++)
		if (w->kind && w->of_gdb &&
		    tl_accesses(&a, (enum tl_access)w->kind, w->addr, w->bytes)) {
			*addr = w->addr;
			*kind = (enum tl_access)w->kind;
		}
	return true;
}

bool a64_kept_out;

void tl_arch_keep_out(bool out)
{
	a64_kept_out = out;
}
#endif
