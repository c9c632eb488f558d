/* SPDX-License-Identifier: MIT */
/*
 * A call to the supervisor where it stands: Armv7-M and Armv8-M. The trap's own frame gets the PC
 * behind the SVC, and SVCall is made pending: so the trap returns into its handler, which finds the
 * frame that the instruction would have left. An interrupt that comes meanwhile goes first or not,
 * as one that arrives late.
 *
 * That holds where the SVC would be taken at once. Where it would not, a real one is a HardFault:
 * then it runs in its slot.
 *
 * Follows DDI 0403E B1.5.4 (priorities), B3.2.4 (ICSR), B3.2.6 (AIRCR), B3.2.10 to B3.2.13 (SHPRn,
 * SHCSR), B3.4.9 (NVIC_IPRn); DDI 0553 D1.2.95 for EXC_RETURN.
 */
#include "arch.h"
#include "thumb.h"
#include "thumb_target.h"

#define ICSR            0xe000ed04u
#define ICSR_RETTOBASE  0x00000800u /* in an exception handler: no other is active */
#define AIRCR           0xe000ed0cu
#define SHPR            0xe000ed18u /* a byte each, from exception 4 on */
#define SHCSR           0xe000ed24u
#define SHCSR_SVCPENDED 0x00008000u
#define NVIC_IPR        0xe000e400u /* from exception 16 on */

enum { SVCALL = 11, LOWEST = 0x100 };

/* What preempts: of a priority, the bits above the binary point. */
static uint32_t group(uint32_t priority)
{
	uint32_t point = THUMB_REG32(AIRCR) >> 8 & 7;

	return priority & ~((2u << point) - 1);
}

static uint32_t priority_of(uint32_t exception)
{
	uint32_t at = exception < THUMB_VECTORS ? SHPR - 4 + exception
	                                        : NVIC_IPR - THUMB_VECTORS + exception;

	return group(*(volatile uint8_t *)at);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The priority that the interrupted context runs at, LOWEST: none. In a trap, masks as the context
 * has them. */
static uint32_t running_priority(const struct thumb_regs *r)
{
	uint32_t exception = r->xpsr & THUMB_XPSR_IPSR, primask, basepri, faultmask,
	         priority = LOWEST;

	__asm volatile("mrs %0, primask\n\tmrs %1, basepri\n\tmrs %2, faultmask"
	               : "=r"(primask), "=r"(basepri), "=r"(faultmask));
	if (primask || faultmask || (exception && exception < THUMB_MEMMANAGE))
		return 0;
	if (exception)
		priority = priority_of(exception);
	else if (!(THUMB_REG32(ICSR) & ICSR_RETTOBASE))
		return 0; /* a thread within a handler (CCR.NONBASETHRDENA): whose priority it has
		             is not asked */
	return basepri ? least(priority, group(basepri)) : priority;
}

/* Armv8-M: a Non-secure context has an SVCall of its own, with priorities of its own. */
static bool of_other_state(const struct thumb_regs *r)
{
	enum { ES = 1, S = 0x40 };

	return (r->exc_return & (ES | S)) == ES;
}

bool tl_arch_call(struct tl_regs *regs, const struct tl_insn *insn)
{
	struct thumb_regs *r = thumb_regs(regs);

	if (of_other_state(r) || priority_of(SVCALL) >= running_priority(r))
		return false;
	thumb_pass(insn, regs);
	THUMB_REG32(SHCSR) |= SHCSR_SVCPENDED;
	return true;
}
