/* SPDX-License-Identifier: MIT */
/*
 * RISC-V watchpoints, by the core's triggers: before the access.
 */
#include "debug.h"
#include "error.h"
#include "riscv_target.h"
#include "trapline.h"
#include "trigger.h"

TL_RAM(".bss");

enum { MCAUSE_BREAKPOINT = 3 };

static bool held;

/* Both ways; what an instruction fetch is, is no watchpoint's. */
static const uint8_t accesses[] = {[TL_WATCH_WRITE] = RISCV_STORE,
                                   [TL_WATCH_READ] = RISCV_LOAD,
                                   [TL_WATCH_ACCESS] = RISCV_LOAD | RISCV_STORE};
static const uint8_t kinds[RISCV_EXECUTE + 1] = {[RISCV_STORE] = TL_WATCH_WRITE,
                                                 [RISCV_LOAD] = TL_WATCH_READ,
                                                 [RISCV_LOAD | RISCV_STORE] = TL_WATCH_ACCESS};

static enum tl_watch kind_of(const struct riscv_trigger *t)
{
	return (enum tl_watch)kinds[t->accesses];
}

int tl_arch_watch(enum tl_watch kind, uintptr_t addr, unsigned bytes)
{
	struct riscv_trigger *t;
	int err;

	if (!bytes || bytes > RISCV_WORD || addr & (bytes - 1))
		return -TL_EINVAL;
	t = riscv_take_trigger(addr, accesses[kind], &err);
	if (!t)
		return err;
	t->bytes = (uint8_t)bytes;
	t->held = held;
	riscv_set_trigger(t);
	return 0;
}

void tl_arch_unwatch(enum tl_watch kind, uintptr_t addr)
{
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++) {
		struct riscv_trigger *t = &riscv_triggers[n];

		if (kind_of(t) &&
		    (kind == TL_WATCH_NONE || (kind_of(t) == kind && t->addr == addr))) {
			t->accesses = 0;
			riscv_set_trigger(t);
		}
	}
}

void tl_arch_watch_hold(bool hold)
{
	held = hold;
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++)
		if (kind_of(&riscv_triggers[n])) {
			riscv_triggers[n].held = hold;
			riscv_set_trigger(&riscv_triggers[n]);
		}
}

/* ---- which access it was: cores need not say (mtval may be 0), and may watch more bytes than they
 * were asked to ---- */

struct access {
	uintptr_t addr;
	unsigned bytes;
	unsigned kinds; /* RISCV_STORE, RISCV_LOAD, or both */
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
		a->kinds = RISCV_LOAD;
		offset = (int32_t)insn >> 20;
		break;
	case OP_STORE:
	case OP_STORE_FP:
		a->kinds = RISCV_STORE;
		offset = ((int32_t)insn >> 25) * 32 + (int32_t)bits(insn, 7, 5);
		break;
	case OP_AMO:
		a->kinds = RISCV_LOAD | RISCV_STORE;
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
	a->kinds = store ? RISCV_STORE : RISCV_LOAD;
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

	for (unsigned n = 0; n < RISCV_TRIGGERS; n++)
		any |= kind_of(&riscv_triggers[n]) != TL_WATCH_NONE;
	if (!any || held || riscv_last_mcause != MCAUSE_BREAKPOINT || tl_arch_at_breakpoint(regs) ||
	    !access_of(r, &a))
		return false;
	*kind = TL_WATCH_NONE;
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++) {
		const struct riscv_trigger *w = &riscv_triggers[n];

		if (a.kinds & w->accesses &&
		    a.addr - w->addr + a.bytes - 1 < w->bytes + a.bytes - 1u) {
			*addr = w->addr;
			*kind = kind_of(w);
		}
	}
	return true;
}
