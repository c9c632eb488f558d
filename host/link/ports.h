/* SPDX-License-Identifier: MIT */
/*
 * The serial ports that this machine has now.
 */
#ifndef HOST_PORTS_H
#define HOST_PORTS_H

#include <stdbool.h>
#include <stddef.h>

struct port {
	char path[80];
	char about[256]; /* what is plugged in; may be empty */
	bool may_open;
};

/* How many there are, by path; *ports: to be freed. */
size_t ports_find(struct port **ports);
/* The first few of them, as hints. */
void ports_hint(void);

#endif
