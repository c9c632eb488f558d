/* SPDX-License-Identifier: MIT */
/*
 * The session: see session.h. What arrives is sorted in session_receive.c; nothing else reads.
 */
#include "session.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "error.h"
#include "interrupt.h"
#include "isas.h"
#include "pack.h"
#include "say.h"
#include "util.h"

enum {
	ATTEMPTS = 7,       /* of a request */
	GREETINGS = 3,      /* of one that may find nobody */
	PATIENCE = 500,     /* ms for an answer at the most */
	IMPATIENCE = 150,   /* ms for the first attempt; doubled with each further one */
	LONG_ANSWER = 256,  /* bytes that a slow line is given the time for */
	FIRST_TAG = 0x1000, /* to 0xffff: all of four digits, so that text seldom looks like an answer */
	FIRST_TIME = 5000,  /* ms to find an agent on the line */
	COME_BACK = 15000,  /* ms for a target that was there before */
	PING = 400,         /* ms */
};

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
	session_receive(s);
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
	tl_frame_put_crc(&tx);
	if (!tl_frame_close(&tx))
		return false;
	return link_write(&s->link, frame, tx.len);
}

/* ms that bytes take on the line. */
static unsigned line_time(const struct session *s)
{
	enum { SLOWEST = 300 };

	return LONG_ANSWER * 10 * 1000 / (s->link.settings.baud > SLOWEST ? s->link.settings.baud : SLOWEST);
}

/* Sends until answered, the first time waiting `patience`. False: in vain. */
static bool exchange(struct session *s, const char *payload, unsigned tag, unsigned attempts, unsigned patience)
{
	unsigned attempt = 0;

	s->waiting = tag;
	s->replied = false;
	while (!s->replied && attempt < attempts && !s->link.gone) {
		uint64_t end = now_ms() + patience + line_time(s);

		attempt++;
		if (patience < PATIENCE)
			patience = 2 * patience < PATIENCE ? 2 * patience : PATIENCE;
		if (!send(s, payload))
			break;
		for (uint64_t now = now_ms(); !s->replied && !s->link.gone && now < end; now = now_ms())
			session_pump(s, (unsigned)(end - now), -1);
	}
	s->waiting = 0;
	return s->replied;
}

/* A lost byte is soon made good, but a slow line needs its time. */
static unsigned first_patience(const struct session *s)
{
	return s->link.settings.baud >= 38400 ? IMPATIENCE : PATIENCE;
}

