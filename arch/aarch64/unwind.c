/* SPDX-License-Identifier: MIT */
/*
 * Exceptions of the firmware on their way through a hooked return: the personality routine of the
 * trampoline (cfi.inc). An unwinder brings its functions; where there is none, nobody comes here.
 *
 * Follows the Itanium C++ ABI: Exception Handling, 1.6 (personality routines).
 */
#include <stddef.h>

#include "a64_target.h"
#include "trapline.h"

#if TL_RETURN

enum { VERSION = 1, CLEANUP_PHASE = 2, CONTINUE_UNWIND = 8, LR = 30 };

uintptr_t _Unwind_GetCFA(void *context) __attribute__((weak));
void _Unwind_SetGR(void *context, int number, uintptr_t value) __attribute__((weak));
int a64_unwind_return(int version, int actions, uint64_t kind, void *exception, void *context);

_Static_assert(offsetof(struct tl_kretprobe_instance, sp) == 3 * sizeof(uintptr_t), "cfi.inc");
_Static_assert(offsetof(struct tl_kretprobe_instance, ret_addr) == 2 * sizeof(uintptr_t),
               "cfi.inc");
_Static_assert(offsetof(struct tl_kretprobe_instance, link) == 4 * sizeof(uintptr_t), "cfi.inc");
/*
 * A call that an exception leaves is given up; then cfi.inc must not look for it any more. EL0
 * cannot lock interrupts out: if it has come here, a call that was left is found to be so by the
 * next one.
 */
int a64_unwind_return(int version, int actions, uint64_t kind, void *exception, void *context)
{
	uintptr_t to = 0;

	/* Numbers for cfi.inc. */
	__asm volatile(".globl a64_instance_size, a64_instances_size\n\t"
	               ".set a64_instance_size, %0\n\t.set a64_instances_size, %1" ::"i"(
	                       sizeof(struct tl_kretprobe_instance)),
	               "i"(TL_RETURNS * sizeof(struct tl_kretprobe_instance)));
	(void)kind, (void)exception;
	if (version == VERSION && actions & CLEANUP_PHASE && !a64_has_users)
		to = tl_return_unwind(_Unwind_GetCFA(context), true);
	if (to)
		_Unwind_SetGR(context, LR, to);
	return CONTINUE_UNWIND;
}

#endif
