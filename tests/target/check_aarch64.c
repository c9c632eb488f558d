/* SPDX-License-Identifier: MIT */
/*
 * The firmware's own exception handler on AArch64: see check.h. It lets a load from place_unmapped
 * deliver CHECK_FIXED, by stepping over it, as a firmware's bus probe does.
 */
#include "aarch64.h"
#include "check.h"

enum { SVC = 0x15, CALL = 1 };

/* trapline.h: FP registers are always live here. */
enum { STACK = 448, STACK_FP = 976 };

const struct check_arch check_arch = {
        .pc = 32,
        .sp = 31,
        .lr = 30,
        .ret = 0,
        .step = 4,
        .stack = STACK_FP,
        .stack_fp = STACK_FP,
        .stack_fp_over = STACK,
        .stack_return = STACK_FP,
        .fp_words = 129, /* 32 registers of 4 words, and one of status */
        .fp_changed = 4,
        .fp_round = 22,
};

volatile struct check_fault check_fault;
volatile struct check_call check_call;
void (*check_nested)(void);

void check_spoil_fp(void);

const struct check_fp_way check_fp_ways[] = {{.name = "software stores them"}, {0}};

bool check_take_fp_way(const struct check_fp_way *way)
{
	return way == check_fp_ways;
}

void check_switch(void)
{
	tl_a64_set_software(true);
}

void tl_a64_on_software(void)
{
	tl_a64_set_software(false);
	check_spoil_fp();
	if (check_nested)
		check_nested();
}

/* By the number in x8: CALL is a service, all else leaves EL0. */
TL_NOPROBE static void call(struct tl_a64_frame *frame)
{
	enum { EL1H = 5 };

	if (frame->x[8] != CALL) {
		frame->spsr |= EL1H;
		return;
	}
	check_call.count++;
	check_call.pc = frame->elr - 4;
	check_call.length = 4;
	frame->x[0]++;
}

void tl_a64_other(struct tl_a64_frame *frame)
{
	if (frame->esr >> 26 == SVC) {
		call(frame);
		return;
	}
	check_fault.count++;
	check_fault.vector = (unsigned)frame->vector;
	check_fault.pc = frame->elr;
	check_fault.arg0 = frame->x[0];
	check_fault.status = (uint32_t)frame->esr;
	if (check_fault.insn)
		check_fault.insn = *(const uint32_t *)frame->elr;
	frame->x[0] = CHECK_FIXED;
	frame->elr += 4;
}

const uintptr_t check_handler = (uintptr_t)tl_a64_other;

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
