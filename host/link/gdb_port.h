/* SPDX-License-Identifier: MIT */
/*
 * Where a debugger connects: a TCP port of this machine alone, a unix socket, or a pseudo terminal.
 * One debugger at a time; a second one is sent away.
 */
#ifndef HOST_GDB_PORT_H
#define HOST_GDB_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gdb_port {
	char *target; /* what to type after `target remote` */
	int poll_fd;  /* readable when a debugger comes, says something or leaves */

	/* private */
	int listener;    /* a socket, or the master side of the pseudo terminal */
	int fd;          /* to the debugger, -1: none is there */
	bool pty, stale; /* stale: the one that was dropped has not left the pseudo terminal yet */
	char *path;      /* of the unix socket, to be removed */
};

/* `where`: :PORT (:0: any that is free), a path with a slash in it, or "pty". 0 or an exit status
 * after saying why. */
int gdb_port_open(struct gdb_port *, const char *where);
void gdb_port_close(struct gdb_port *);

/* To be called often: lets a debugger in. True: a new one is there. */
bool gdb_port_accept(struct gdb_port *);
bool gdb_port_taken(const struct gdb_port *);
/* The debugger sees its connection closed; on a pseudo terminal it only hears nothing any more, and
 * is not let in before it has left. */
void gdb_port_drop(struct gdb_port *);

/* Bytes read, 0: none now, -1: the debugger has gone. */
int gdb_port_read(struct gdb_port *, uint8_t *to, size_t room);
/* All of it; false: the debugger has gone, or takes nothing. */
bool gdb_port_write(struct gdb_port *, const uint8_t *bytes, size_t n);

#endif
