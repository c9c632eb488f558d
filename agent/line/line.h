/* SPDX-License-Identifier: MIT */
/*
 * The line, for who drives it: tl_poll(), and a halted context with interrupts locked out.
 */
#ifndef TL_LINE_H
#define TL_LINE_H

#include "base/clock.h"
#include "frame.h"

void tl_line_init(void);
void tl_line_serve(uintptr_t caller); /* from tl_poll(), which goes back to `caller` */

#if TL_GDB
static inline bool tl_line_can_halt(void)
{
	return tl_port.read || tl_port.read_halted;
}
void tl_line_take(void);
void tl_line_poll(void);          /* receives, serves a packet, sends */
void tl_line_give(bool restarts); /* the firmware goes on; it starts anew */
/* Room for an answer that the debugger waits for, the one before sent. */
struct tl_frame_tx *tl_line_answer(void);
#endif

#endif
