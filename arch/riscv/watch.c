/* SPDX-License-Identifier: MIT */
/*
 * RISC-V watchpoints, by the core's triggers: before the access.
 */
#include "error.h"
#include "riscv_target.h"
#include "trapline.h"
#include "trigger.h"
#include "watchpoint.h"

TL_RAM(".bss");

#if TL_GDB && !TL_WATCHES
#error "TL_GDB needs TL_WATCHES, at least 1, on RISC-V"
#endif

enum { BREAKPOINT = 3 };

static bool held;

/* Both ways; what an instruction fetch is, is no watchpoint's. */
static const uint8_t accesses[] = {[TL_ACCESS_WRITE] = RISCV_STORE,
                                   [TL_ACCESS_READ] = RISCV_LOAD,
                                   [TL_ACCESS_ANY] = RISCV_LOAD | RISCV_STORE};
static const uint8_t kinds[RISCV_EXECUTE + 1] = {[RISCV_STORE] = TL_ACCESS_WRITE,
                                                 [RISCV_LOAD] = TL_ACCESS_READ,
                                                 [RISCV_LOAD | RISCV_STORE] = TL_ACCESS_ANY};

static enum tl_access kind_of(const struct riscv_trigger *t)
{
	return (enum tl_access)kinds[t->accesses];
}

static int watch(enum tl_access kind, uintptr_t addr, unsigned bytes, bool of_gdb)
{
	struct riscv_trigger *t;
	int err;

	if (!bytes || bytes > RISCV_WORD || addr & (bytes - 1) || bytes & (bytes - 1))
		return -TL_EINVAL;
	t = riscv_take_trigger(addr, accesses[kind], &err);
	if (!t)
		return err;
	t->bytes = (uint8_t)bytes;
	t->of_gdb = of_gdb;
	t->held = held;
	riscv_set_trigger(t);
	return 0;
}

int tl_arch_watch(enum tl_access kind, uintptr_t addr, unsigned bytes)
{
	return watch(kind, addr, bytes, true);
}

void tl_arch_unwatch(enum tl_access kind, uintptr_t addr)
{
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++) {
		struct riscv_trigger *t = &riscv_triggers[n];

		if (kind_of(t) && t->of_gdb &&
		    (kind == TL_ACCESS_NONE || (kind_of(t) == kind && t->addr == addr))) {
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

#if TL_WATCHES
static struct riscv_trigger *of_probe(enum tl_access kind, uintptr_t addr, unsigned bytes)
{
	for (struct riscv_trigger *t = riscv_triggers; t < riscv_triggers + RISCV_TRIGGERS; t++)
		if (kind_of(t) == kind && !t->of_gdb && t->addr == addr && t->bytes == bytes)
			return t;
	return 0;
}

int tl_arch_watch_data(enum tl_access kind, uintptr_t addr, unsigned bytes, enum tl_compare how)
{
	struct riscv_trigger *t = of_probe(kind, addr, bytes);
	int err = t || how == TL_COMPARE_OFF ? 0 : watch(kind, addr, bytes, false);

	t = err ? 0 : of_probe(kind, addr, bytes);
	if (!t)
		return err;
	t->rests = how == TL_COMPARE_HELD;
	if (how == TL_COMPARE_OFF)
		t->accesses = 0;
	riscv_set_trigger(t);
	return 0;
}

bool tl_arch_watching(void)
{
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++)
		if (kind_of(&riscv_triggers[n]))
			return true;
	return false;
}

bool tl_arch_excused(struct tl_regs *regs)
{
	return riscv_access_fixup(riscv_regs(regs));
}
#endif

/* ---- which access it was: cores need not say (mtval may be 0), and may watch more bytes than they
 * were asked to ---- */

static unsigned bits(uint32_t insn, unsigned at, unsigned n)
{
	return insn >> at & ((1u << n) - 1);
}

static uintptr_t reg(const struct riscv_regs *r, unsigned n)
{
	return n ? r->r[n - 1] : 0;
}

static bool long_access(const struct riscv_regs *r, uint32_t insn, struct tl_accessed *a)
{
	enum {
		OP_LOAD = 0x03,
		OP_LOAD_FP = 0x07,
		OP_STORE = 0x23,
		OP_STORE_FP = 0x27,
		OP_AMO = 0x2f
	};
	enum { LR = 2, SC = 3 };
	intptr_t offset = 0;

	switch (insn & 0x7f) {
	case OP_LOAD:
	case OP_LOAD_FP:
		a->kind = TL_ACCESS_READ;
		offset = (int32_t)insn >> 20;
		break;
	case OP_STORE:
	case OP_STORE_FP:
		a->kind = TL_ACCESS_WRITE;
		offset = ((int32_t)insn >> 25) * 32 + (int32_t)bits(insn, 7, 5);
		break;
	case OP_AMO:
		a->exclusive = bits(insn, 27, 5) == LR || bits(insn, 27, 5) == SC;
		a->kind = !a->exclusive             ? TL_ACCESS_ANY
		          : bits(insn, 27, 5) == LR ? TL_ACCESS_READ
		                                    : TL_ACCESS_WRITE;
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
static bool short_access(const struct riscv_regs *r, uint32_t insn, struct tl_accessed *a)
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
	a->kind = store ? TL_ACCESS_WRITE : TL_ACCESS_READ;
	return true;
}

static void access_of(const struct riscv_regs *r, struct tl_accessed *a)
{
	const uint16_t *at = (const uint16_t *)r->pc;
	bool is_long = (at[0] & 3) == 3;

	*a = (struct tl_accessed){.insn = {.verdict = TL_SLOT,
	                                   .len = is_long ? 4 : 2,
	                                   .bits = at[0] | (is_long ? (uint32_t)at[1] << 16 : 0)}};
	if (!(is_long ? long_access(r, a->insn.bits, a) : short_access(r, a->insn.bits, a)))
		a->kind = TL_ACCESS_NONE;
}

/* Has somebody a trigger that may have trapped? */
static bool any(bool of_gdb_only)
{
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++)
		if (kind_of(&riscv_triggers[n]) && (!of_gdb_only || riscv_triggers[n].of_gdb))
			return true;
	return false;
}

bool tl_arch_accessed(const struct tl_regs *regs, struct tl_accessed *a)
{
	if (!any(false) || riscv_last_cause != BREAKPOINT || tl_arch_at_breakpoint(regs))
		return false;
	access_of((const struct riscv_regs *)(const void *)regs, a);
	return true;
}

bool tl_arch_watched(const struct tl_regs *regs, enum tl_access *kind, uintptr_t *addr)
{
	struct tl_accessed a;

	if (!any(true) || !tl_arch_accessed(regs, &a))
		return false;
	*kind = TL_ACCESS_NONE;
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++) {
		const struct riscv_trigger *w = &riscv_triggers[n];

		if (kind_of(w) && w->of_gdb && tl_accesses(&a, kind_of(w), w->addr, w->bytes)) {
			*addr = w->addr;
			*kind = kind_of(w);
		}
	}
	return true;
}

#if TL_WATCHES
/* In user mode the status's xIE keeps nothing out: the register xie does everywhere. */
void tl_arch_keep_out(bool out)
{
	static uintptr_t enabled;

	if (out)
		__asm volatile("csrrw %0, " CSR(XIE) ", zero" : "=r"(enabled));
	else
		__asm volatile("csrw " CSR(XIE) ", %0" ::"r"(enabled));
}
#endif
