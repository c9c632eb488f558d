/* SPDX-License-Identifier: MIT */
/*
 * The firmware's text on the line, and what the agent has to say to people beside it.
 */
#ifndef TL_CONSOLE_H
#define TL_CONSOLE_H

#include "frame.h"
#include "trapline.h"

bool tl_console_input(uint8_t byte);                    /* false: full */
bool tl_console_frame(struct tl_frame_tx *tx);          /* false: nothing to send */
unsigned tl_console_plain(uint8_t *out, unsigned size); /* bytes taken */

#if TL_GDB
/* What commands print; one at a time, with interrupts locked out. What there is no room for is
 * lost. */
void tl_print(const char *text, unsigned n);

/* ---- say.c: on the console, to a debugger that would not hear of it otherwise. Not in a trap
   ---- */

const char *tl_error_text(int err); /* -TL_E… */
/* "what at 0xaddr", then what of it, and why. */
void tl_say(const char *what, uintptr_t addr, const char *verdict, const char *why);
void tl_say_refused(const char *what, uintptr_t addr, int err);
#else
static inline void tl_say_refused(const char *what, uintptr_t addr, int err)
{
	(void)what, (void)addr, (void)err;
}
#endif

#endif
