/* SPDX-License-Identifier: MIT */
/*
 * The firmware's own fault handler on Cortex-M: see check.h. It lets a load from place_unmapped
 * deliver CHECK_FIXED, by stepping over it, as a firmware's bus probe does.
 */
#include "check.h"

#define REG(addr)       (*(volatile uint32_t *)(addr))
#define ICSR            REG(0xe000ed04u)
#define ICSR_PENDSVSET  (1u << 28)
#define SHCSR           REG(0xe000ed24u)
#define CFSR            REG(0xe000ed28u)
#define HFSR            REG(0xe000ed2cu)
#define SHCSR_ALL_FAULT 0x00070000u
#define FPCCR           REG(0xe000ef34u)
#define FPCCR_LSPEN     0x40000000u
#define FPCCR_TS        0x04000000u

volatile struct check_fault check_fault;

void check_fault_entry(void);
void check_fault_c(uint32_t *frame);
void code_escalate(void), code_stack_error(void), code_stack_error_entry(void);

const struct check_arch check_arch = {
        .pc = 15,
        .sp = 13,
        .lr = 14,
        .step = 2,
        .stack = 192,
        .stack_fp = 272,
        .stack_fp_over = 184,
        .stack_return = 264,
        .fp_words = 33,
        .fp_changed = 1,
        .fp_round = 22,
};

/* s0-s15 when they are needed, or at once; on Armv8-M s16-s31, too, and all that is stored is
 * cleared. */
const struct check_fp_way check_fp_ways[] = {
        {"lazy stacking", 0, FPCCR_LSPEN},
        {"stacking at once", 0, 0},
#if __ARM_ARCH >= 8
        {"lazy stacking of s0-s31 (FPCCR.TS)", 64, FPCCR_LSPEN | FPCCR_TS},
        {"stacking of s0-s31 at once (FPCCR.TS)", 64, FPCCR_TS},
#endif
        {0},
};

bool check_take_fp_way(const struct check_fp_way *way)
{
	FPCCR = (FPCCR & ~(FPCCR_LSPEN | FPCCR_TS)) | way->bits;
	__asm volatile("dsb\n\tisb" ::: "memory");
	return (FPCCR & (FPCCR_LSPEN | FPCCR_TS)) == way->bits;
}

void check_switch(void)
{
	ICSR = ICSR_PENDSVSET;
	__asm volatile("dsb\n\tisb" ::: "memory");
}

/* The length of what is there, which is kept, second half in the upper bits. */
static unsigned skip(const uint16_t *insn)
{
	unsigned bytes = insn[0] >= 0xe800 ? 4 : 2;

	check_fault.insn = insn[0] | (bytes == 4 ? (uint32_t)insn[1] << 16 : 0);
	return bytes;
}

void check_fault_c(uint32_t *frame)
{
	uint32_t ipsr;

	__asm volatile("mrs %0, ipsr" : "=r"(ipsr));
	check_fault.count++;
	check_fault.vector = ipsr;
	check_fault.pc = frame[6];
	check_fault.arg0 = frame[0];
	check_fault.status = CFSR;
	CFSR = CFSR;
	HFSR = HFSR;
	frame[0] = CHECK_FIXED;
	frame[6] += check_fault.insn && skip((const uint16_t *)frame[6]) == 4 ? 4 : 2;
}

void check_take_faults(bool every_vector)
{
	for (unsigned v = 3; v <= 6; v++)
		tl_chain_handler(v, check_fault_entry);
	SHCSR = every_vector ? SHCSR | SHCSR_ALL_FAULT : SHCSR & ~SHCSR_ALL_FAULT;
}

bool check_escalation(void)
{
	code_escalate();
	return true;
}

bool check_stack_error(void)
{
#if __ARM_ARCH > 6
	for (unsigned v = 3; v <= 6; v++)
		tl_chain_handler(v, code_stack_error_entry);
	code_stack_error();
	return true;
#else
	return false;
#endif
}
