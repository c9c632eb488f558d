/* SPDX-License-Identifier: MIT */
/*
 * The firmware's own fault handler on Cortex-M: see check.h. It lets a load from place_unmapped deliver CHECK_FIXED, by
 * stepping over it, as a firmware's bus probe does.
 */
#include "check.h"

#define REG(addr)       (*(volatile uint32_t *)(addr))
#define ICSR            REG(0xe000ed04u)
#define ICSR_PENDSVSET  (1u << 28)
#define SHCSR           REG(0xe000ed24u)
#define CFSR            REG(0xe000ed28u)
#define HFSR            REG(0xe000ed2cu)
#define SHCSR_ALL_FAULT 0x00070000u

volatile struct check_fault check_fault;

void check_fault_entry(void);
void check_fault_c(uint32_t *frame);
void code_escalate(void), code_stack_error(void), code_stack_error_entry(void);

const struct check_arch check_arch = {
        .pc = 15,
        .sp = 13,
        .lr = 14,
        .stack = 192,
        .stack_fp = 272,
        .stack_fp_over = 184,
        .fp_words = 33,
        .fp_changed = 1,
        .fp_round = 22,
};

void check_switch(void)
{
	ICSR = ICSR_PENDSVSET;
	__asm volatile("dsb\n\tisb" ::: "memory");
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
	frame[6] += 2;
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