static int vask(struct session *s, struct reply *r, unsigned attempts, const char *name, const char *format, va_list args)
{
	char payload[SESSION_FRAME_MAX / 2];
	uint64_t error;
	int n;

	s->tag = s->tag >= 0xffff ? FIRST_TAG : s->tag + 1;
	n = snprintf(payload, sizeof payload, "%s:%x", name, s->tag);
	vsnprintf(payload + n, sizeof payload - (size_t)n, format, args);
	if (!exchange(s, payload, s->tag, attempts, attempts > 1 ? first_patience(s) : PATIENCE))
		return SESSION_LOST;
	*r = (struct reply){s->reply, s->reply + s->reply_len};
	if (!reply_number(r, &error) || !reply_number(r, &error)) /* the first is the TAG */
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

int session_try(struct session *s, struct reply *r, unsigned attempts, const char *name, const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = vask(s, r, attempts ? attempts : ATTEMPTS, name, format, args);
	va_end(args);
	return result;
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

double session_duration(const struct session *s, uint32_t ticks)
{
	return (double)ticks / (s->target.tick_hz ? s->target.tick_hz : 1);
}

double session_now(const struct session *s)
{
	return s->wall_start ? (double)(now_ms() - s->wall_start) / 1000 : 0;
}

/* A new clock: it starts at what the target says now. */
static void start_clock(struct session *s, uint32_t ticks)
{
	s->clock_low = ticks;
	s->clock = s->clock_start = (uint64_t)1 << 32; /* room for records a little older */
	s->epoch = session_now(s);
	if (!s->wall_start)
		s->wall_start = now_ms();
}

/* -- Coming and going -- */

/*
 * An agent that is polled rarely answers late and drops records. By the target's clock, and on average, since a machine that runs
 * slowly, in an emulator, is none that polls rarely.
 */
static void watch_polls(struct session *s, uint32_t ticks, uint32_t polls)
{
	enum { RARELY = 20, LONG_ENOUGH = 200 }; /* ms */
	double ms = 1000 * session_duration(s, ticks - s->polls_at);
	uint32_t n = polls - s->polls;

	if (s->polls_known && (ms < LONG_ENOUGH || s->polls_told))
		return;
	if (s->polls_known && n && ms / n > RARELY) {
		warn("the firmware calls tl_poll() only every %.0f ms: answers come late, and records may be dropped", ms / n);
		hint("call it every few milliseconds, from a task or an interrupt: see README, With an RTOS");
		s->polls_told = true;
	}
	s->polls_known = true;
	s->polls = polls;
	s->polls_at = ticks;
}

static int ping(struct session *s, bool patient, uint32_t *token)
{
	uint64_t session, ticks, bad, lost, armed = 1, expired = 0, polls;
	struct reply r;
	int result = patient ? session_ask(s, &r, "qTl.ping", "%s", "") : session_try(s, &r, 1, "qTl.ping", "%s", "");

	if (result)
		return result;
	if (!reply_number(&r, &session) || !reply_number(&r, &ticks) || !reply_number(&r, &bad) || !reply_number(&r, &lost))
		return TL_EPACKET;
	reply_number(&r, &armed);
	if (reply_number(&r, &expired))
		reply_number(&r, &s->lease_ms);
	*token = (uint32_t)session;
	s->armed = armed != 0;
	if (*token == s->token) {
		s->fate = FATE_SAME;
		s->known = now_ms();
		unwrap(s, (uint32_t)ticks);
		if (reply_number(&r, &polls))
			watch_polls(s, (uint32_t)ticks, (uint32_t)polls);
	} else if (!*token || *token != s->offered) { /* else it is ours already, and only the answer was lost */
		s->fate = *token ? FATE_TAKEN : expired == s->token ? FATE_LEASE : FATE_RESET;
	}
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
	uint32_t token;

	return ping(s, true, &token) == SESSION_LOST ? SESSION_LOST : 0;
}

static bool read_hello(struct session *s, struct reply *r)
{
	struct target *t = &s->target;
	uint64_t n[7];
	int id;

	if (!reply_number(r, &n[0]))
		return false;
	t->version = (unsigned)n[0];
	if (t->version != TL_PROTOCOL_VERSION)
		return true; /* who knows what follows */
	if (!reply_text(r, t->isa_name, sizeof t->isa_name) || !reply_text(r, t->board, sizeof t->board))
		return false;
	id = reply_bytes(r, t->build_id, sizeof t->build_id);
	for (int i = 1; i < 7; i++)
		if (!reply_number(r, &n[i]))
			return false;
	if (id < 0)
		return false;
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

static uint32_t new_token(void)
{
	uint32_t token;

	if (getrandom(&token, sizeof token, 0) != sizeof token)
		token = (uint32_t)now_ms();
	token &= 0x7fffffff;
	return token ? token : 1;
}

/* One try to find an agent and to begin a session: 0, or also without one if it is of another version; a target error or
 * SESSION_LOST. */
static int greet(struct session *s)
{
	struct reply r;
	int result;

	if (!s->offered)
		s->offered = new_token();
	result = session_try(s, &r, GREETINGS, "QTl.hello", ",%x,%x,%x", TL_PROTOCOL_VERSION, s->offered, s->lease);
	if (result)
		return result;
	if (s->no_crc) {
		s->target.version = 1;
		return 0;
	}
	if (!read_hello(s, &r))
		return TL_EPACKET;
	if (s->target.version != TL_PROTOCOL_VERSION)
		return 0; /* and there is no session */
	s->token = s->offered;
	s->want_key = false;
	result = session_ask(s, &r, "qTl.ping", "%s", "");
	if (!result) {
		uint64_t session, ticks;

		if (!reply_number(&r, &session) || !reply_number(&r, &ticks))
			return TL_EPACKET;
		start_clock(s, (uint32_t)ticks);
		s->polls_known = false; /* of a target that has been reset */
		s->next_ping = now_ms() + SESSION_HINTED_PING;
		s->armed = true;
		s->offered = 0;
		s->known = now_ms();
	}
	return result;
}

const char *session_fate_text(const struct session *s)
{
	static const char *const texts[] = {[FATE_SAME] = "the session goes on",
	                                    [FATE_RESET] = "the target was reset",
	                                    [FATE_LEASE] = "the lease ran out while this host was silent",
	                                    [FATE_TAKEN] = "another host has opened a session"};

	return texts[s->fate];
}

/* Noise, as a line brings that runs at another rate: those that boards come with, but for the one that was tried. */
static void hint_bauds(unsigned tried)
{
	static const unsigned usual[] = {9600, 19200, 38400, 57600, 74880, 115200, 230400, 460800, 921600, 1000000};
	char list[128] = "";
	int n = 0;

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (usual[i] != tried)
			n += snprintf(list + n, sizeof list - (size_t)n, "%s%u", n ? ", " : "", usual[i]);
	hint("only noise arrives: the target's line hardly runs at %u baud; worth trying with -b: %s", tried, list);
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
		if (s->link.ops->silence)
			hint("%s", s->link.ops->silence);
		hint("the firmware must call tl_init(), and tl_poll() or tl_rx(): see README, integration");
	} else if (s->binary * 10 > s->bytes) {
		if (*s->link.ops->prefix) /* what is behind it has the rate */
			hint("only noise arrives: does the serial line behind %s run at the target's baud rate?", s->link.port);
		else
			hint_bauds(s->link.settings.baud);
	} else {
		hint("text arrives, but no agent answers: does the firmware call tl_init(), and tl_poll() or tl_rx()?");
	}
	return LINK;
}

static int check_target(const struct session *s)
{
	const struct target *t = &s->target;
	char *known;

	if (t->version != TL_PROTOCOL_VERSION) {
		fail(REFUSED, "the agent speaks version %u of the protocol, this trapline version %d", t->version,
		     TL_PROTOCOL_VERSION);
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

/* Says once, after a second, what it waits for. */
static void say_wait(bool *said, uint64_t start, const char *what, const char *port)
{
	if (!*said && now_ms() - start >= 1000) {
		note("waiting for %s%s", what, port);
		*said = true;
	}
}

/* The port, which may come later. */
static int open_port(struct session *s, const char *port, const struct link_settings *settings, uint64_t start, unsigned wait)
{
	bool said = false;

	for (;;) {
		bool last = now_ms() - start >= wait || interrupted();
		int status = link_open(&s->link, port, settings, last);

		if (status != LINK || last)
			return status;
		say_wait(&said, start, "", port);
		session_pump(s, 100, -1);
	}
}

/* An agent on it; when the port goes, until it is there again. */
static int find_agent(struct session *s, uint64_t start, unsigned wait)
{
	unsigned patience = wait > FIRST_TIME ? wait : FIRST_TIME;
	int result = SESSION_LOST;
	bool said = false;

	while (result == SESSION_LOST && !interrupted() && now_ms() - start < patience) {
		say_wait(&said, start, "an answer from ", s->link.port);
		if (!s->link.gone) {
			result = greet(s);
		} else if (!wait || !s->link.ops->reopens) {
			break;
		} else if (!link_reopen(&s->link)) {
			s->link.gone = true;
			session_pump(s, 100, -1);
		}
	}
	return result;
}

int session_open(struct session *s, const char *port, const struct link_settings *settings, unsigned lease, unsigned wait)
{
	struct listener listener = s->listener;
	uint64_t start = now_ms();
	int status, result;

	*s = (struct session){
	        .listener = listener, .lease = lease, .tag = FIRST_TAG + (unsigned)(start ^ (uint64_t)getpid() * 977) % 0xe000};
	session_receive_anew(s);
	s->link.gone = true;
	status = open_port(s, port, settings, start, wait);
	if (status) {
		link_close(&s->link);
		return status;
	}
	result = find_agent(s, wait ? start : now_ms(), wait);
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

/* Opens the link again where it has gone. False: not yet. */
static bool reopened(struct session *s)
{
	if (s->link.gone) {
		session_pump(s, 200, -1);
		if (!link_reopen(&s->link)) {
			s->link.gone = true;
			return false;
		}
	}
	session_receive_anew(s);
	return true;
}

int session_resume(struct session *s)
{
	uint64_t start = now_ms(), known = s->known;
	uint32_t token = 0;
	int result;

	while (session_may_resume(s) && now_ms() - start < COME_BACK && !interrupted()) {
		if (!reopened(s))
			continue;
		result = ping(s, false, &token);
		if (result > 0)
			session_pump(s, PING, -1); /* an answer that makes no sense: not again at once */
		if (result)
			continue;
		s->silence = now_ms() - known;
		if (token == s->token)
			return 0;
		if (greet(s) == 0 && s->target.version == TL_PROTOCOL_VERSION)
			return SESSION_RESET;
	}
	return SESSION_LOST;
}

void session_close(struct session *s)
{
	bool open = s->token != 0;
	struct reply r;

	s->token = 0; /* text may come plain from now on, as before the session */
	if (open && !s->link.gone)
		session_ask(s, &r, "QTl.bye", ",0%s", "");
	if (s->damaged)
		chat("%u answers came damaged, were caught by their CRC and asked for again", s->damaged);
	if (s->lost_text)
		warn("%u pieces of console text came damaged and are not shown", s->lost_text);
	link_close(&s->link);
}
