/* SPDX-License-Identifier: MIT */
/*
 * How a session begins, is taken up again, and ends: see session.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "program/isas.h"
#include "session/session_parts.h"

enum {
	GREETINGS = 3,     /* attempts of a hello that may find nobody */
	FIRST_TIME = 5000, /* ms to find an agent on the line */
	GARBLED = 400,     /* ms after an answer that makes no sense */
};

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
	if (!reply_text(r, t->isa_name, sizeof t->isa_name) ||
	    !reply_text(r, t->board, sizeof t->board))
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
	t->features = reply_number(r, &n[0])
	                      ? (unsigned)n[0]
	                      : TL_FEATURE_FETCH - 1; /* an older one has all of its time */
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

/* One try to find an agent and to begin a session: 0, or also without one if it is of another
 * version; a target error or SESSION_LOST. */
static int greet(struct session *s)
{
	struct reply r;
	int result;

	if (!s->offered)
		s->offered = new_token();
	/* of another version it opens nothing, and is answered all the same */
	result = session_try(s, &r, GREETINGS, "QTl.hello", ",%x,%x,%x,0",
	                     s->looks ? 0 : TL_PROTOCOL_VERSION, s->offered, s->lease);
	if (result)
		return result;
	if (s->no_crc) {
		s->target.version = 1;
		return 0;
	}
	if (!read_hello(s, &r))
		return TL_EPACKET;
	if (s->target.version != TL_PROTOCOL_VERSION || s->looks)
		return 0; /* and there is no session */
	s->token = s->offered;
	s->want_key = false;
	result = session_ask(s, &r, "qTl.ping", "%s", "");
	if (!result) {
		uint64_t session, ticks;

		if (!reply_number(&r, &session) || !reply_number(&r, &ticks))
			return TL_EPACKET;
		session_start_clock(s, (uint32_t)ticks);
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
	                                    [FATE_LEASE] =
	                                            "the lease ran out while this host was silent",
	                                    [FATE_TAKEN] = "another host has opened a session"};

	return texts[s->fate];
}

static bool is_noise(const struct session *s)
{
	return s->sieve.noise > s->sieve.shown;
}

/* Noise, as a line brings that runs at another rate: those that boards come with, but for the one
 * that was tried. */
void session_hint_noise(const struct session *s)
{
	static const unsigned usual[] = {9600,   19200,  38400,  57600,  74880,
	                                 115200, 230400, 460800, 921600, 1000000};
	unsigned long long bytes = s->sieve.noise;
	unsigned tried = s->link.settings.baud;
	char list[128] = "";
	int n = 0;

	if (*s->link.ops->prefix) { /* what is behind it has the rate */
		hint("only noise arrives, %llu bytes: does the serial line behind %s run at the "
		     "target's baud rate?",
		     bytes, s->link.port);
		return;
	}
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (usual[i] != tried)
			n += snprintf(list + n, sizeof list - (size_t)n, "%s%u", n ? ", " : "",
			              usual[i]);
	hint("only noise arrives, %llu bytes: the target's line hardly runs at %u baud; worth "
	     "trying with -b: %s",
	     bytes, tried, list);
}

/* What was not shown. A byte or two come when a line is opened, or a board is plugged in. */
static void tell_noise(struct session *s, const char *when)
{
	enum { FEW = 4 };
	uint64_t n = s->sieve.noise - s->noise_told;

	s->noise_told = s->sieve.noise;
	if (n)
		(n < FEW ? chat : note)("%llu bytes of noise came %s: not shown",
		                        (unsigned long long)n, when);
}

int session_explain(const struct session *s)
{
	if (s->link.gone) {
		s->link.ops->explain(&s->link);
		return LINK;
	}
	fail(LINK, "no answer from %s", s->link.port);
	if (!s->bytes) {
		hint("the line is silent: is the target running, is this its port, are RX and TX "
		     "crossed?");
		if (s->link.ops->silence)
			hint("%s", s->link.ops->silence);
		hint("the firmware must call tl_init(), and tl_poll() or tl_rx(): see README, "
		     "integration");
	} else if (is_noise(s)) {
		if (!s->bauds_told)
			session_hint_noise(s);
	} else {
		hint("text arrives, but no agent answers: does the firmware call tl_init(), and "
		     "tl_poll() or tl_rx()?");
	}
	return LINK;
}

