/* SPDX-License-Identifier: MIT */
/*
 * RISC-V watchpoints, by the triggers of the core: mcontrol, which traps before the access, to
 * machine mode. Follows the RISC-V External Debug Support specification 0.13.2, 5.2 (tselect,
 * tdata1, tdata2, mcontrol).
 *
 * Nothing is assumed of the core: a trigger is there if it can be selected and takes the type.
 */
#include "debug.h"
#include "error.h"
#include "riscv_target.h"
#include "trapline.h"

TL_RAM(".bss");

enum { MOST = 8, MCAUSE_BREAKPOINT = 3 };

#define TYPE_MCONTROL (2ull << (8 * RISCV_WORD - 4))
#define TYPE_MASK     (15ull << (8 * RISCV_WORD - 4))
#define MODES         0x58u /* machine, supervisor, user */
#define STORE         2u
#define LOAD          1u

static struct {
	uintptr_t addr;
	uint8_t kind, bytes; /* kind 0: not used */
} watches[MOST];
static bool held;

static const uint8_t accesses[] = {
        [TL_WATCH_WRITE] = STORE, [TL_WATCH_READ] = LOAD, [TL_WATCH_ACCESS] = LOAD | STORE};

static bool select_trigger(uintptr_t n)
{
	uintptr_t got;

	__asm volatile("csrw tselect, %1\n\tcsrr %0, tselect" : "=r"(got) : "r"(n));
	return got == n;
}

/* Writes a trigger, or turns it off; does it take the type? */
static bool write_trigger(uintptr_t n, uintptr_t control, uintptr_t addr)
{
	uintptr_t got;

	if (!select_trigger(n))
		return false;
	__asm volatile("csrw tdata1, zero\n\tcsrw tdata2, %0" ::"r"(addr));
	__asm volatile("csrw tdata1, %1\n\tcsrr %0, tdata1"
	               : "=r"(got)
	               : "r"((uintptr_t)TYPE_MCONTROL | control));
	return (got & (uintptr_t)TYPE_MASK) == (uintptr_t)TYPE_MCONTROL &&
	       (got & (STORE | LOAD)) == (control & (STORE | LOAD));
}

static void update(unsigned n)
{
	bool on = watches[n].kind && !held;

	write_trigger(n, on ? MODES | accesses[watches[n].kind] : 0, watches[n].addr);
}

int tl_arch_watch(enum tl_watch kind, uintptr_t addr, unsigned bytes)
{
	if (!bytes || bytes > RISCV_WORD || addr & (bytes - 1))
		return -TL_EINVAL;
	for (unsigned n = 0; n < MOST; n++) {
		if (watches[n].kind)
			continue;
		if (!write_trigger(n, MODES | accesses[kind], addr)) {
			write_trigger(n, 0, 0);
			return n ? -TL_EFULL : -TL_ENOSUP;
		}
		watches[n].addr = addr;
		watches[n].bytes = (uint8_t)bytes;
		watches[n].kind = (uint8_t)kind;
		update(n);
		return 0;
	}
	return -TL_EFULL;
}

void tl_arch_unwatch(enum tl_watch kind, uintptr_t addr)
{
	for (unsigned n = 0; n < MOST; n++)
		if (watches[n].kind && (kind == TL_WATCH_NONE ||
		                        (watches[n].kind == kind && watches[n].addr == addr))) {
			watches[n].kind = TL_WATCH_NONE;
			update(n);
		}
}

void tl_arch_watch_hold(bool hold)
{
	held = hold;
	for (unsigned n = 0; n < MOST; n++)
		if (watches[n].kind)
			update(n);
}

/* ---- which access it was: cores need not say (mtval may be 0), and may watch more bytes than they
 * were asked to ---- */

struct access {
	uintptr_t addr;
	unsigned bytes;
	unsigned kinds; /* STORE, LOAD, or both */
};

static unsigned bits(uint32_t insn, unsigned at, unsigned n)
{
	return insn >> at & ((1u << n) - 1);
}

