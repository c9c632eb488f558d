/* SPDX-License-Identifier: MIT */
/*
 * The session: see session.h. Bytes from the link go through take_byte(); nothing else reads.
 */
#include "session.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "error.h"
#include "interrupt.h"
#include "isas.h"
#include "pack.h"
#include "say.h"
#include "util.h"

enum {
	VERSION = 1,       /* of the protocol */
	UNTAGGED = ~0,     /* waiting for a packet without a TAG */
	ATTEMPTS = 7,      /* of a request */
	PATIENCE = 500,    /* ms for an answer at the most, and to the packets that cannot be repeated at will */
	IMPATIENCE = 150,  /* ms for the first attempt of a packet with a TAG; doubled with each further one */
	FIRST_TIME = 5000, /* ms to find an agent on the line */
	COME_BACK = 15000, /* ms for a target that was there before */
	PING = 400,        /* ms */
	HINTED_PING = 60,  /* ms, when something suspicious was seen */
	FRAME_GAP = 300,   /* ms of silence that end a frame */
};

static const char notifications[] = "Tl Stop:"; /* ours, and the one that debuggers get */

/* -- What arrives -- */

static void take_byte(struct session *s, uint8_t c);

static void emit_text(struct session *s, const uint8_t *text, size_t n)
{
	if (s->listener.text && n)
		s->listener.text(s->listener.ctx, (const char *)text, n);
}

/* Text outside frames, although a session is open: the target may just have been reset. */
static void stray_text(struct session *s, uint8_t c)
{
	uint64_t soon = now_ms() + HINTED_PING;

	if (s->token && s->next_ping > soon)
		s->next_ping = soon;
	emit_text(s, &c, 1);
}

static bool tag_of(const uint8_t *data, size_t n, uintptr_t *tag)
{
	const uint8_t *at = data;

	return tl_get_hex(&at, data + n, tag) && at < data + n && *at == ',';
}

/* What has no TAG: the answer to a packet of ours, not the guest's? A stop reply (T…) may come any time, and is no answer. */
static bool is_untagged_answer(const struct session *s, const uint8_t *data, size_t n)
{
	if (s->waiting == (unsigned)UNTAGGED)
		return !(n && data[0] == 'T');
	return s->waiting && !(s->guest && s->guest->waits) && (n == 0 || (n == 3 && data[0] == 'E'));
}

/* Does the reply carry the TAG of the request? Old answers to repeated requests do not. */
static void take_packet(struct session *s)
{
	uintptr_t tag;
	bool tagged = tag_of(s->rx.buf, s->rx.len, &tag);

	if (tagged ? tag == s->waiting : is_untagged_answer(s, s->rx.buf, s->rx.len)) {
		if (s->replied || !s->waiting)
			return;
		memcpy(s->reply, s->rx.buf, s->rx.len);
		s->reply_len = s->rx.len;
		s->replied = true;
	} else if (!tagged && s->guest) {
		s->guest->packet(s->guest->ctx, s->rx.buf, s->rx.len);
	}
}

static void take_notification(struct session *s)
{
	const uint8_t *data = s->rx.buf;
	unsigned n = s->rx.len;

	if (n >= 3 && memcmp(data, "Tl:", 3) == 0 && s->listener.frame)
		s->listener.frame(s->listener.ctx, data + 3, n - 3);
	else if (n >= 4 && memcmp(data, "TlO:", 4) == 0)
		emit_text(s, data + 4, n - 4);
	else if (s->guest && data[0] != 'T')
		s->guest->notification(s->guest->ctx, data, n);
}

/*
 * What looked like a frame and was none: its first byte is text, the rest is looked at again, as a frame may begin in it. A
 * damaged notification of ours is not the firmware's text: its frame number will be missed.
 */