static int check_target(const struct session *s)
{
	const struct target *t = &s->target;
	char *known;

	if (t->version != TL_PROTOCOL_VERSION) {
		fail(REFUSED,
		     "the agent speaks version %u of the protocol, this trapline version %d",
		     t->version, TL_PROTOCOL_VERSION);
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

/* The port, which may come later. */
static int open_port(struct session *s, const char *port, const struct link_settings *settings,
                     struct patience *p)
{
	for (;;) {
		unsigned left = p->most ? patience_left(p, "%s", port) : 0;
		bool last = !left || interrupted();
		int status = link_open(&s->link, port, settings, last);

		if (status != LINK || last)
			return status;
		session_pump(s, left < 100 ? left : 100, -1);
	}
}

/* A long wait tells early what is in vain. */
static void look_at_noise(struct session *s)
{
	enum { MUCH = 200 };

	if (s->wait.said && s->wait.most > FIRST_TIME && !s->bauds_told && s->sieve.noise > MUCH &&
	    is_noise(s)) {
		session_hint_noise(s);
		s->bauds_told = true;
	}
}

/* An agent on it; when the port goes, until it is there again. */
static int find_agent(struct session *s, bool reopen)
{
	int result = SESSION_LOST;

	while (result == SESSION_LOST && !interrupted() &&
	       patience_left(&s->wait, "%s", s->waits_for)) {
		look_at_noise(s);
		if (!s->link.gone) {
			result = greet(s);
		} else if (!reopen || !s->link.ops->reopens) {
			break;
		} else if (!link_reopen(&s->link)) {
			s->link.gone = true;
			session_pump(s, 100, -1);
		}
	}
	sieve_end(&s->sieve);
	return result;
}

int session_connect(struct session *s, const char *port, const struct link_settings *settings,
                    unsigned lease, unsigned wait)
{
	struct listener listener = s->listener;
	int status;

	*s = (struct session){.listener = listener,
	                      .lease = lease,
	                      .longest = wait,
	                      .wait = patience_begin(wait)};
	s->tag = SESSION_FIRST_TAG + (unsigned)(s->wait.start ^ (uint64_t)getpid() * 977) % 0xe000;
	session_receive_begin(s);
	s->link.gone = true;
	status = open_port(s, port, settings, &s->wait);
	if (status)
		link_close(&s->link);
	return status;
}

/* Finds an agent on the open link. */
static int meet(struct session *s, unsigned wait)
{
	uint64_t start = s->wait.start;
	int status, result;

	session_wait(s, wait > FIRST_TIME ? wait : FIRST_TIME, "an answer from %s", s->link.port);
	if (wait)
		s->wait.start = start;
	result = find_agent(s, wait);
	session_wait_over(s);
	if (result > 0) {
		status = fail(REFUSED, "the target refused the session: %s",
		              error_text((unsigned)result));
		hint("%s", error_hint((unsigned)result));
	} else if (result == SESSION_LOST) {
		status = interrupted() ? fail(LINK, "interrupted before the target answered")
		                       : session_explain(s);
		if (is_noise(s))
			s->noise_told = s->sieve.noise;
	} else {
		tell_noise(s, "before the target answered");
		status = check_target(s);
	}
	return status;
}

int session_open(struct session *s, const char *port, const struct link_settings *settings,
                 unsigned lease, unsigned wait)
{
	int status = session_connect(s, port, settings, lease, wait);

	if (status)
		return status;
	status = meet(s, wait);
	if (status) {
		s->longest = 0; /* the farewell is for a target that may not even hear it */
		session_close(s);
	}
	return status;
}

int session_look(struct session *s, unsigned wait)
{
	s->looks = true;
	return meet(s, wait);
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

static int come_back(struct session *s)
{
	uint64_t known = s->known;
	uint32_t token = 0;
	int result;

	while (session_may_resume(s) && patience_left(&s->wait, "%s", s->waits_for) &&
	       !interrupted()) {
		if (!reopened(s))
			continue;
		result = session_ping(s, false, &token);
		if (result > 0)
			session_pump(s, GARBLED,
			             -1); /* an answer that makes no sense: not again at once */
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

int session_resume(struct session *s)
{
	int result;

	session_wait(s, SESSION_COME_BACK, "the target");
	s->wait.said = s->fate == FATE_SAME; /* whoever noticed has said it */
	result = come_back(s);
	session_wait_over(s);
	return result;
}

void session_close(struct session *s)
{
	bool open = s->token != 0;
	struct reply r;

	s->token = 0; /* text may come plain from now on, as before the session */
	if (open && !s->link.gone)
		session_ask(s, &r, "QTl.bye", ",0%s", "");
	sieve_end(&s->sieve);
	tell_noise(s, "on the line");
	if (s->damaged)
		chat("%u answers came damaged, were caught by their CRC and asked for again",
		     s->damaged);
	if (s->lost_text)
		warn("%u pieces of console text came damaged and are not shown", s->lost_text);
	link_close(&s->link);
}
