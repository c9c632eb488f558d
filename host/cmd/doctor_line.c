/* SPDX-License-Identifier: MIT */
/*
 * Checks of trapline doctor: the port, what is on it, and what comes of its own accord.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/doctor.h"
#include "link/holders.h"
#include "link/link.h"

int doctor_port(struct doctor *d)
{
	const struct options *o = d->options;

	if (!o->port)
		return no_port();
	d->has |= NEEDS_PORT;
	if (link_kind(o->port) == &link_tty)
		found(d, VERDICT_OK, "%s at %u baud, by %s", o->port, o->line.baud,
		      option_origin(o, "port"));
	else
		found(d, VERDICT_OK, "%s, by %s", o->port, option_origin(o, "port"));
	return DONE;
}

static void device_holders(struct doctor *d)
{
	struct holder holders[4];
	size_t n = holders_find(d->options->port, holders, 4);

	if (!n) {
		found(d, VERDICT_OK, "nobody else has it open, as far as /proc tells");
		return;
	}
	found(d, VERDICT_WARN, "process %d (%s) has it open, too", holders[0].pid, holders[0].name);
	for (size_t i = 1; i < n; i++)
		advise(d, "so has process %d (%s)", holders[i].pid, holders[i].name);
	advise(d, "who reads the same port takes away what is meant for the other: end it first");
}

static unsigned count_connections(const char *port)
{
	const struct link_ops *kind = link_kind(port);
	const char *where = port + strlen(kind->prefix), *colon = strrchr(where, ':');

	if (kind == &link_socket_unix)
		return holders_of_socket(where);
	return colon ? holders_of_port((unsigned)strtoul(colon + 1, NULL, 10)) : 0;
}

/* That a client has just left its server notes a moment later. */
static unsigned connections(const char *port)
{
	enum { MOMENT = 50, MOMENTS = 10 }; /* ms */
	unsigned n = count_connections(port);

	for (unsigned i = 0; i < MOMENTS && n && !interrupted(); i++) {
		poll(NULL, 0, MOMENT);
		n = count_connections(port);
	}
	return n;
}

/* A server elsewhere knows its clients, and nobody here does. */
static bool is_local(const char *port)
{
	return link_kind(port) == &link_socket_unix || strncmp(port, "tcp:127.0.0.1:", 14) == 0 ||
	       strncmp(port, "tcp:localhost:", 14) == 0;
}

/* Before it is opened here. */
int doctor_holders(struct doctor *d)
{
	const char *port = d->options->port;
	unsigned n = is_local(port) ? connections(port) : 0;

	if (link_kind(port) == &link_tty)
		device_holders(d);
	else if (!is_local(port))
		found(d, VERDICT_OK, "cannot be told of this port");
	else if (!n)
		found(d, VERDICT_OK, "nobody else is connected to it");
	else
		found(d, VERDICT_WARN, "%u other%s connected to it", n, n > 1 ? "s are" : " is");
	if (n)
		advise(d, "most that serve such a port, QEMU too, serve one client at a time");
	return DONE;
}

/* -- What comes -- */

/* The latest of it is kept. */
static void take_text(void *ctx, const char *text, size_t n)
{
	struct doctor *d = ctx;

	if (n > sizeof d->text) {
		text += n - sizeof d->text;
		n = sizeof d->text;
	}
	if (d->ntext + n > sizeof d->text) {
		size_t gone = d->ntext + n - sizeof d->text;

		memmove(d->text, d->text + gone, d->ntext - gone);
		d->ntext -= gone;
	}
	memcpy(d->text + d->ntext, text, n);
	d->ntext += n;
}

/* What of the text fits a line of a report. */
static void take_sample(struct doctor *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->ntext && n + 1 < sizeof d->sample; i++) {
		unsigned char c = (unsigned char)d->text[i];

		if (c > ' ' && c < 0x7f)
			d->sample[n++] = (char)c;
		else if (n && d->sample[n - 1] != ' ')
			d->sample[n++] = ' ';
	}
	while (n && d->sample[n - 1] == ' ')
		n--;
	d->sample[n] = 0;
}

enum { LISTEN = 400 }; /* ms, before anything is sent */

int doctor_open(struct doctor *d)
{
	const struct options *o = d->options;
	struct session *s = &d->attached.session;
	uint64_t end, now;
	int status;

	s->listener = (struct listener){.text = take_text, .ctx = d};
	status = session_connect(s, o->port, &o->line, o->lease, o->wait);
	if (status)
		return status;
	end = now_ms() + LISTEN;
	while ((now = now_ms()) < end && !s->link.gone && !interrupted())
		session_pump(s, (unsigned)(end - now), -1);
	d->noise = s->sieve.noise;
	d->heard = d->noise + s->sieve.shown;
	take_sample(d);
	if (s->link.gone)
		return session_explain(s);
	d->has |= NEEDS_OPEN;
	if (!d->finding.found)
		found(d, VERDICT_OK, "it may be opened");
	return DONE;
}

int doctor_line(struct doctor *d)
{
	enum { FEW = 4 }; /* bytes come when a line is opened */

	if (d->heard < FEW) {
		found(d, VERDICT_OK, "nothing comes by itself in %d ms", LISTEN);
	} else if (d->noise * 5 <= d->heard) {
		found(d, VERDICT_OK, "text comes by itself: %s", d->sample);
	} else {
		found(d, VERDICT_WARN, "%llu bytes came by themselves, %llu %% of them no text",
		      (unsigned long long)d->heard,
		      (unsigned long long)(100 * d->noise / d->heard));
		if (d->attached.online)
			advise(d,
			       "a boot ROM that runs at another rate does that; the agent answers "
			       "at this one");
		else
			session_hint_noise(&d->attached.session);
	}
	return DONE;
}

/* -- What comes back -- */

/* What was sent to find an agent. */
static bool comes_back(const struct doctor *d)
{
	static const char sent[] = "QTl.hello:";

	return memmem(d->text, d->ntext, sent, sizeof sent - 1) != NULL;
}

int doctor_agent(struct doctor *d)
{
	struct session *s = &d->attached.session;
	const struct target *t = &s->target;
	int status = session_look(s, d->options->wait);

	if (status && s->link.gone)
		d->has &= ~(unsigned)NEEDS_OPEN;
	if (status && comes_back(d)) {
		forget_hints(d);
		advise(d, "what is sent comes back: see loopback");
	}
	if (status)
		return status;
	d->attached.online = true;
	d->has |= NEEDS_AGENT;
	found(d, VERDICT_OK, "%s (%s), protocol %u", t->board, t->isa->name, t->version);
	return DONE;
}

int doctor_loopback(struct doctor *d)
{
	if (!comes_back(d)) {
		found(d, VERDICT_OK, "what is sent does not come back");
		return DONE;
	}
	if (d->attached.online) {
		found(d, VERDICT_WARN, "what is sent comes back, and so do answers");
		advise(d, "something between here and the target echoes");
		return DONE;
	}
	found(d, VERDICT_BAD, "what is sent comes back, and nothing else");
	advise(d,
	       "RX and TX of the line are joined, at a plug or in its adapter; or it is no agent "
	       "that is there but a shell or a modem, which echoes");
	return LINK;
}
