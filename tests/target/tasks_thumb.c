/* SPDX-License-Identifier: MIT */
/*
 * Tasks on Cortex-M: see tasks.h. A timer interrupt pends PendSV, which switches (switch_thumb.S).
 * All tasks run on PSP, main for that time, too; MSP is left to handlers.
 */
#include "check.h"
#include "tasks.h"

#define ICSR           (*(volatile uint32_t *)0xe000ed04u)
#define ICSR_PENDSVSET 0x10000000u
#define SHPR3          (*(volatile uint32_t *)0xe000ed20u)
#define SHPR3_PENDSV   0x00ff0000u /* the lowest priority */
#define XPSR_T         0x01000000u
#define EXC_RETURN_PSP 0xfffffffdu /* thread mode, basic frame */
#define CONTROL_NPRIV  1u

enum { FRAME_WORDS = 8, SAVED_WORDS = 8 };

void check_preempt(void)
{
	ICSR = ICSR_PENDSVSET;
}

/* `more` is CONTROL and EXC_RETURN. */
struct check_task check_new_task(uintptr_t *stack_top, void (*fn)(uintptr_t), uintptr_t arg,
                                 void (*end)(void))
{
	uintptr_t *frame = stack_top - FRAME_WORDS;

	SHPR3 |= SHPR3_PENDSV;
	frame[0] = arg;
	frame[5] = (uintptr_t)end;
	frame[6] = (uintptr_t)fn & ~1u;
	frame[7] = XPSR_T;
	return (struct check_task){(uintptr_t)(frame - SAVED_WORDS),
	                           {CONTROL_NPRIV, EXC_RETURN_PSP}};
}

/* switch_thumb.S: r4-r11, FP registers where the task uses them, the hardware's frame. */
void check_task_registers(const struct check_task *task, struct tl_regs *regs)
{
	enum {
		R12 = 12,
		SP,
		LR,
		PC,
		XPSR = 25,
		ALIGNED = 1 << 9,
		BASIC = 16,
		FP_SAVED = 16,
		FP_FRAME = 18
	};
	static const uint8_t in_frame[FRAME_WORDS] = {0, 1, 2, 3, R12, LR, PC, XPSR};
	const uintptr_t *saved = (const uintptr_t *)task->sp;
	bool fp = !(task->more[1] & BASIC);
	const uintptr_t *frame = saved + SAVED_WORDS + (fp ? FP_SAVED : 0);

	for (unsigned i = 0; i < SAVED_WORDS; i++)
		tl_regs_set(regs, 4 + i, saved[i]);
	for (unsigned i = 0; i < FRAME_WORDS; i++)
		tl_regs_set(regs, in_frame[i], frame[i]);
	tl_regs_set(regs, SP,
	            (uintptr_t)(frame + FRAME_WORDS + (fp ? FP_FRAME : 0) +
	                        (frame[7] & ALIGNED ? 1 : 0)));
}