static void take_bad(struct session *s)
{
	uint8_t raw[SESSION_FRAME_MAX];
	unsigned n = s->rx.len;
	struct tl_frame_rx before = s->rx; /* another frame may be under way already */
	bool ours = n >= 4 && (memcmp(s->rx.buf, "%Tl:", 4) == 0 || memcmp(s->rx.buf, "%TlO", 4) == 0);
	bool restart = tl_frame_rx_busy(&before);

	memcpy(raw, s->rx.buf, n);
	tl_frame_rx_init(&s->rx, s->buffer, sizeof s->buffer, before.notify, false);
	if (!ours && n) {
		stray_text(s, raw[0]);
		for (unsigned i = 1; i < n; i++)
			take_byte(s, raw[i]);
	}
	if (!restart)
		return;
	if (tl_frame_rx_abandon(&s->rx) == TL_FRAME_BAD)
		emit_text(s, s->rx.buf, s->rx.len);
	take_byte(s, before.pending);
}

/* Before an answer, with acks on, comes a '+' that is not the firmware's: the one that a frame follows. */
static bool is_ack(struct session *s, uint8_t c)
{
	bool held = s->held_ack;

	s->held_ack = c == '+' && (s->waiting || (s->guest && s->guest->waits)) && !tl_frame_rx_busy(&s->rx);
	if (held && c != '$' && c != '%')
		stray_text(s, '+');
	return s->held_ack;
}

static void take_byte(struct session *s, uint8_t c)
{
	if (is_ack(s, c))
		return;
	switch (tl_frame_rx_byte(&s->rx, c)) {
	case TL_FRAME_MORE:
		break;
	case TL_FRAME_TEXT:
	case TL_FRAME_ACK: /* none of these is told apart: see is_ack() */
	case TL_FRAME_NAK:
	case TL_FRAME_BREAK:
		stray_text(s, c);
		break;
	case TL_FRAME_PACKET:
		take_packet(s);
		break;
	case TL_FRAME_NOTIFY:
		take_notification(s);
		break;
	case TL_FRAME_BAD:
		take_bad(s);
		break;
	}
}

static void take(struct session *s)
{
	uint8_t bytes[4096];
	size_t n = link_read(&s->link, bytes, sizeof bytes);

	if (n)
		s->last_byte = now_ms();
	s->bytes += n;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = bytes[i];

		if (c >= 0x7f || (c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1b))
			s->binary++;
		take_byte(s, c);
	}
	if (!n && tl_frame_rx_busy(&s->rx) && now_ms() - s->last_byte > FRAME_GAP && tl_frame_rx_abandon(&s->rx) == TL_FRAME_BAD)
		take_bad(s);
}

bool session_pump(struct session *s, unsigned ms, int fd)
{
	struct pollfd fds[] = {{.fd = interrupt_fd(), .events = POLLIN},
	                       {.fd = s->link.gone ? -1 : s->link.in, .events = POLLIN},
	                       {.fd = fd, .events = POLLIN},
	                       {.fd = s->guest ? s->guest->fd : -1, .events = POLLIN}};

	if (poll(fds, 4, (int)ms) < 0)
		return false;
	if (fds[0].revents)
		interrupt_seen();
	take(s);
	if (fds[3].revents)
		s->guest->input(s->guest->ctx);
	return fds[2].revents != 0;
}

/* -- Requests -- */

static bool send(struct session *s, const char *payload)
{
	uint8_t frame[SESSION_FRAME_MAX];
	struct tl_frame_tx tx = {.out = frame, .size = sizeof frame};

	tl_frame_open(&tx, '$');
	tl_frame_puts(&tx, payload);
	if (!tl_frame_close(&tx))
		return false;
	return link_write(&s->link, frame, tx.len);
}

