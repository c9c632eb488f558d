/* SPDX-License-Identifier: MIT */
/*
 * An example of each kind of probe, as firmware uses them: kind_*.c, one file for each. Prints TAP,
 * then "done".
 */
#include <stdio.h>

#include "board.h"
#include "check.h"
#include "kinds.h"

/* For `.symbol`: firmware that names its functions has such a table. */
static const struct tl_symbol symbols[] = {
        {"code_add", (uintptr_t)code_add}, {"code_sum", (uintptr_t)code_sum}, {NULL, 0}};

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	tl_set_symbols(symbols);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# kinds on %s\n", tl_board_port.board);
	kind_kprobe();
	kind_kretprobe();
	kind_uprobe();
	kind_asyncprobe();
	kind_watch();
	kind_event();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
