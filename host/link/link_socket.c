/* SPDX-License-Identifier: MIT */
/*
 * Sockets: tcp:HOST:PORT (ser2net, QEMU, OpenOCD's rtt server) and unix:PATH.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/patience.h"
#include "base/say.h"
#include "base/util.h"
#include "link/link.h"

/* Connects, waiting a few seconds at the most; 0 or errno. */
static int connect_within(const struct link *l, int fd, const struct sockaddr *addr, socklen_t size)
{
	enum { PATIENCE = 5000 };
	struct patience p = patience_begin(PATIENCE);
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t n = sizeof error;

	if (connect(fd, addr, size) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	for (;;) {
		unsigned left = patience_left(&p, "%s to take the connection", l->port);
		int done = left ? poll(&ready, 1, (int)left) : 0;

		if (done > 0)
			break;
		if (done < 0 || !left)
			return done < 0 ? errno : ETIMEDOUT;
	}
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 ? errno : error;
}

static int refuse(const struct link *l, int error, bool loud)
{
	if (!loud)
		return LINK;
	fail(LINK, "cannot connect to %s: %s", l->port, error == EAGAIN ? "busy" : strerror(error));
	if (error == EAGAIN)
		hint("the program that serves it has a client, and others wait already: end those "
		     "first");
	else if (error == EACCES)
		hint("its owner, or root, may connect; whoever serves it may chmod it");
	else
		hint("is the program that serves it running, and is this its address?");
	return LINK;
}

/* The addresses of a name. What asks for them has its own end, which may be far; only Ctrl-C comes
 * before it. */
static int look_up(const char *host, const char *port, struct addrinfo **list)
{
	static const struct addrinfo want = {.ai_socktype = SOCK_STREAM};
	const struct timespec look = {.tv_nsec = 100 * 1000 * 1000};
	struct gaicb *ask = grow(NULL, 1, sizeof *ask);
	struct patience p = patience_begin(0);
	int result;

	*ask = (struct gaicb){.ar_name = host, .ar_service = port, .ar_request = &want};
	result = getaddrinfo_a(GAI_NOWAIT, &ask, 1, NULL);
	while (!result && gai_error(ask) == EAI_INPROGRESS && !interrupted()) {
		patience_left(&p, "the address of %s", host);
		gai_suspend((const struct gaicb *const *)&ask, 1, &look);
	}
	if (!result)
		result = gai_error(ask);
	if (result == EAI_INPROGRESS)
		return result; /* `ask` and the name are in use for as long as the process lasts */
	*list = ask->ar_result;
	free(ask);
	return result;
}

static int tcp_open(struct link *l, const char *where, bool loud)
{
	struct addrinfo *list = NULL;
	char *host = copy_string(where), *port = strrchr(host, ':');
	int error = EHOSTUNREACH, found, one = 1;

	if (!port || port == host || !port[1]) {
		free(host);
		fail(USAGE, "'%s': a TCP port is tcp:HOST:PORT", l->port);
		return USAGE;
	}
	*port++ = 0;
	if (host[0] == '[' && port[-2] == ']') { /* [::1]:1234 */
		port[-2] = 0;
		memmove(host, host + 1, strlen(host));
	}
	found = look_up(host, port, &list);
	if (found != EAI_INPROGRESS)
		free(host);
	if (found != 0) {
		if (loud) {
			fail(LINK, "cannot connect to %s: %s", l->port, gai_strerror(found));
			hint("a TCP port is tcp:HOST:PORT");
		}
		return LINK;
	}
	for (const struct addrinfo *a = list; a && l->in < 0; a = a->ai_next) {
		int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
		                a->ai_protocol);

		if (fd < 0)
			continue;
		error = connect_within(l, fd, a->ai_addr, a->ai_addrlen);
		if (error)
			close(fd);
		else
			l->in = l->out = fd;
	}
	freeaddrinfo(list);
	if (l->in < 0)
		return refuse(l, error, loud);
	setsockopt(l->in, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return DONE;
}

static int unix_open(struct link *l, const char *where, bool loud)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, error;

	if (strlen(where) >= sizeof addr.sun_path)
		return refuse(l, ENAMETOOLONG, loud);
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", where);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(l, errno, loud);
	error = connect_within(l, fd, (struct sockaddr *)&addr, sizeof addr);
	if (error) {
		close(fd);
		return refuse(l, error, loud);
	}
	l->in = l->out = fd;
	return DONE;
}

/*
 * Until the server has read what was sent. QEMU takes a byte at a time, and forgets the others when
 * its client leaves: a target that gets half of a packet would take what is typed then for the
 * other half.
 */
static void let_it_read(struct link *l)
{
	enum { LONGEST = 2000, LOOK = 2 }; /* ms */
	struct patience p = patience_begin(LONGEST);
	int unread;

	while (!l->gone && l->out >= 0 && !ioctl(l->out, SIOCOUTQ, &unread) && unread &&
	       patience_left(&p, "%s to take what was sent", l->port))
		usleep(LOOK * 1000);
}

static void explain(const struct link *l)
{
	fail(LINK, "%s closed the connection", l->port);
	hint("has the program that serves it ended, or has another client taken its place?");
}

static const char one_client[] =
        "has it another client? QEMU, ser2net and OpenOCD serve one at a time, and let others wait";

const struct link_ops link_socket_tcp = {.prefix = "tcp:",
                                         .form = "tcp:HOST:PORT",
                                         .reopens = true,
                                         .open = tcp_open,
                                         .close = let_it_read,
                                         .explain = explain,
                                         .silence = one_client};
const struct link_ops link_socket_unix = {.prefix = "unix:",
                                          .form = "unix:PATH",
                                          .reopens = true,
                                          .open = unix_open,
                                          .close = let_it_read,
                                          .explain = explain,
                                          .silence = one_client};