/* Sends until answered, the first time waiting `patience`; how many times it was sent, 0: in vain. */
static unsigned exchange(struct session *s, const char *payload, unsigned tag, unsigned attempts, unsigned patience)
{
	unsigned attempt = 0;

	s->waiting = tag;
	s->replied = false;
	while (!s->replied && attempt < attempts && !s->link.gone) {
		uint64_t end = now_ms() + patience;

		attempt++;
		if (patience < PATIENCE)
			patience = 2 * patience < PATIENCE ? 2 * patience : PATIENCE;
		if (!send(s, payload))
			break;
		for (uint64_t now = now_ms(); !s->replied && !s->link.gone && now < end; now = now_ms())
			session_pump(s, (unsigned)(end - now), -1);
	}
	s->waiting = 0;
	return s->replied ? attempt : 0;
}

/* A lost byte is soon made good, but a slow line needs its time. */
static unsigned first_patience(const struct session *s)
{
	return s->link.baud >= 38400 ? IMPATIENCE : PATIENCE;
}

static int vask(struct session *s, struct reply *r, unsigned attempts, const char *name, const char *format, va_list args)
{
	char payload[SESSION_FRAME_MAX / 2];
	uint64_t error;
	int n;

	s->tag = s->tag >= 0xffff ? 1 : s->tag + 1;
	n = snprintf(payload, sizeof payload, "%s:%x", name, s->tag);
	vsnprintf(payload + n, sizeof payload - (size_t)n, format, args);
	if (!exchange(s, payload, s->tag, attempts, attempts > 1 ? first_patience(s) : PATIENCE))
		return SESSION_LOST;
	*r = (struct reply){s->reply, s->reply + s->reply_len};
	if (!s->reply_len)
		return TL_ENOSUP;
	if (!reply_number(r, &error)) /* the TAG, or Enn */
		return TL_EPACKET;
	if (!reply_number(r, &error))
		return TL_EPACKET;
	return (int)(error & 0xff);
}

int session_ask(struct session *s, struct reply *r, const char *name, const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = vask(s, r, ATTEMPTS, name, format, args);
	va_end(args);
	return result;
}

static int ask_once(struct session *s, struct reply *r, const char *name, const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = vask(s, r, 1, name, format, args);
	va_end(args);
	return result;
}

int session_rsp(struct session *s, struct reply *r, unsigned patience, const char *format, ...)
{
	char payload[SESSION_FRAME_MAX / 2];
	struct reply ignored;
	unsigned sent;
	va_list args;

	va_start(args, format);
	vsnprintf(payload, sizeof payload, format, args);
	va_end(args);
	sent = exchange(s, payload, (unsigned)UNTAGGED, ATTEMPTS, patience);
	if (!sent)
		return SESSION_LOST;
	if (sent > 1) { /* late answers to the earlier attempts come before the answer to this */
		uint8_t reply[SESSION_FRAME_MAX];
		size_t n = s->reply_len;

		memcpy(reply, s->reply, n);
		if (ask_once(s, &ignored, "qTl.ping", "%s", "") == SESSION_LOST)
			return SESSION_LOST;
		memcpy(s->reply, reply, n);
		s->reply_len = n;
	}
	*r = (struct reply){s->reply, s->reply + s->reply_len};
	if (!s->reply_len)
		return TL_ENOSUP;
	if (s->reply_len == 3 && s->reply[0] == 'E') {
		uint64_t error = 0;

		r->at++;
		return reply_number(r, &error) && error ? (int)error : TL_EPACKET;
	}
	return 0;
}

/* -- The clock -- */

static uint64_t unwrap(struct session *s, uint32_t ticks)
{
	int32_t ahead = (int32_t)(ticks - s->clock_low);

	if (ahead > 0) {
		s->clock += (uint32_t)ahead;
		s->clock_low = ticks;
		return s->clock;
	}
	return s->clock - (uint32_t)-ahead;
}

double session_seconds(struct session *s, uint32_t ticks)
{
	int64_t since = (int64_t)(unwrap(s, ticks) - s->clock_start);

	return s->epoch + (double)since / (s->target.tick_hz ? s->target.tick_hz : 1);
}

