/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C, SIGTERM and SIGHUP: the first asks for a clean end, a second one, later than a moment,
 * leaves at once (the agent's lease then cleans up). SIGHUP that was ignored from the beginning
 * stays ignored.
 */
#ifndef HOST_INTERRUPT_H
#define HOST_INTERRUPT_H

#include <stdbool.h>
#include <sys/types.h>

void interrupt_init(void);
bool interrupted(void);
bool hung_up(void);                /* it was SIGHUP */
int interrupt_fd(void);            /* becomes readable with the first signal: for poll() */
void interrupt_seen(void);         /* makes it unreadable again; interrupted() stays */
void interrupt_child(pid_t group); /* a process group to end when leaving at once; 0: none */

#endif
