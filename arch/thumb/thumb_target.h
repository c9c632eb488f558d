/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M's system registers, as far as the target half uses them. Follows DDI 0403E B3.2 and
 * C1.6.
 */
#ifndef THUMB_TARGET_H
#define THUMB_TARGET_H

#include "arch.h"
#include "frame.h"
#include "thumb.h"
#include "tl_config.h"

#define THUMB_REG32(addr) (*(volatile uint32_t *)(addr))

#define THUMB_CCR              0xe000ed14u
#define THUMB_CCR_STKALIGN     0x00000200u
#define THUMB_MPU_CTRL         0xe000ed94u
#define THUMB_MPU_ON           3           /* ENABLE, HFNMIENA: in HardFault, too */
#define THUMB_SHPR3            0xe000ed20u /* byte 0: priority of DebugMonitor */
#define THUMB_CFSR             0xe000ed28u /* write 1 to clear */
#define THUMB_CFSR_MEM         0x000000ffu
#define THUMB_CFSR_BUS         0x0000ff00u
#define THUMB_CFSR_USAGE       0xffff0000u
/* INVPC, INVSTATE, STKERR, IBUSERR, MSTKERR, IACCVIOL */
#define THUMB_CFSR_NOT_FETCHED 0x00061111u
#define THUMB_DHCSR            0xe000edf0u /* halting debug */
#define THUMB_DEMCR            0xe000edfcu
#define THUMB_VTOR             0xe000ed08u /* where Armv6-M has none it reads as 0 */
#define THUMB_DEMCR_MON_EN     0x00010000u

#define THUMB_CONTROL_NPRIV  1u
#define THUMB_CONTROL_SPSEL  2u
#define THUMB_EXC_RETURN_MIN 0xff000000u

#define THUMB_GDB_BREAKPOINT 0xde01u /* udf 1, which stock GDB writes itself */

enum thumb_exception {
	THUMB_NMI = 2,
	THUMB_HARDFAULT = 3,
	THUMB_MEMMANAGE = 4,
	THUMB_BUSFAULT = 5,
	THUMB_USAGEFAULT = 6,
	THUMB_DEBUGMON = 12,
	THUMB_VECTORS = 16,
};

static inline uint32_t thumb_ipsr(void)
{
	uint32_t v;

	__asm volatile("mrs %0, ipsr" : "=r"(v));
	return v;
}

/* stubs.S */
int thumb_load(uintptr_t addr, unsigned bytes, uintptr_t *to);
int thumb_store(uintptr_t addr, unsigned bytes, uintptr_t value);

/* fault.c, or fault_v6m.c */
void thumb_take_breakpoints(void); /* once, from tl_arch_init() */
/* for entry.S: tl_trap(), when a trap may be no breakpoint */
bool thumb_examine(struct tl_regs *regs);
/* the same, where there is no frame to take registers from */
void (*thumb_no_frame(struct tl_regs *regs))(void);

/* trap.c, for entry.S */
void (*thumb_chained(void))(void); /* the handler that a trap not ours goes on to */
uint64_t thumb_frame_for(const struct thumb_regs *r); /* where the frame belongs; bits 63:32: its
                                                         padding, in words */
/* the FP registers of r's frame to another frame */
void thumb_move_fp(uint32_t frame, const struct thumb_regs *r);
extern uint32_t thumb_msplim; /* Armv8-M: MSPLIM once MSP has moved back; 0: as it is */

/* patch.c: the fault of a fault-safe access: resumes where it reports failure. False: it was not
 * one. */
bool thumb_access_fixup(struct thumb_regs *regs);
/* A register that need not be there: then it reads as 0. In a trap only what has been there before,
 * or what the trap itself came from: a fault would be fatal. */
uint32_t thumb_register(uint32_t addr);
void thumb_set_register(uint32_t addr, uint32_t value);

/* comparator.c: does a comparator trap at that address? Any context. */
#if TL_COMPARATORS && !defined __ARM_ARCH_6M__
bool thumb_compared(uint32_t pc);
void thumb_init_comparators(void); /* once, from tl_arch_init() */
#else
static inline bool thumb_compared(uint32_t pc)
{
	(void)pc;
	return false;
}
static inline void thumb_init_comparators(void)
{
}
#endif

#endif
