/* SPDX-License-Identifier: MIT */
/*
 * A debugger on our line: see share.h.
 *
 * What a debugger says is taken whenever the session looks at its descriptors, and queued; what the
 * target says comes through the session. Only share_step() asks the target anything, since a
 * request may be under way elsewhere.
 */
#include "session/share.h"

#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "error.h"

enum {
	ATTEMPTS = 7,   /* of a packet */
	PATIENCE = 500, /* ms for an answer, and between looks at firmware that runs */
	SOON = 100,     /* ms for ^C to have worked */
	QUEUE_MAX = 1 << 16,
	BREAK = 0x03,
};

enum debugger { NONE, RUNS, STOPPED }; /* as qTl.gdb has it */

/* ---- the packet that was passed on last ---- */

static bool is(const struct share *s, const char *name)
{
	size_t n = strlen(name);

	return s->nsent >= n + 4 && memcmp(s->sent + 1, name, n) == 0;
}

static bool is_just(const struct share *s, const char *name)
{
	return is(s, name) && s->nsent == strlen(name) + 4;
}

/* Packets after which there is a stop, which in all-stop mode is their answer. `?` stops what
   runs. */
static bool goes_on(const struct share *s)
{
	return is(s, "vCont;") || is(s, "c") || is(s, "s") || is(s, "C") || is(s, "S") ||
	       (is_just(s, "?") && !s->non_stop);
}

/* Is this packet a part of the answer, which others follow? */
static bool goes_on_with(const struct share *s, const uint8_t *data, unsigned n)
{
	return is(s, "qRcmd,") && n && data[0] == 'O' && !(n == 2 && data[1] == 'K');
}

/* ---- to the debugger ---- */

static void leave(struct share *s)
{
	s->left = true;
	s->asked = s->running = s->interrupt = s->asked_why = s->guest.waits = false;
	s->queue.n = s->nraw = 0;
	gdb_port_drop(&s->port);
}

static void tell(struct share *s, const uint8_t *bytes, size_t n)
{
	if (gdb_port_taken(&s->port) && !gdb_port_write(&s->port, bytes, n))
		leave(s);
}

static void deliver(struct share *s, char kind, const char *name, const uint8_t *data, size_t n)
{
	struct tl_frame_tx tx = {.out = s->answer, .size = sizeof s->answer};

	tl_frame_open(&tx, kind);
	tl_frame_puts(&tx, name);
	for (size_t i = 0; i < n; i++)
		tl_frame_put(&tx, data[i]);
	tl_frame_close(&tx);
	s->nanswer = tx.len;
	tell(s, s->answer, s->nanswer);
}

static void deliver_ok(struct share *s)
{
	deliver(s, '$', "OK", NULL, 0);
}

/* ---- from the target ---- */

/* Is what has no TAG the debugger's, even while a request of ours is under way? */
static void set_waits(struct share *s)
{
	s->guest.waits = s->asked || (s->running && !s->non_stop);
}

static void stopped(struct share *s)
{
	s->running = s->interrupt = false;
	s->unheard = 0;
}

static void on_answer(struct share *s, const uint8_t *data, unsigned n)
{
	if (s->non_stop && is_just(s, "?"))
		s->running = n && data[0] == 'O';
	else if (goes_on(s) && n && data[0] == 'E')
		s->running = false;
	deliver(s, '$', "", data, n);
}

static void on_packet(void *ctx, const uint8_t *data, unsigned n)
{
	struct share *s = ctx;

	if (s->asked && goes_on_with(s, data, n)) {
		s->look = now_ms() + PATIENCE;
		if (!s->left)
			deliver(s, '$', "", data, n);
	} else if (s->asked) {
		s->asked = false;
		if (!s->left)
			on_answer(s, data, n);
	} else if (s->asked_why && s->non_stop) {
		s->asked_why = false;
		if (n && data[0] == 'T' && s->running) {
			stopped(s);
			deliver(s, '%', "Stop:", data, n);
		}
	} else if (s->running && !s->non_stop) {
		stopped(s);
		deliver(s, '$', "", data, n);
	} /* else it is late: an answer to what was repeated, or to a debugger that has gone */
	set_waits(s);
}