static uintptr_t reg(const struct riscv_regs *r, unsigned n)
{
	return n ? r->r[n - 1] : 0;
}

static bool long_access(const struct riscv_regs *r, uint32_t insn, struct access *a)
{
	enum {
		OP_LOAD = 0x03,
		OP_LOAD_FP = 0x07,
		OP_STORE = 0x23,
		OP_STORE_FP = 0x27,
		OP_AMO = 0x2f
	};
	intptr_t offset = 0;

	switch (insn & 0x7f) {
	case OP_LOAD:
	case OP_LOAD_FP:
		a->kinds = LOAD;
		offset = (int32_t)insn >> 20;
		break;
	case OP_STORE:
	case OP_STORE_FP:
		a->kinds = STORE;
		offset = ((int32_t)insn >> 25) * 32 + (int32_t)bits(insn, 7, 5);
		break;
	case OP_AMO:
		a->kinds = LOAD | STORE;
		break;
	default:
		return false;
	}
	a->addr = reg(r, bits(insn, 15, 5)) + (uintptr_t)offset;
	a->bytes = 1u << bits(insn, 12, 2);
	return true;
}

/* C.LW, C.SWSP and the like. funct3: 1 and 5 double words, 2 and 6 words, 3 and 7 either, by XLEN;
 * from 4 on stores. */
static bool short_access(const struct riscv_regs *r, uint32_t insn, struct access *a)
{
	unsigned funct3 = bits(insn, 13, 3), quadrant = bits(insn, 0, 2), offset;
	bool wide = (funct3 & 3) == 1 || ((funct3 & 3) == 3 && RISCV_WORD == 8), store = funct3 > 4;

	if (quadrant == 1 || !(funct3 & 3))
		return false;
	if (quadrant == 0)
		offset = bits(insn, 10, 3) << 3 |
		         (wide ? bits(insn, 5, 2) << 6
		               : bits(insn, 6, 1) << 2 | bits(insn, 5, 1) << 6);
	else if (store)
		offset = wide ? bits(insn, 10, 3) << 3 | bits(insn, 7, 3) << 6
		              : bits(insn, 9, 4) << 2 | bits(insn, 7, 2) << 6;
	else
		offset = bits(insn, 12, 1) << 5 |
		         (wide ? bits(insn, 5, 2) << 3 | bits(insn, 2, 3) << 6
		               : bits(insn, 4, 3) << 2 | bits(insn, 2, 2) << 6);
	a->addr = (quadrant ? r->sp : reg(r, 8 + bits(insn, 7, 3))) + offset;
	a->bytes = wide ? 8 : 4;
	a->kinds = store ? STORE : LOAD;
	return true;
}

static bool access_of(const struct riscv_regs *r, struct access *a)
{
	const uint16_t *at = (const uint16_t *)r->pc;

	return (at[0] & 3) == 3 ? long_access(r, at[0] | (uint32_t)at[1] << 16, a)
	                        : short_access(r, at[0], a);
}

bool tl_arch_watched(const struct tl_regs *regs, enum tl_watch *kind, uintptr_t *addr)
{
	const struct riscv_regs *r = (const struct riscv_regs *)(const void *)regs;
	bool any = false;
	struct access a;

	for (unsigned n = 0; n < MOST; n++)
		any |= watches[n].kind;
	if (!any || held || riscv_last_mcause != MCAUSE_BREAKPOINT || tl_arch_at_breakpoint(regs) ||
	    !access_of(r, &a))
		return false;
	*kind = TL_WATCH_NONE;
	for (unsigned n = 0; n < MOST; n++)
		if (watches[n].kind && a.kinds & accesses[watches[n].kind] &&
		    a.addr - watches[n].addr + a.bytes - 1 < watches[n].bytes + a.bytes - 1u) {
			*addr = watches[n].addr;
			*kind = (enum tl_watch)watches[n].kind;
		}
	return true;
}
