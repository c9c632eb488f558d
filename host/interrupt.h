/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C and SIGTERM: the first asks for a clean end, the second leaves at once (the agent's lease then cleans up).
 */
#ifndef HOST_INTERRUPT_H
#define HOST_INTERRUPT_H

#include <stdbool.h>
#include <sys/types.h>

void interrupt_init(void);
bool interrupted(void);
int interrupt_fd(void);            /* becomes readable with the first signal: for poll() */
void interrupt_seen(void);         /* makes it unreadable again; interrupted() stays */
void interrupt_child(pid_t group); /* a process group to end when leaving at once; 0: none */

#endif
