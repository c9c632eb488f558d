/* SPDX-License-Identifier: MIT */
/*
 * The session: see session.h. How it begins and ends is in session_open.c; what arrives is sorted
 * in session_receive.c, nothing else reads.
 */
#include "session/session_parts.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "pack.h"

enum {
	ATTEMPTS = 7,      /* of a request */
	PATIENCE = 500,    /* ms for an answer at the most */
	IMPATIENCE = 150,  /* ms for the first attempt; doubled with each further one */
	LONG_ANSWER = 256, /* bytes that a slow line is given the time for */
	PING = 400,        /* ms */
};

bool session_pump(struct session *s, unsigned ms, int fd)
{
	struct pollfd fds[] = {{.fd = interrupt_fd(), .events = POLLIN},
	                       {.fd = s->link.gone ? -1 : s->link.in, .events = POLLIN},
	                       {.fd = fd, .events = POLLIN},
	                       {.fd = s->guest ? s->guest->fd : -1, .events = POLLIN}};

	if (sieve_waits(&s->sieve) && ms > SIEVE_PAUSE)
		ms = SIEVE_PAUSE;
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

	return LONG_ANSWER * 10 * 1000 /
	       (s->link.settings.baud > SLOWEST ? s->link.settings.baud : SLOWEST);
}

static unsigned longer(unsigned patience)
{
	return 2 * patience < PATIENCE ? 2 * patience : PATIENCE;
}

/* ms that all the attempts take. */
static unsigned in_vain(const struct session *s, unsigned attempts, unsigned patience)
{
	unsigned ms = 0;

	for (; attempts; attempts--, patience = longer(patience))
		ms += patience + line_time(s);
	return ms;
}

/* Until answered, or `end`. What is waited for is said once: in a longer wait that is more than
 * this answer. */
static void await(struct session *s, struct patience *own, uint64_t end)
{
	for (uint64_t now = now_ms(); !s->replied && !s->link.gone && now < end; now = now_ms()) {
		unsigned left = *s->waits_for
		                        ? patience_left(&s->wait, "%s", s->waits_for)
		                        : patience_left(own, "an answer from %s", s->link.port);

		session_pump(s, left && left < end - now ? left : (unsigned)(end - now), -1);
	}
}

/* Sends until answered, the first time waiting `patience`: so many times, and then ever more rarely
 * for `most` ms in all. False: in vain. */
static bool exchange(struct session *s, const char *payload, unsigned tag, unsigned attempts,
                     unsigned patience, unsigned most)
{
	unsigned usual = in_vain(s, attempts, patience);
	struct patience own = patience_begin(most > usual ? most : usual);

	s->waiting = tag;
	s->replied = false;
	for (unsigned sent = 0; !s->replied && !s->link.gone; sent++) {
		uint64_t end = now_ms() + patience + line_time(s);

		if (sent >= attempts && now_ms() - own.start >= most)
			break;
		patience = sent + 1 < attempts ? longer(patience) : 2 * patience;

		if (!send(s, payload))
			break;
		await(s, &own, end);
	}
	s->waiting = 0;
	return s->replied;
}

void session_wait(struct session *s, unsigned most, const char *format, ...)
{
	va_list args;

	s->wait = patience_begin(most);
	va_start(args, format);
	vsnprintf(s->waits_for, sizeof s->waits_for, format, args);
	va_end(args);
}

void session_wait_over(struct session *s)
{
	*s->waits_for = 0;
}

/* A lost byte is soon made good, but a slow line needs its time. */
static unsigned first_patience(const struct session *s)
{
	return s->link.settings.baud >= 38400 ? IMPATIENCE : PATIENCE;
}

static int vask(struct session *s, struct reply *r, unsigned attempts, unsigned most,
                const char *name, const char *format, va_list args)
{
	char payload[SESSION_FRAME_MAX / 2];
	uint64_t error;
	int n;

	s->tag = s->tag >= 0xffff ? SESSION_FIRST_TAG : s->tag + 1;
	n = snprintf(payload, sizeof payload, "%s:%x", name, s->tag);
	vsnprintf(payload + n, sizeof payload - (size_t)n, format, args);
	if (!exchange(s, payload, s->tag, attempts, attempts > 1 ? first_patience(s) : PATIENCE,
	              most))
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
	result = vask(s, r, ATTEMPTS, s->longest, name, format, args);
	va_end(args);
	return result;
}

int session_try(struct session *s, struct reply *r, unsigned attempts, const char *name,
                const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = vask(s, r, attempts ? attempts : ATTEMPTS, attempts ? 0 : s->longest, name, format,
	              args);
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

void session_start_clock(struct session *s, uint32_t ticks)
{
	s->clock_low = ticks;
	s->clock = s->clock_start = (uint64_t)1 << 32; /* room for records a little older */
	s->epoch = session_now(s);
	if (!s->wall_start)
		s->wall_start = now_ms();
}

/* -- Whose session it is -- */

/*
 * An agent that is polled rarely answers late and drops records. By the target's clock, and on
 * average, since a machine that runs slowly, in an emulator, is none that polls rarely.
 */
static void watch_polls(struct session *s, uint32_t ticks, uint32_t polls)
{
	enum { RARELY = 20, LONG_ENOUGH = 200 }; /* ms */
	double ms = 1000 * session_duration(s, ticks - s->polls_at);
	uint32_t n = polls - s->polls;

	if (s->polls_known && (ms < LONG_ENOUGH || s->polls_told))
		return;
	if (s->polls_known && n && ms / n > RARELY) {
		warn("the firmware calls tl_poll() only every %.0f ms: answers come late, and "
		     "records may be dropped",
		     ms / n);
		hint("call it every few milliseconds, from a task or an interrupt: see README, "
		     "With an RTOS");
		s->polls_told = true;
	}
	s->polls_known = true;
	s->polls = polls;
	s->polls_at = ticks;
}

int session_ping(struct session *s, bool patient, uint32_t *token)
{
	uint64_t session, ticks, bad, lost, armed = 1, expired = 0, polls, images, overloads;
	struct reply r;
	int result = patient ? session_ask(s, &r, "qTl.ping", "%s", "")
	                     : session_try(s, &r, 1, "qTl.ping", "%s", "");

	if (result)
		return result;
	if (!reply_number(&r, &session) || !reply_number(&r, &ticks) || !reply_number(&r, &bad) ||
	    !reply_number(&r, &lost))
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
		if (reply_number(&r, &images))
			s->image_changes = (uint32_t)images;
		if (reply_number(&r, &overloads))
			s->overloads = (uint32_t)overloads;
	} else if (!*token ||
	           *token !=
	                   s->offered) { /* else it is ours already, and only the answer was lost */
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
	result = session_ping(s, true, &token);
	if (result)
		return SESSION_LOST;
	return token == s->token ? 0 : SESSION_RESET;
}

int session_no_acks(struct session *s)
{
	uint32_t token;

	return session_ping(s, true, &token) == SESSION_LOST ? SESSION_LOST : 0;
}
