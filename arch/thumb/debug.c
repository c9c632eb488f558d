/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M for GDB: registers besides those of a snapshot, and what is wrong with a fault.
 * Follows DDI 0403E B1.4 (registers), B3.2.15 (UFSR), B3.2.20 (CPACR), and GDB's features
 * org.gnu.gdb.arm.m-system and .vfp.
 */
#include "debug.h"
#include "arch.h"
#include "error.h"
#include "thumb.h"
#include "thumb_target.h"
#include "trapline.h"
#include "watchpoint.h"

enum { MSP = 32, PSP, PRIMASK, BASEPRI, FAULTMASK, CONTROL, D0 = 48, FPSCR = 64 };

static const struct tl_system_reg system_regs[] = {
        {"msp", "data_ptr", MSP, 32},
        {"psp", "data_ptr", PSP, 32},
        {"primask", 0, PRIMASK, 32},
#ifdef __ARM_ARCH_6M__
        {"control", 0, CONTROL, 32},
#else
        {"basepri", 0, BASEPRI, 32},  {"faultmask", 0, FAULTMASK, 32}, {"control", 0, CONTROL, 32},
#endif
};

#if THUMB_FP
#define D(n)                                                                                       \
	{                                                                                          \
		"d" #n, "ieee_double", D0 + (n), 64                                                \
	}
static const struct tl_system_reg fp_regs[] = {
        D(0),
        D(1),
        D(2),
        D(3),
        D(4),
        D(5),
        D(6),
        D(7),
        D(8),
        D(9),
        D(10),
        D(11),
        D(12),
        D(13),
        D(14),
        D(15),
        {"fpscr", "int", FPSCR, 32},
};
#endif

const struct tl_reg_feature tl_arch_features[] = {
        {"org.gnu.gdb.arm.m-system", system_regs, sizeof system_regs / sizeof system_regs[0], false,
         2},
#if THUMB_FP
        {"org.gnu.gdb.arm.vfp", fp_regs, sizeof fp_regs / sizeof fp_regs[0], true, 0},
#endif
        {0, 0, 0, false, 0},
};

/* ---- FP registers ---- */

#if THUMB_FP
#define CPACR     0xe000ed88u
#define CPACR_FPU 0x00f00000u

/* One of the registers in the core, moved through memory. */
#define MOVE(n)                                                                                    \
	case n:                                                                                    \
		if (write)                                                                         \
			__asm volatile(".fpu fpv4-sp-d16\n\tvldr d" #n ", [%0]" ::"r"(value)       \
			               : "memory");                                                \
		else                                                                               \
			__asm volatile(".fpu fpv4-sp-d16\n\tvstr d" #n ", [%0]" ::"r"(value)       \
			               : "memory");                                                \
		break;

static int in_core(unsigned n, uint64_t *value, bool write)
{
	uint32_t *word = (uint32_t *)value;

	switch (n) {
		MOVE(0)
		MOVE(1)
		MOVE(2)
		MOVE(3)
		MOVE(4)
		MOVE(5)
		MOVE(6)
		MOVE(7)
		MOVE(8)
		MOVE(9)
		MOVE(10)
		MOVE(11)
		MOVE(12)
		MOVE(13)
		MOVE(14)
		MOVE(15)
	default:
		if (write)
			__asm volatile(".fpu fpv4-sp-d16\n\tvmsr fpscr, %0" ::"r"(*word));
		else
			__asm volatile(".fpu fpv4-sp-d16\n\tvmrs %0, fpscr" : "=r"(*word));
	}
	return 0;
}

/* d0-d7 and FPSCR are in the frame where they are live, once any FP instruction has had the core
 * store them there; with FPCCR.TS, d8-d15 follow them. The rest is in the core. */
static int fp_reg(const struct thumb_regs *r, unsigned n, uint64_t *value, bool write)
{
	bool live = !(r->exc_return & THUMB_EXC_RETURN_BASIC);
	uint32_t *frame = (uint32_t *)(r->frame + THUMB_FRAME), *word = (uint32_t *)value;
	unsigned words = n == FPSCR ? 1 : 2;

	if ((THUMB_REG32(CPACR) & CPACR_FPU) != CPACR_FPU)
		return -1;
	if (!live || (n >= D0 + 8 && n != FPSCR))
		return in_core(n - D0, value, write);
	if (!write)
		__asm volatile(".inst.w 0xeef11a10" ::: "r1", "memory"); /* vmrs r1, fpscr */
	frame += n == FPSCR ? 16 : 2 * (n - D0);
	for (unsigned i = 0; i < words; i++) {
		if (write)
			frame[i] = word[i];
		else
			word[i] = frame[i];
	}
	return 0;
}
#endif

/* ---- system registers ---- */

#define READ(name, to)    __asm volatile("mrs %0, " #name : "=r"(to))
#define WRITE(name, from) __asm volatile("msr " #name ", %0" ::"r"(from) : "memory")

/* MSP beside a PSP in use: a trap has its own registers on it, at `r`. */
static uint32_t other_msp(const struct thumb_regs *r)
{
	uint32_t msp;

	READ(msp, msp);
	return thumb_ipsr() ? (uint32_t)r + THUMB_REGS + THUMB_RESERVE : msp;
}

/*
 * Of the halted context. Its own stack pointer and CONTROL are among the saved registers, PRIMASK
 * is what the lock returned; the rest is as it was.
 */
