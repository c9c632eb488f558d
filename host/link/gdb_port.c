/* SPDX-License-Identifier: MIT */
/*
 * Where a debugger connects: see gdb_port.h. See unix(7), ip(7), pty(7), epoll(7).
 */
#define _GNU_SOURCE
#include "link/gdb_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/patience.h"
#include "base/say.h"
#include "base/util.h"

static void watch(const struct gdb_port *p, int fd, bool on)
{
	struct epoll_event event = {.events = EPOLLIN};

	epoll_ctl(p->poll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &event);
}

static int refuse(const char *where, const char *why)
{
	fail(LINK, "cannot listen on %s: %s", where, why);
	hint("-l takes :PORT, a path with a slash in it, or pty");
	return LINK;
}

/* ---- sockets ---- */

static int listen_at(struct gdb_port *p, const char *where, const struct sockaddr *addr,
                     socklen_t size)
{
	int one = 1;

	p->listener = socket(addr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->listener < 0)
		return refuse(where, strerror(errno));
	setsockopt(p->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(p->listener, addr, size) < 0 || listen(p->listener, 1) < 0)
		return refuse(where, strerror(errno));
	watch(p, p->listener, true);
	return DONE;
}

/* Whoever can write to the line can write to the firmware's memory: nobody but this machine. */
static int open_tcp(struct gdb_port *p, const char *where)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof addr;
	const char *colon = strrchr(where, ':');
	uint64_t number;
	int status;

	if (!colon || !parse_number(colon + 1, &number) || number > 65535)
		return refuse(where, "not a port");
	if (colon != where && strncmp(where, "localhost:", 10) != 0 &&
	    strncmp(where, "127.0.0.1:", 10) != 0)
		return refuse(where, "only this machine's own debuggers are let in");
	addr.sin_port = htons((uint16_t)number);
	status = listen_at(p, where, (struct sockaddr *)&addr, size);
	if (status)
		return status;
	getsockname(p->listener, (struct sockaddr *)&addr, &size);
	p->target = format_string("localhost:%u", ntohs(addr.sin_port));
	return DONE;
}

static int open_unix(struct gdb_port *p, const char *where)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int status;

	if (strlen(where) >= sizeof addr.sun_path)
		return refuse(where, "the path is too long for a socket");
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", where);
	status = listen_at(p, where, (struct sockaddr *)&addr, sizeof addr);
	if (status)
		return status;
	p->path = copy_string(where);
	p->target = copy_string(where);
	return DONE;
}

/* ---- the pseudo terminal ---- */

static int open_pty(struct gdb_port *p)
{
	struct termios t;
	char name[64];
	int slave;

	p->pty = true;
	p->listener = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->listener < 0 || grantpt(p->listener) || unlockpt(p->listener) ||
	    ptsname_r(p->listener, name, sizeof name))
		return refuse("a pseudo terminal", strerror(errno));
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || tcgetattr(slave, &t) < 0)
		return refuse(name, strerror(errno));
	cfmakeraw(&t);
	tcsetattr(slave, TCSANOW, &t);
	close(slave); /* from here on the master knows that nobody is there */
	p->target = copy_string(name);
	return DONE;
}

static bool hung_up(int fd)
{
	struct pollfd state = {.fd = fd};

	return poll(&state, 1, 0) > 0 && state.revents & POLLHUP;
}

/* ---- all of them ---- */

int gdb_port_open(struct gdb_port *p, const char *where)
{
	int status;

	*p = (struct gdb_port){.listener = -1, .fd = -1, .poll_fd = epoll_create1(EPOLL_CLOEXEC)};
	if (p->poll_fd < 0)
		status = refuse(where, strerror(errno));
	else if (strcmp(where, "pty") == 0)
		status = open_pty(p);
	else
		status = strchr(where, '/') ? open_unix(p, where) : open_tcp(p, where);
	if (status)
		gdb_port_close(p);
	return status;
}

void gdb_port_close(struct gdb_port *p)
{
	gdb_port_drop(p);
	if (p->listener >= 0)
		close(p->listener);
	if (p->poll_fd >= 0)
		close(p->poll_fd);
	if (p->path)
		unlink(p->path);
	free(p->path);
	free(p->target);
	*p = (struct gdb_port){.listener = -1, .fd = -1, .poll_fd = -1};
}

bool gdb_port_taken(const struct gdb_port *p)
{
	return p->fd >= 0;
}

static bool accept_pty(struct gdb_port *p)
{
	bool there = !hung_up(p->listener);

	p->stale &= there;
	if (p->fd >= 0 || !there || p->stale)
		return false;
	p->fd = p->listener;
	watch(p, p->fd, true);
	return true;
}

bool gdb_port_accept(struct gdb_port *p)
{
	int fd, one = 1;

	if (p->pty)
		return accept_pty(p);
	fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return false;
	if (p->fd >= 0) {
		close(fd);
		note("a second debugger was turned away: there can be one at a time");
		return false;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	p->fd = fd;
	watch(p, fd, true);
	return true;
}

void gdb_port_drop(struct gdb_port *p)
{
	if (p->fd < 0)
		return;
	watch(p, p->fd, false);
	p->stale = p->pty;
	if (!p->pty)
		close(p->fd);
	p->fd = -1;
}

int gdb_port_read(struct gdb_port *p, uint8_t *to, size_t room)
{
	ssize_t n;

	if (p->fd < 0)
		return 0;
	n = read(p->fd, to, room);
	if (n > 0)
		return (int)n;
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

bool gdb_port_write(struct gdb_port *p, const uint8_t *bytes, size_t n)
{
	enum { PATIENCE = 2000 }; /* ms without a byte taken */
	struct patience patience = patience_begin(PATIENCE);

	while (n && p->fd >= 0) {
		struct pollfd ready = {.fd = p->fd, .events = POLLOUT};
		ssize_t done = write(p->fd, bytes, n);

		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
			patience.start = now_ms();
		} else if (done < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
			return false;
		} else {
			unsigned left =
			        patience_left(&patience, "the debugger to take what is sent");

			if (!left)
				return false;
			poll(&ready, 1, (int)left);
		}
	}
	return !n;
}
