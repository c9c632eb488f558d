/* SPDX-License-Identifier: MIT */
/*
 * Checks of trapline doctor: the agent and what it is at. Requests that ask, none that open a
 * session or change anything.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/doctor.h"
#include "error.h"
#include "record.h"
#include "session/target.h"

/* One ping, not repeated if it is lost. As session_ask(). */
static int ping(struct session *s, struct pong *p)
{
	struct reply r;
	int result = session_try(s, &r, 1, "qTl.ping", "%s", "");

	*p = (struct pong){.armed = 1};
	if (result)
		return result;
	if (!reply_number(&r, &p->session) || !reply_number(&r, &p->ticks) ||
	    !reply_number(&r, &p->bad) || !reply_number(&r, &p->lost))
		return TL_EPACKET;
	/* what an older agent does not tell stays as it is */
	if (reply_number(&r, &p->armed) && reply_number(&r, &p->expired) &&
	    reply_number(&r, &p->lease))
		p->tells_polls = reply_number(&r, &p->polls);
	return 0;
}

int doctor_session(struct doctor *d)
{
	struct session *s = &d->attached.session;
	int result = SESSION_LOST;

	for (unsigned attempts = 4; attempts && result == SESSION_LOST; attempts--)
		result = ping(s, &d->first);
	d->last = d->first;
	if (result)
		return target_report(s, result, "ping");
	if (!d->first.session) {
		found(d, VERDICT_OK, "none is open");
		return DONE;
	}
	found(d, VERDICT_WARN, "another host has one open");
	advise(d,
	       "it shares this line, or has left without a word: then it ends after %" PRIu64
	       " ms in which nothing is sent. Probes of commands that are begun meanwhile replace "
	       "its own",
	       d->first.lease);
	return DONE;
}

