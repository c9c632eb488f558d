/* SPDX-License-Identifier: MIT */
/*
 * Who else has a port open, as far as /proc tells: of processes of other users only root is told.
 */
#ifndef HOST_HOLDERS_H
#define HOST_HOLDERS_H

#include <stddef.h>

struct holder {
	int pid;
	char name[32];
};

/* Other processes that have the device at `path` open: the first `room` of them. */
size_t holders_find(const char *path, struct holder *to, size_t room);
/* Connections to the unix socket at `path`; from this machine to a TCP port of its own. */
unsigned holders_of_socket(const char *path);
unsigned holders_of_port(unsigned port);

#endif
