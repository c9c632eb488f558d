/* SPDX-License-Identifier: MIT */
/*
 * The firmware's own exception handler on RISC-V: see check.h. It lets a load from place_unmapped
 * deliver CHECK_FIXED, by stepping over it, as a firmware's bus probe does.
 */
#include "check.h"

#include "riscv.h"
#include "riscv_mode.h"

#define INTERRUPT ((uintptr_t)1 << (8 * sizeof(uintptr_t) - 1))

enum { SOFTWARE_INTERRUPT = TIMER_INTERRUPT - 4, ECALL_FROM_USER = 8, ECALL = 11, CALL = 1 };

/* trapline.h: with FP registers in the calling convention they are always live here. */
#if __riscv_xlen == 64
enum { STACK = 448, STACK_FP = 624 };
#else
enum { STACK = 256, STACK_FP = 432 };
#endif

const struct check_arch check_arch = {
        .pc = 32,
        .sp = 2,
        .lr = 1,
        .ret = 10,
        .step = 2,
#ifdef __riscv_flen
        .stack = STACK_FP,
#else
        .stack = STACK,
#endif
        .stack_fp = STACK_FP,
        .stack_fp_over = STACK,
#ifdef __riscv_flen
        .stack_return = STACK_FP,
#else
        .stack_return = STACK,
#endif
        .fp_words = 65,
        .fp_changed = 2,
        .fp_round = 5,
};

volatile struct check_fault check_fault;
volatile struct check_call check_call;
void (*check_nested)(void);

void check_spoil_fp(void) CHECK_OPTIONAL;

const struct check_fp_way check_fp_ways[] = {{.name = "software stores them"}, {0}};

bool check_take_fp_way(const struct check_fp_way *way)
{
	return way == check_fp_ways;
}

/* The core's own software interrupt. */
#if TL_RISCV_SUPERVISOR
static void set_software_interrupt(bool pending)
{
	uintptr_t bit = 1 << SOFTWARE_INTERRUPT;

	if (pending)
		__asm volatile("csrs sip, %0" ::"r"(bit) : "memory");
	else
		__asm volatile("csrc sip, %0" ::"r"(bit) : "memory");
}
#else
#define MSIP (*(volatile uint32_t *)0x02000000u)

static void set_software_interrupt(bool pending)
{
	MSIP = pending;
	__asm volatile("fence" ::: "memory");
}
#endif

void check_switch(void)
{
	__asm volatile("csrs " CSR(XIE) ", %0" ::"r"((uintptr_t)1 << SOFTWARE_INTERRUPT)
	               : "memory");
	set_software_interrupt(true);
}

/* What need not be probed does not lie in RAM where that is small. */
TL_NOPROBE static unsigned length_of(const uint16_t *insn)
{
	return (insn[0] & 3) == 3 ? 4 : 2;
}

/* The length of what is there, which is kept. */
TL_NOPROBE static unsigned skip(const uint16_t *insn)
{
	unsigned bytes = length_of(insn);

	check_fault.insn = insn[0] | (bytes == 4 ? (uint32_t)insn[1] << 16 : 0);
	return bytes;
}

/* By the number in a7: CALL is a service, all else leaves user mode. */
TL_NOPROBE static void call(struct tl_riscv_frame *frame)
{
	if (frame->a7 != CALL) {
		frame->status |= XSTATUS_PP;
		return;
	}
	check_call.count++;
	check_call.pc = frame->epc;
	check_call.length = length_of((const uint16_t *)frame->epc);
	frame->a0++;
}

void tl_riscv_other(struct tl_riscv_frame *frame)
{
	if (frame->cause == (INTERRUPT | SOFTWARE_INTERRUPT)) {
		set_software_interrupt(false);
		if (check_spoil_fp && frame->status & XSTATUS_FS)
			check_spoil_fp();
		if (check_nested)
			check_nested();
		return;
	}
	if (frame->cause == ECALL_FROM_USER || frame->cause == ECALL) {
		call(frame);
		frame->epc += 4;
		return;
	}
	check_fault.count++;
	check_fault.vector = frame->cause;
	check_fault.pc = frame->epc;
	check_fault.arg0 = frame->a0;
	check_fault.status = frame->tval;
	frame->a0 = CHECK_FIXED;
	frame->epc += check_fault.insn ? skip((const uint16_t *)frame->epc) : 2;
}

const uintptr_t check_handler = (uintptr_t)tl_riscv_other;

/* There is one vector for all. */
void check_take_faults(bool every_vector)
{
	(void)every_vector;
}

bool check_escalation(void)
{
	return false;
}

bool check_stack_error(void)
{
	return false;
}
