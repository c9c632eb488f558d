/* SPDX-License-Identifier: MIT */
/*
 * Opens the line by the name of its port: see link.h.
 */
#include "link/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/patience.h"
#include "base/say.h"
#include "base/util.h"

static const struct link_ops *const kinds[] = {&link_socket_tcp, &link_socket_unix, &link_exec,
                                               &link_tty};

const struct link_ops *link_kind(const char *port)
{
	size_t i = 0;

	while (strncmp(port, kinds[i]->prefix, strlen(kinds[i]->prefix)) != 0)
		i++; /* the last one takes all */
	return kinds[i];
}

static int open_again(struct link *l, bool loud)
{
	l->in = l->out = -1;
	l->child = 0;
	l->gone = false;
	return l->ops->open(l, l->port + strlen(l->ops->prefix), loud);
}

int link_open(struct link *l, const char *port, const struct link_settings *settings, bool loud)
{
	*l = (struct link){.port = port, .settings = *settings, .in = -1, .out = -1};
	if (!*port)
		return fail(USAGE, "the name of the port is empty");
	l->ops = link_kind(port);
	if (l->ops != &link_tty && (settings->dtr || settings->rts)) {
		fail(USAGE, "%s has neither DTR nor RTS", port);
		hint("--dtr and --rts are of serial lines");
		return USAGE;
	}
	return open_again(l, loud);
}

bool link_reopen(struct link *l)
{
	if (!l->ops->reopens)
		return false;
	link_close(l);
	return open_again(l, false) == DONE;
}

void link_close(struct link *l)
{
	if (!l->ops)
		return;
	if (l->ops->close)
		l->ops->close(l);
	if (l->out >= 0 && l->out != l->in)
		close(l->out);
	if (l->in >= 0)
		close(l->in);
	l->in = l->out = -1;
	l->gone = true;
}

size_t link_read(struct link *l, uint8_t *to, size_t room)
{
	ssize_t n;

	if (l->gone)
		return 0;
	n = read(l->in, to, room);
	if (n > 0)
		return (size_t)n;
	if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
		l->gone = true;
	return 0;
}

bool link_write(struct link *l, const uint8_t *bytes, size_t n)
{
	enum { PATIENCE = 5000 }; /* ms without a byte taken: flow control is stuck */
	struct patience p = patience_begin(PATIENCE);

	while (n && !l->gone) {
		struct pollfd ready = {.fd = l->out, .events = POLLOUT};
		ssize_t done = write(l->out, bytes, n);

		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
			p.start = now_ms();
		} else if (done < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
			l->gone = true;
		} else {
			unsigned left = patience_left(&p, "%s to take what is sent", l->port);

			if (left)
				poll(&ready, 1, (int)left);
			else
				l->gone = true;
		}
	}
	return !l->gone;
}