/* A new clock: it starts at what the target says now. */
double session_duration(const struct session *s, uint32_t ticks)
{
	return (double)ticks / (s->target.tick_hz ? s->target.tick_hz : 1);
}

static void start_clock(struct session *s, uint32_t ticks)
{
	s->clock_low = ticks;
	s->clock = s->clock_start = (uint64_t)1 << 32; /* room for records a little older */
	s->epoch = s->wall_start ? (double)(now_ms() - s->wall_start) / 1000 : 0;
	if (!s->wall_start)
		s->wall_start = now_ms();
}

/* -- Coming and going -- */

static int ping(struct session *s, bool patient, uint32_t *token)
{
	uint64_t session, ticks, bad, lost, armed = 1;
	struct reply r;
	int result = patient ? session_ask(s, &r, "qTl.ping", "%s", "") : ask_once(s, &r, "qTl.ping", "%s", "");

	if (result)
		return result;
	if (!reply_number(&r, &session) || !reply_number(&r, &ticks) || !reply_number(&r, &bad) || !reply_number(&r, &lost))
		return TL_EPACKET;
	reply_number(&r, &armed);
	*token = (uint32_t)session;
	s->armed = armed != 0;
	if (*token == s->token)
		unwrap(s, (uint32_t)ticks);
	s->next_ping = now_ms() + (s->lease && s->lease / 4 < PING ? s->lease / 4 : PING);
	return 0;
}

int session_ask_key(struct session *s)
{
	struct reply r;

	s->want_key = false;
	return session_ask(s, &r, "QTl.key", "%s", "") == SESSION_LOST ? SESSION_LOST : 0;
}

int session_keep(struct session *s)
{
	uint32_t token = 0;
	int result;

	if (s->link.gone)
		return SESSION_LOST;
	if (s->want_key && session_ask_key(s))
		return SESSION_LOST;
	if (now_ms() < s->next_ping)
		return 0;
	result = ping(s, true, &token);
	if (result)
		return SESSION_LOST;
	return token == s->token ? 0 : SESSION_RESET;
}

int session_no_acks(struct session *s)
{
	return exchange(s, "QStartNoAckMode", (unsigned)UNTAGGED, ATTEMPTS, PATIENCE) ? 0 : SESSION_LOST;
}

static bool read_hello(struct session *s, struct reply *r)
{
	struct target *t = &s->target;
	uint64_t n[7];
	int id;

	if (!reply_number(r, &n[0]) || !reply_text(r, t->isa_name, sizeof t->isa_name) ||
	    !reply_text(r, t->board, sizeof t->board))
		return false;
	id = reply_bytes(r, t->build_id, sizeof t->build_id);
	for (int i = 1; i < 7; i++)
		if (!reply_number(r, &n[i]))
			return false;
	if (id < 0)
		return false;
	t->version = (unsigned)n[0];
	t->build_id_len = (unsigned)id;
	t->tick_hz = (unsigned)n[1];
	t->points = (unsigned)n[2];
	t->probes = (unsigned)n[3];
	t->ring = (unsigned)n[4];
	t->packet = (unsigned)n[5];
	t->slot = (unsigned)n[6];
	t->isa = isa_by_name(t->isa_name);
	return true;
}

/* One try to find an agent and to begin a session: 0, a target error or SESSION_LOST. */
static int greet(struct session *s)
{
	struct reply r;
	uint32_t token;
	int result;

	if (!exchange(s, "QStartNoAckMode", (unsigned)UNTAGGED, 1, PATIENCE))
		return SESSION_LOST;
	do {
		if (getrandom(&token, sizeof token, 0) != sizeof token)
			token = (uint32_t)now_ms();
		token &= 0x7fffffff;
	} while (!token);
	result = session_ask(s, &r, "QTl.hello", ",%x,%x", token, s->lease);
	if (result)
		return result;
	if (!read_hello(s, &r))
		return TL_EPACKET;
	s->token = token;
	s->want_key = false;
	result = session_ask(s, &r, "qTl.ping", "%s", "");
	if (!result) {
		uint64_t session, ticks;

		if (!reply_number(&r, &session) || !reply_number(&r, &ticks))
			return TL_EPACKET;
		start_clock(s, (uint32_t)ticks);
		s->next_ping = now_ms() + HINTED_PING;
		s->armed = true;
	}
	return result;
}