/* -- Times -- */

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_length(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int doctor_answers(struct doctor *d)
{
	enum { PINGS = 16 };
	struct session *s = &d->attached.session;
	double took[PINGS];
	unsigned n = 0;

	for (unsigned i = 0; i < PINGS && !s->link.gone && !interrupted(); i++) {
		double start = milliseconds();
		struct pong p;

		if (ping(s, &p))
			continue;
		took[n++] = milliseconds() - start;
		d->last = p;
	}
	if (!n)
		return session_explain(s);
	qsort(took, n, sizeof *took, by_length);
	found(d, n == PINGS ? VERDICT_OK : VERDICT_WARN,
	      "%u of %d came, after %.1f to %.1f ms, half of them within %.1f", n, PINGS, took[0],
	      took[n - 1], took[n / 2]);
	if (n < PINGS)
		advise(d, "bytes are lost, in one direction or the other: a UART that is emptied "
		          "too late loses them (call tl_rx() in its interrupt), and so does a long "
		          "or bad line");
	return DONE;
}

/* Over as much of the target's time as tells something; a machine that runs slowly, in an emulator,
 * is none that polls rarely. */
static void let_time_pass(struct doctor *d)
{
	enum { LONG_ENOUGH = 200, MOST = 3000 }; /* ms, of the target's and of ours */
	struct session *s = &d->attached.session;
	uint64_t end = now_ms() + MOST;

	while (1000 * session_duration(s, (uint32_t)(d->last.ticks - d->first.ticks)) <
	               LONG_ENOUGH &&
	       now_ms() < end && !s->link.gone && !interrupted()) {
		struct pong p;

		session_pump(s, LONG_ENOUGH / 4, -1);
		if (ping(s, &p) == 0)
			d->last = p;
	}
}

int doctor_polls(struct doctor *d)
{
	enum { RARELY = 20 }; /* ms, as everywhere */
	struct session *s = &d->attached.session;
	uint32_t polls, ticks;
	double ms;

	if (!d->first.tells_polls || !s->target.tick_hz) {
		found(d, VERDICT_OK, "this agent does not tell");
		return DONE;
	}
	let_time_pass(d);
	polls = (uint32_t)(d->last.polls - d->first.polls);
	ticks = (uint32_t)(d->last.ticks - d->first.ticks);
	ms = 1000 * session_duration(s, ticks);
	if (!polls || ms <= 0) {
		found(d, VERDICT_OK, "cannot be told: its clock stands still");
		return DONE;
	}
	found(d, ms / polls > RARELY ? VERDICT_WARN : VERDICT_OK,
	      "tl_poll() runs every %.3g ms, on average over %.0f ms", ms / polls, ms);
	if (ms / polls > RARELY)
		advise(d, "answers come late, and records may be dropped: call it every few "
		          "milliseconds, from a task or an interrupt: see README, With an RTOS");
	return DONE;
}

/* -- What goes wrong on the way -- */

int doctor_errors(struct doctor *d)
{
	const struct session *s = &d->attached.session;
	uint64_t bad = d->last.bad - d->first.bad, lost = d->last.lost - d->first.lost;
	bool any = bad || lost || s->damaged || s->lost_text;

	if (!any && !d->last.bad && !d->last.lost)
		found(d, VERDICT_OK, "none, neither here nor on the target since its reset");
	else if (!any)
		found(d, VERDICT_OK,
		      "none now; the target has counted %" PRIu64
		      " damaged packets since its reset "
		      "and %" PRIu64 " that came while it was busy",
		      d->last.bad, d->last.lost);
	else
		found(d, VERDICT_WARN,
		      "just now: %" PRIu64 " packets came to the target damaged and %" PRIu64
		      " while it was busy; %u of its answers came damaged, and %u pieces of text",
		      bad, lost, s->damaged, s->lost_text);
	if (any)
		advise(d, "what is lost is sent again, and records are counted as lost; a lower "
		          "baud rate, a shorter line, or tl_rx() in the UART's interrupt mend it");
	return DONE;
}

/* -- What it is at -- */

int doctor_armed(struct doctor *d)
{
	if (d->last.armed) {
		found(d, VERDICT_OK, "probes may fire");
		return DONE;
	}
	found(d, VERDICT_WARN, "everything is disarmed");
	advise(d,
	       "a fault has reached the firmware's HardFault handler, or a host has disarmed it; "
	       "the next tl_poll() arms again after a fault");
	return DONE;
}

int doctor_debugger(struct doctor *d)
{
	struct session *s = &d->attached.session;
	uint64_t state = 0;
	struct reply r;
	int result = session_ask(s, &r, "qTl.gdb", "%s", "");

	if (result == TL_ENOSUP) {
		found(d, VERDICT_OK, "none: the agent is built without GDB");
		return DONE;
	}
	if (result)
		return target_report(s, result, "is a debugger there");
	reply_number(&r, &state);
	if (!state) {
		found(d, VERDICT_OK, "none");
		return DONE;
	}
	found(d, VERDICT_WARN,
	      state > 1 ? "one has stopped the firmware" : "one is there, the firmware runs");
	advise(d, "it and trapline share a line by trapline gdb only; `detach` in it lets go");
	return DONE;
}

/* "filter, 0x00008300 (2 hits)" … */
static char *describe(struct session *s, const struct remote_probe *p, char *list)
{
	char name[65], *longer;

	if (target_name(s, p->id, name, sizeof name) || !*name)
		snprintf(name, sizeof name, "0x%08" PRIx64, p->addr);
	longer = format_string("%s%s%s%s", list, *list ? ", " : "", name,
	                       p->stay      ? ""
	                       : p->enabled ? " (of a session)"
	                                    : " (of a session, disabled)");
	free(list);
	return longer;
}

int doctor_probes(struct doctor *d)
{
	enum { SHOWN = 6 };
	struct session *s = &d->attached.session;
	struct remote_probe p = {0};
	char *list = copy_string("");
	unsigned n = 0;
	int result;

	while (!(result = target_next(s, NULL, p.id, &p)) && p.id)
		if (n++ < SHOWN)
			list = describe(s, &p, list);
	if (!result && !n)
		found(d, VERDICT_OK, "none are there");
	else if (!result)
		found(d, VERDICT_WARN, "%u %s there: %s%s", n, n > 1 ? "are" : "is", list,
		      n > SHOWN ? " …" : "");
	free(list);
	if (result)
		return target_report(s, result, "which probes are there");
	if (n)
		advise(d, "trapline list shows them, trapline del all removes them");
	return DONE;
}
