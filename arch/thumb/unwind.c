/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and backtraces of the firmware on their way through a hooked return: the personality
 * routine of the trampoline (return.S). Its frame is nothing but the return address that it stands
 * for. An unwinder brings its functions; where there is none, nobody comes here.
 *
 * Follows the Exception Handling ABI for the Arm Architecture (EHABI32), 7 (virtual registers) and
 * 9 (personality routines).
 */
#include "arch.h"
#include "thumb_target.h"

#if TL_RETURN

enum {
	STATE = 3,
	FRAME_STARTING = 1,
	CONTINUE_UNWIND = 8,
	FAILURE = 9,
	CORE = 0,
	UINT32 = 0,
	SP = 13,
	PC = 15
};

int _Unwind_VRS_Get(void *context, int registers, uint32_t number, int as, void *value)
        __attribute__((weak));
int _Unwind_VRS_Set(void *context, int registers, uint32_t number, int as, void *value)
        __attribute__((weak));
int thumb_unwind_return(int state, void *block, void *context);

/* Unprivileged code cannot lock interrupts out: there a call that was left is found to be so by the
 * next one. */
static bool privileged(void)
{
	uint32_t control;

	__asm volatile("mrs %0, control" : "=r"(control));
	return thumb_ipsr() || !(control & THUMB_CONTROL_NPRIV);
}

int thumb_unwind_return(int state, void *block, void *context)
{
	uint32_t sp = 0, pc;

	(void)block;
	_Unwind_VRS_Get(context, CORE, SP, UINT32, &sp);
	pc = tl_return_unwind(sp, (state & STATE) == FRAME_STARTING && privileged());
	if (!pc)
		return FAILURE;
	_Unwind_VRS_Set(context, CORE, PC, UINT32, &pc);
	return CONTINUE_UNWIND;
}

#endif