static void on_notification(void *ctx, const uint8_t *data, unsigned n)
{
	struct share *s = ctx;

	stopped(s);
	deliver(s, '%', "", data, n);
}

/* ---- from the debugger ---- */

static void push(struct share *s)
{
	if (s->queue.n + s->nraw > QUEUE_MAX) {
		warn("the debugger does not wait for answers: connection closed");
		leave(s);
		return;
	}
	frames_push(&s->queue, s->raw, s->nraw);
}

/* The next frame of the queue, into `sent`. */
static void peek(struct share *s)
{
	const uint8_t *frame;

	s->nsent = frames_first(&s->queue, &frame);
	memcpy(s->sent, frame, s->nsent);
}

/* ^C goes ahead of everything: the firmware may hang, and our own requests wait for it. GDB may
   send it ahead of what lets the firmware go on, too: there it is to stop. */
static void pass_break(struct share *s)
{
	const uint8_t c = BREAK;

	s->interrupt = !s->non_stop;
	s->look = now_ms() + SOON;
	link_write(&s->session->link, &c, 1);
}

static void take_byte(struct share *s, uint8_t c)
{
	if (c == '$' || s->nraw == sizeof s->raw)
		s->nraw = 0;
	s->raw[s->nraw++] = c;
	switch (tl_frame_rx_byte(&s->rx, c)) {
	case TL_FRAME_PACKET:
		if (s->acks)
			tell(s, (const uint8_t *)"+", 1);
		push(s);
		break;
	case TL_FRAME_BAD:
		if (s->acks)
			tell(s, (const uint8_t *)"-", 1);
		break;
	case TL_FRAME_NAK:
		tell(s, s->answer, s->nanswer);
		break;
	case TL_FRAME_BREAK:
		pass_break(s);
		break;
	default:
		break;
	}
}

static void welcome(struct share *s)
{
	tl_frame_rx_init(&s->rx, s->buffer, sizeof s->buffer, NULL, true);
	s->queue.n = s->nraw = s->nanswer = 0;
	s->acks = true;
	s->non_stop = false;
	chat("a debugger has connected");
}

static void on_input(void *ctx)
{
	struct share *s = ctx;
	uint8_t bytes[4096];
	int n;

	if (gdb_port_accept(&s->port))
		welcome(s);
	n = gdb_port_read(&s->port, bytes, sizeof bytes);
	if (n < 0) {
		chat("the debugger has gone");
		leave(s);
	}
	for (int i = 0; i < n && gdb_port_taken(&s->port); i++)
		take_byte(s, bytes[i]);
}

/* ---- what became of it ---- */

struct look {
	enum debugger debugger;
	uint16_t served;
};

static int look(struct share *s, struct look *l)
{
	uint64_t debugger, served;
	struct reply r;
	int result = session_ask(s->session, &r, "qTl.gdb", "%s", "");

	if (result)
		return result;
	if (!reply_number(&r, &debugger) || !reply_number(&r, &served))
		return TL_EPACKET;
	*l = (struct look){(enum debugger)debugger, (uint16_t)served};
	return 0;
}

static void pass_on(struct share *s)
{
	s->attempts++;
	s->look = now_ms() + (s->interrupt ? SOON : PATIENCE);
	link_write(&s->session->link, s->sent, s->nsent);
}

/* Only what was lost is sent again: an answer that is still to come would be there by now, before
 * that to our own request. */
static int look_for_answer(struct share *s)
{
	struct look l;
	int result = look(s, &l);

	if (result || !s->asked)
		return result;
	if (s->attempts < ATTEMPTS) {
		pass_on(s);
		return 0;
	}
	warn("no answer to the debugger's packet: connection closed");
	leave(s);
	return 0;
}

static int look_for_stop(struct share *s)
{
	const uint8_t c = BREAK;
	struct look l;
	int result = look(s, &l);

	s->look = now_ms() + PATIENCE;
	if (result || !s->running)
		return result;
	if (!s->non_stop && l.served == s->before) {
		pass_on(s);
		if (s->interrupt)
			link_write(&s->session->link, &c, 1);
	} else if (l.debugger == NONE) {
		leave(s);
	} else if (l.debugger == STOPPED && ++s->unheard > 1) { /* once: it may be on its way */
		s->asked_why = s->non_stop;
		link_write(&s->session->link, (const uint8_t *)"$?#3f", 5);
	} else if (s->interrupt && l.debugger == RUNS) {
		link_write(&s->session->link, &c, 1);
	}
	return 0;
}

