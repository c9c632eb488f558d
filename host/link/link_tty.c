/* SPDX-License-Identifier: MIT */
/*
 * Serial lines and pseudo terminals: raw, at a baud rate, for ourselves alone. See termios(3),
 * tty_ioctl(4).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/say.h"
#include "link/holders.h"
#include "link/link.h"
#include "link/ports.h"

/* Names the process that holds the port, if /proc tells. */
static void hint_holder(const char *path)
{
	struct holder holder;

	if (holders_find(path, &holder, 1))
		hint("process %d (%s) holds it: end that first", holder.pid, holder.name);
	else
		hint("another program holds it: sudo fuser -v %s", path);
}

static void hint_group(const char *path)
{
	struct stat st;
	const struct group *group = stat(path, &st) == 0 ? getgrgid(st.st_gid) : NULL;

	if (group && st.st_mode & S_IWGRP)
		hint("group '%s' may open it: sudo usermod -aG %s $USER, then log in again",
		     group->gr_name, group->gr_name);
	else
		hint("see: ls -l %s", path);
}

/* What is at the path, if it is no serial line. */
static void hint_kind(const char *path)
{
	const char *colon = strrchr(path, ':');
	struct stat st;

	if (stat(path, &st) == 0) {
		if (S_ISSOCK(st.st_mode))
			hint("it is a socket: -p unix:%s", path);
		else if (S_ISREG(st.st_mode) && st.st_mode & S_IXUSR)
			hint("it is a program: -p 'exec:%s …' talks to one", path);
		else if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
			hint("it is a %s", S_ISDIR(st.st_mode) ? "folder" : "file");
	} else if (colon && colon > path && colon[1] &&
	           strspn(colon + 1, "0123456789") == strlen(colon + 1)) {
		hint("a TCP port is tcp:%s", path);
	}
}

static int refuse(const char *path, int error, bool loud)
{
	if (!loud)
		return LINK;
	fail(LINK, "cannot open %s: %s", path, error == EBUSY ? "busy" : strerror(error));
	hint_kind(path);
	if (error == ENOENT || error == ENODEV)
		ports_hint();
	else if (error == EACCES || error == EPERM)
		hint_group(path);
	else if (error == EBUSY)
		hint_holder(path);
	return LINK;
}

static int no_line(const char *path, bool loud)
{
	if (loud) {
		fail(LINK, "%s is not a serial line", path);
		hint_kind(path);
		hint("ports: /dev/tty…, a pty, tcp:HOST:PORT, unix:PATH, exec:COMMAND");
	}
	return LINK;
}

static int set_speed(const struct link *l, bool loud)
{
	enum { PERCENT = 2 }; /* that a UART's receiver stands */
	unsigned want = l->settings.baud, real;
	uint64_t off;

	if (!tty_set_speed(l->in, want, &real)) {
		if (loud) {
			fail(LINK, "%s does not run at %u baud: %s", l->port, want,
			     strerror(errno));
			hint("usual rates: 9600, 57600, 115200, 230400, 460800, 921600, 1000000, "
			     "2000000");
		}
		return LINK;
	}
	off = real > want ? real - want : want - real;
	if (loud && off * 100 > (uint64_t)want * PERCENT)
		warn("%s runs at %u baud instead of %u: the target will not be understood", l->port,
		     real, want);
	return DONE;
}

static int set_level(const struct link *l, enum link_level level, int bit, const char *name,
                     bool loud)
{
	if (!level || ioctl(l->in, level == LEVEL_ON ? TIOCMBIS : TIOCMBIC, &bit) == 0)
		return DONE;
	return loud ? fail(LINK, "%s has no %s that can be set: %s", l->port, name, strerror(errno))
	            : LINK;
}

/*
 * Opening a serial line raises DTR and RTS: the kernel does that. They are left so, and closing
 * does not drop them, since boards take that for a reset.
 */
static int set_up(const struct link *l, bool loud)
{
	struct termios t;
	int status;

	if (tcgetattr(l->in, &t) < 0)
		return no_line(l->port, loud);
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS | HUPCL);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(l->in, TCSANOW, &t) < 0)
		return refuse(l->port, errno, loud);
	status = set_speed(l, loud);
	if (!status)
		status = set_level(l, l->settings.dtr, TIOCM_DTR, "DTR", loud);
	if (!status)
		status = set_level(l, l->settings.rts, TIOCM_RTS, "RTS", loud);
	tcflush(l->in, TCIFLUSH);
	return status;
}

static int tty_open(struct link *l, const char *where, bool loud)
{
	int status, fd = open(where, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return refuse(where, errno, loud);
	l->in = l->out = fd;
	/* TIOCEXCL keeps others out, but not root; the lock is for whoever else asks, another
	 * trapline too. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		status = refuse(where, EBUSY, loud);
	else if (isatty(fd) && ioctl(fd, TIOCEXCL) < 0)
		status = refuse(where, errno, loud);
	else
		status = set_up(l, loud);
	if (status) {
		close(fd);
		l->in = l->out = -1;
		l->gone = true;
	}
	return status;
}

static void tty_close(struct link *l)
{
	if (l->in >= 0)
		ioctl(l->in, TIOCNXCL);
}

static void tty_explain(const struct link *l)
{
	fail(LINK, "%s has gone (unplugged, or the program behind it ended)", l->port);
}

const struct link_ops link_tty = {.prefix = "",
                                  .form = "/dev/tty…",
                                  .reopens = true,
                                  .open = tty_open,
                                  .close = tty_close,
                                  .explain = tty_explain};
