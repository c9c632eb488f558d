/* SPDX-License-Identifier: MIT */
/*
 * Around the programs of GDB's test-suite, linked with --wrap=main: they know nothing of the agent.
 * Without debug information, so that GDB's current file is the program's.
 */
#include "board.h"

enum { BAUD = 115200 };

int __real_main(void);
int __wrap_main(void);

int __wrap_main(void)
{
	tl_board_init(BAUD);
	tl_init(&tl_board_port);
	tl_wait_for_debugger();
	__real_main();
	for (;;)
		tl_poll();
}
