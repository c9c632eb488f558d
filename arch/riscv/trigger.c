/* SPDX-License-Identifier: MIT */
/*
 * RISC-V triggers: mcontrol, which traps to machine mode before the access, or before the
 * instruction runs. Follows the RISC-V External Debug Support specification 0.13.2, 5.2 (tselect,
 * tdata1, tdata2, mcontrol).
 *
 * Nothing is assumed of the core: a trigger is there if it can be selected and takes the type.
 * Those that a debugger has made its own (dmode) are left alone.
 */
#include "trigger.h"

#include "error.h"
#include "riscv_target.h"
#include "tl_config.h"

TL_RAM(".bss");

#define TYPE_MCONTROL ((uintptr_t)2 << (8 * RISCV_WORD - 4))
#define TYPE_MASK     ((uintptr_t)15 << (8 * RISCV_WORD - 4))
#define DMODE         ((uintptr_t)1 << (8 * RISCV_WORD - 5))
#define MODES         0x58u /* machine, supervisor, user */
#define ACCESSES      (RISCV_LOAD | RISCV_STORE | RISCV_EXECUTE)
#define MACHINE       0x40u
#define MATCH         0x780u     /* 0: the address is equal */
#define NAPOT         0x80u      /* it is one of a power of two bytes */
#define TIMING        (1u << 18) /* the trap comes after the access */

struct riscv_trigger riscv_triggers[RISCV_TRIGGERS];

/* Of the one that is selected. */
static uintptr_t control(void)
{
	uintptr_t v;

	__asm volatile("csrr %0, tdata1" : "=r"(v));
	return v;
}

/* Writes the one that is selected: does it take all of that? */
static bool takes(unsigned how, uintptr_t data)
{
	uintptr_t mask = TYPE_MASK | MATCH | ACCESSES | TIMING | (how ? MACHINE : 0);

	__asm volatile("csrw tdata1, zero\n\tcsrw tdata2, %0" ::"r"(data));
	__asm volatile("csrw tdata1, %0" ::"r"(TYPE_MCONTROL | how));
	return ((control() ^ (TYPE_MCONTROL | how)) & mask) == 0;
}

/* Writes the one that is selected, or turns it off; does it take that? Of several bytes it compares
 * all addresses, if it can, else that of the first. */
static bool write_selected(unsigned accesses, uintptr_t addr, unsigned bytes)
{
	unsigned how = accesses ? MODES | accesses : 0;

	return (how && bytes > 1 && takes(how | NAPOT, addr | (bytes / 2 - 1))) || takes(how, addr);
}

/* Off, those that were on before: a jump to where firmware starts resets no trigger. */
void riscv_init_triggers(void)
{
	for (unsigned n = 0; n < RISCV_TRIGGERS && !riscv_select_trigger(n); n++)
		if ((control() & (TYPE_MASK | DMODE)) == TYPE_MCONTROL)
			write_selected(0, 0, 0);
}

enum found { NONE, TAKEN, OTHER, FITS };

/* Is trigger `n` there, a debugger's, of another kind, or one that can compare such accesses? It is
 * in nobody's use here, and stays off. */
static enum found look(unsigned n, unsigned accesses)
{
	bool fits;

	if (riscv_select_trigger(n))
		return NONE;
	if (control() & DMODE)
		return TAKEN;
	fits = write_selected(accesses, 0, 0);
	write_selected(0, 0, 0);
	return fits ? FITS : OTHER;
}

void riscv_set_trigger(const struct riscv_trigger *t)
{
	uintptr_t lock = tl_arch_lock();

	if (!riscv_select_trigger((uintptr_t)(t - riscv_triggers)))
		write_selected(t->held || t->rests ? 0 : t->accesses, t->addr, t->bytes);
	tl_arch_unlock(lock);
}

/* A free one; NULL: there is none, as *err says. */
static struct riscv_trigger *find_free(unsigned accesses, int *err)
{
	*err = -TL_ENOSUP;
	for (unsigned n = 0; n < RISCV_TRIGGERS; n++) {
		enum found found = riscv_triggers[n].accesses ? OTHER : look(n, accesses);

		if (found == NONE)
			break;
		if (found == FITS)
			return &riscv_triggers[n];
		if (found == TAKEN && *err == -TL_ENOSUP)
			*err = -TL_EBUSY;
		if (riscv_triggers[n].accesses)
			*err = -TL_EFULL;
	}
	return 0;
}

struct riscv_trigger *riscv_take_trigger(uintptr_t addr, unsigned accesses, int *err)
{
	uintptr_t lock = tl_arch_lock();
	struct riscv_trigger *t = find_free(accesses, err);

	if (t) {
		*t = (struct riscv_trigger){.addr = addr, .accesses = (uint8_t)accesses};
		riscv_set_trigger(t);
	}
	tl_arch_unlock(lock);
	return t;
}

/* ---- comparators of points ---- */

#if TL_COMPARATORS
static struct riscv_trigger *of_point(uintptr_t addr)
{
	for (struct riscv_trigger *t = riscv_triggers; t < riscv_triggers + RISCV_TRIGGERS; t++)
		if (t->accesses == RISCV_EXECUTE && t->addr == addr)
			return t;
	return 0;
}

int tl_arch_compare(uintptr_t addr, enum tl_compare how)
{
	struct riscv_trigger *t = of_point(addr);
	int err = 0;

	if (!t && how == TL_COMPARE_ON)
		return riscv_take_trigger(addr, RISCV_EXECUTE, &err) ? 0 : err;
	if (!t && how == TL_COMPARE_TRY)
		return find_free(RISCV_EXECUTE, &err) ? 0 : err;
	if (!t || how == TL_COMPARE_TRY)
		return 0;
	t->held = how == TL_COMPARE_HELD;
	if (how == TL_COMPARE_OFF)
		t->accesses = 0;
	riscv_set_trigger(t);
	return 0;
}

bool tl_arch_left_over(const struct tl_regs *regs)
{
	(void)regs; /* riscv_init_triggers() has seen to them */
	return false;
}

struct tl_comparators tl_arch_comparators(void)
{
	struct tl_comparators c = {0};
	uintptr_t lock = tl_arch_lock();

	for (unsigned n = 0; n < RISCV_TRIGGERS; n++) {
		bool used = riscv_triggers[n].accesses;
		enum found found = used ? FITS : look(n, RISCV_EXECUTE);

		if (found == NONE)
			break;
		c.count += found == FITS;
		c.used += used;
		c.taken |= found == TAKEN;
	}
	tl_arch_unlock(lock);
	return c;
}
#endif