/* The agent is told in the debugger's name, and asked, since a D too many would end our own
 * session. */
static int say_goodbye(struct share *s)
{
	struct look l;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		uint64_t end = now_ms() + PATIENCE;
		int result = look(s, &l);

		if (result || l.debugger == NONE) {
			s->left = result == SESSION_LOST;
			return result;
		}
		s->asked = s->guest.waits = true;
		link_write(&s->session->link, (const uint8_t *)"$D#44", 5);
		for (uint64_t now = now_ms(); s->asked && now < end && !s->session->link.gone;
		     now = now_ms())
			session_pump(s->session, (unsigned)(end - now), -1);
		s->asked = s->guest.waits = false;
	}
	return SESSION_LOST;
}

/* ---- passing on ---- */

static int detach(struct share *s, bool answer)
{
	int result;

	s->running = s->interrupt = false;
	s->left = true;
	result = say_goodbye(s);
	if (answer)
		deliver_ok(s);
	return result;
}

static void serve(struct share *s)
{
	s->attempts = s->unheard = 0;
	s->no_acks_due = is(s, "qSupported");
	s->running |= goes_on(s);
	s->asked = s->non_stop || !s->running;
	set_waits(s);
	pass_on(s);
}

/* What comes next in the queue. It stays there until it can be passed on: so ^C behind it is not
 * taken to come too early. */
static int serve_next(struct share *s)
{
	struct look l = {0};
	int result = 0;

	peek(s);
	if (goes_on(s))
		result = look(s, &l);
	if (result || !s->queue.n)
		return result; /* it can wait, or the debugger has gone meanwhile */
	s->before = l.served;
	peek(s); /* look() may have sent something else */
	frames_pop(&s->queue);
	if (is(s, "QNonStop:"))
		s->non_stop = is(s, "QNonStop:1");
	if (is_just(s, "D") || is(s, "D;") || is(s, "vKill;"))
		return detach(s, true);
	if (is_just(s, "k"))
		return detach(s, false);
	if (is_just(s, "QStartNoAckMode")) {
		deliver_ok(s);
		s->acks = false;
	} else {
		serve(s);
	}
	return 0;
}

int share_step(struct share *s)
{
	if (gdb_port_accept(&s->port)) /* a pseudo terminal: nothing tells */
		welcome(s);
	if (s->left && !s->asked && say_goodbye(s) == SESSION_LOST)
		return SESSION_LOST;
	if (s->asked)
		return now_ms() < s->look ? 0 : look_for_answer(s);
	if (s->no_acks_due) {
		s->no_acks_due = false;
		return session_no_acks(s->session);
	}
	if (s->queue.n)
		return serve_next(s);
	return s->running && now_ms() >= s->look ? look_for_stop(s) : 0;
}

bool share_busy(const struct share *s)
{
	return s->asked;
}

void share_reset(struct share *s)
{
	if (gdb_port_taken(&s->port))
		note("the target has forgotten the debugger: its connection is closed");
	leave(s);
}

int share_open(struct share *s, struct session *session, const char *where)
{
	struct look l;
	int result;

	*s = (struct share){.session = session};
	s->guest = (struct guest){.packet = on_packet,
	                          .notification = on_notification,
	                          .input = on_input,
	                          .ctx = s,
	                          .fd = -1};
	result = look(s, &l);
	if (result == TL_ENOSUP) {
		fail(REFUSED, "the agent on the target has no packets of debuggers");
		hint("build it with TL_GDB=1, see tl_config.h");
		return REFUSED;
	}
	if (result)
		return session_explain(session);
	result = gdb_port_open(&s->port, where);
	s->guest.fd = s->port.poll_fd;
	s->left = l.debugger != NONE; /* one that was there before us */
	if (!result)
		session->guest = &s->guest;
	return result;
}

void share_close(struct share *s)
{
	if (gdb_port_taken(&s->port))
		leave(s);
	if (s->left)
		say_goodbye(s);
	s->session->guest = NULL;
	gdb_port_close(&s->port);
	frames_free(&s->queue);
}
