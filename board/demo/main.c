/* SPDX-License-Identifier: MIT */
/*
 * The demo firmware's main loop, and what its C library needs to print. See demo.h.
 */
#include "demo.h"

#include <stdio.h>

#include "board.h"

enum { BAUD = 115200, SAMPLE_HZ = 100 };

int main(void)
{
	struct pid pid = {.setpoint = 2500, .kp = 64, .ki = 1, .kd = 16};
	struct sample s;

	tl_board_init(BAUD);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	printf("demo: temperature controller on %s\n", tl_board_port.board);
	tl_board_timer(SAMPLE_HZ, sample_isr);
	for (;;) {
		tl_poll();
		command_poll(&pid);
		while (sample_get(&s))
			telemetry(&pid, &s, pid_step(&pid, s.temperature));
		tl_board_idle();
	}
}
