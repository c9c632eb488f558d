/* SPDX-License-Identifier: MIT */
/*
 * The line to the target: two descriptors to poll, read and write, whatever is behind them. One row
 * per kind of port in link.c, one file per kind.
 */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct link;

struct link_ops {
	const char *prefix; /* of the port's name, "" for the kind that takes the rest */
	const char *form;   /* for help */
	bool reopens;       /* worth trying again when it has gone */
	/* Opens `where` (the name without its prefix). 0, or an exit status after saying why (if
	 * `loud`). */
	int (*open)(struct link *, const char *where, bool loud);
	void (*close)(struct link *);
	/* Why it has gone, as a sentence's end; hints what to do. */
	void (*explain)(const struct link *);
	const char *silence; /* a hint for when nothing comes; NULL: none of its own */
};

enum link_level { LEVEL_AS_IS, LEVEL_ON, LEVEL_OFF };

/* Of serial lines. */
struct link_settings {
	unsigned baud;
	enum link_level dtr, rts;
};

struct link {
	const struct link_ops *ops;
	const char *port; /* as given */
	struct link_settings settings;
	int in, out; /* non-blocking; -1: closed */
	pid_t child;
	int exit_status; /* of the child, as wait() gives it */
	bool gone;       /* end of file or an error: nothing more will come */
};

extern const struct link_ops link_tty, link_socket_tcp, link_socket_unix, link_exec;

const struct link_ops *link_kind(const char *port);
/* 0, or an exit status after saying why (if `loud`); LINK: it may be there later. */
int link_open(struct link *, const char *port, const struct link_settings *, bool loud);
/* Once more after it has gone; silent. False: not there (yet). */
bool link_reopen(struct link *);
void link_close(struct link *);
/* Bytes read, 0: none now, or gone. */
size_t link_read(struct link *, uint8_t *to, size_t room);
/* All of it, waiting where the line is slow; false: gone. */
bool link_write(struct link *, const uint8_t *bytes, size_t n);

/*
 * tty_speed.c: any rate, in termios2; `real` is what the driver made of it. False: errno says why.
 * A rate that is off by more than two percent cannot be read at the other end.
 */
bool tty_set_speed(int fd, unsigned baud, unsigned *real);

#endif