int session_explain(const struct session *s)
{
	if (s->link.gone) {
		s->link.ops->explain(&s->link);
		return LINK;
	}
	fail(LINK, "no answer from %s", s->link.port);
	if (!s->bytes) {
		hint("the line is silent: is the target running, is this its port, are RX and TX crossed?");
		hint("the firmware must call tl_init(), and tl_poll() or tl_rx(): see README, integration");
	} else if (s->binary * 10 > s->bytes) {
		hint("bytes arrive that make no sense: is %u the baud rate of both ends?  see -b", s->link.baud);
	} else {
		hint("text arrives, but no agent answers: does the firmware call tl_init(), and tl_poll() or tl_rx()?");
	}
	return LINK;
}

static int check_target(const struct session *s)
{
	const struct target *t = &s->target;
	char *known;

	if (t->version != VERSION) {
		fail(REFUSED, "the agent speaks version %u of the protocol, this trapline version %d", t->version, VERSION);
		hint("build both from the same sources");
		return REFUSED;
	}
	if (t->isa)
		return DONE;
	known = isa_names();
	fail(REFUSED, "this trapline does not know the target's instruction set '%s'", t->isa_name);
	hint("it knows: %s", known);
	free(known);
	return REFUSED;
}

int session_open(struct session *s, const char *port, unsigned baud, unsigned lease)
{
	struct listener listener = s->listener;
	int status, result = SESSION_LOST;
	uint64_t end;

	*s = (struct session){.listener = listener, .lease = lease};
	tl_frame_rx_init(&s->rx, s->buffer, sizeof s->buffer, notifications, false);
	status = link_open(&s->link, port, baud);
	if (status) {
		link_close(&s->link);
		return status;
	}
	end = now_ms() + FIRST_TIME;
	while (result == SESSION_LOST && !s->link.gone && !interrupted() && now_ms() < end)
		result = greet(s);
	if (result > 0) {
		status = fail(REFUSED, "the target refused the session: %s", error_text((unsigned)result));
		hint("%s", error_hint((unsigned)result));
	} else if (result == SESSION_LOST) {
		status = interrupted() ? fail(LINK, "interrupted before the target answered") : session_explain(s);
	} else {
		status = check_target(s);
	}
	if (status)
		session_close(s);
	return status;
}

bool session_may_resume(const struct session *s)
{
	return !s->link.gone || s->link.ops->reopens;
}

int session_resume(struct session *s)
{
	uint64_t end = now_ms() + COME_BACK;
	uint32_t token = 0;

	if (!s->link.gone && ping(s, false, &token) == 0 && token == s->token)
		return 0;
	while (session_may_resume(s) && now_ms() < end && !interrupted()) {
		if (s->link.gone) {
			session_pump(s, 200, -1);
			if (!link_reopen(&s->link)) {
				s->link.gone = true;
				continue;
			}
		}
		tl_frame_rx_init(&s->rx, s->buffer, sizeof s->buffer, notifications, false);
		if (ping(s, false, &token) == 0 && token == s->token)
			return 0;
		if (greet(s) == 0)
			return SESSION_RESET;
	}
	return SESSION_LOST;
}

void session_close(struct session *s)
{
	struct reply r;

	if (s->token && !s->link.gone)
		session_ask(s, &r, "QTl.bye", ",0%s", "");
	s->token = 0;
	link_close(&s->link);
}