static bool system_word(struct thumb_regs *r, uintptr_t *lock, unsigned n, uint32_t *v, bool write)
{
	bool psp = r->exc_return & THUMB_EXC_RETURN_PSP;

	if ((n == MSP && !psp) || (n == PSP && psp)) {
		if (write)
			r->sp = *v;
		else
			*v = r->sp;
		return true;
	}
	switch (n) {
	case MSP:
		if (write)
			WRITE(msp, *v);
		else
			*v = other_msp(r);
		return true;
	case PSP:
		if (write)
			WRITE(psp, *v);
		else
			READ(psp, *v);
		return true;
	case PRIMASK:
		if (write)
			*lock = *v & 1;
		else
			*v = (uint32_t)*lock;
		return true;
	case CONTROL:
		if (write)
			r->control = *v;
		else
			*v = r->control;
		return true;
#ifndef __ARM_ARCH_6M__
	case BASEPRI:
		if (write)
			WRITE(basepri, *v);
		else
			READ(basepri, *v);
		return true;
	case FAULTMASK:
		if (write)
			return !*v; /* it would lock up at the next breakpoint */
		READ(faultmask, *v);
		return true;
#endif
	}
	return false;
}

int tl_arch_system_reg(struct tl_regs *regs, uintptr_t *lock, unsigned gdb, uint64_t *value,
                       bool write)
{
	uint32_t word = (uint32_t)*value;

#if THUMB_FP
	if (gdb >= D0)
		return fp_reg(thumb_regs(regs), gdb, value, write);
#endif
	if (!system_word(thumb_regs(regs), lock, gdb, &word, write))
		return -1;
	*value = word;
	return 0;
}

/* A context that has not used FP since it began has no FP registers, as long as the core keeps
 * count of that (FPCCR.ASPEN). CONTROL is not saved in a trap, and PRIMASK may be the agent's. */
int tl_arch_context_reg(const struct tl_regs *regs, unsigned gdb, uint64_t *value)
{
	uintptr_t lock = 0;

#if THUMB_FP
	if (gdb >= D0 && ((const struct thumb_regs *)regs)->exc_return & THUMB_EXC_RETURN_BASIC &&
	    THUMB_REG32(THUMB_FPCCR) & THUMB_FPCCR_ASPEN)
		return -1;
#endif
	if (gdb == CONTROL || gdb == PRIMASK)
		return -1;
	return tl_arch_system_reg((struct tl_regs *)regs, &lock, gdb, value, false);
}

uintptr_t tl_arch_goes_to(const struct tl_regs *regs)
{
	const struct thumb_regs *r = (const struct thumb_regs *)regs;
	uint32_t frame = r->sp;
	uintptr_t pc;

	if (!(r->xpsr & THUMB_XPSR_IPSR) || r->pc < THUMB_EXC_RETURN_MIN)
		return r->pc;
	if (r->pc & THUMB_EXC_RETURN_PSP)
		READ(psp, frame);
	return thumb_load(frame + THUMB_FRAME_PC, 4, &pc) ? r->pc : pc;
}

/*
 * A handler keeps its EXC_RETURN where its own stack begins, directly below the frame of what it
 * has interrupted (but for thread code on PSP). Older ones may be left on the stack, in room that
 * nobody has written since: so each of them is told of.
 */
void tl_arch_interrupted(void (*see)(uintptr_t pc))
{
	enum { WORDS = 96, XPSR = THUMB_FRAME - 4, EXC_RETURN_REST = 0xffffff };
	uint32_t sp = (uint32_t)__builtin_frame_address(0) & ~3u, frame;
	uintptr_t word, pc, xpsr;

	for (uint32_t end = sp + 4 * WORDS; thumb_ipsr() && sp < end && !thumb_load(sp, 4, &word);
	     sp += 4) {
		if (word >> 8 != EXC_RETURN_REST || !(word & 1))
			continue;
		frame = sp + 4;
		if (word & THUMB_EXC_RETURN_PSP)
			READ(psp, frame);
		if (!thumb_load(frame + XPSR, 4, &xpsr) && xpsr & THUMB_XPSR_T &&
		    !thumb_load(frame + THUMB_FRAME_PC, 4, &pc))
			see(pc & ~(uintptr_t)1);
	}
}

/* An exception's handler would go on at its priority: nothing but a return ends that. */
uintptr_t tl_arch_entry(const struct tl_regs *regs)
{
	const struct thumb_regs *r = (const struct thumb_regs *)regs;
	uintptr_t reset;

	if (r->xpsr & THUMB_XPSR_IPSR || thumb_load(THUMB_REG32(THUMB_VTOR) + 4, 4, &reset))
		return 0;
	return reset & ~(uintptr_t)1;
}

enum tl_signal tl_arch_signal(const struct tl_regs *regs, unsigned cause)
{
	enum { UNALIGNED = 1 << 24, DIVBYZERO = 1 << 25 };

	(void)regs;
	switch (cause) {
	case TL_CAUSE_BUS:
		return TL_SIGNAL_BUS;
	case TL_CAUSE_USAGE:
#ifndef __ARM_ARCH_6M__
		if (THUMB_REG32(THUMB_CFSR) & DIVBYZERO)
			return TL_SIGNAL_FPE;
		if (THUMB_REG32(THUMB_CFSR) & UNALIGNED)
			return TL_SIGNAL_BUS;
#endif
		return TL_SIGNAL_ILL;
	default:
		return TL_SIGNAL_SEGV;
	}
}

/* ---- watchpoints: the DWT would do it, which QEMU does not have, so that nothing shows that it
 * works ---- */

int tl_arch_watch(enum tl_access kind, uintptr_t addr, unsigned bytes)
{
	(void)kind, (void)addr, (void)bytes;
	return -TL_ENOSUP;
}

void tl_arch_unwatch(enum tl_access kind, uintptr_t addr)
{
	(void)kind, (void)addr;
}

void tl_arch_watch_hold(bool hold)
{
	(void)hold;
}

bool tl_arch_watched(const struct tl_regs *regs, enum tl_access *kind, uintptr_t *addr)
{
	(void)regs, (void)kind, (void)addr;
	return false;
}
