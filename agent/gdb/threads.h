/* SPDX-License-Identifier: MIT */
/*
 * Threads, as GDB sees them: the firmware's tasks, or one. Base level, or in a halted context.
 */
#ifndef TL_THREADS_H
#define TL_THREADS_H

#include "line/packet.h"
#include "trapline.h"

uintptr_t tl_thread_current(void);
void tl_thread_select(uintptr_t id); /* 0: the one that runs */
bool tl_thread_is_other(void);       /* is one selected that does not run? */
/* The next field, an id as GDB writes it: an int, those of 2^31 and more with a minus. 0: any, or
 * all. */
bool tl_arg_thread(struct tl_args *in, uintptr_t *id);
bool tl_thread_registers(struct tl_regs *regs);

#endif
