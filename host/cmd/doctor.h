/* SPDX-License-Identifier: MIT */
/*
 * What the checks of trapline doctor share: each finds something out and says how it stands. They
 * change nothing on the target: what they send only asks, and opens no session.
 */
#ifndef HOST_DOCTOR_H
#define HOST_DOCTOR_H

#include "session/attach.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_BAD, VERDICT_SKIPPED };

enum { HINTS_MAX = 8 };

struct finding {
	enum verdict verdict;
	char *found;
	char *hints[HINTS_MAX];
	unsigned nhints;
};

/* What a check must have, found by those before it. */
enum { NEEDS_PORT = 1, NEEDS_OPEN = 2, NEEDS_AGENT = 4, NEEDS_ELF = 8 };

/* What qTl.ping tells. */
struct pong {
	uint64_t session, ticks, bad, lost, armed, expired, lease, polls;
	bool tells_polls;
};

struct doctor {
	const struct options *options;
	struct attached attached; /* `online`: an agent answers */
	unsigned has;             /* of the NEEDS_… */
	struct finding finding;   /* of the check under way */
	uint64_t heard, noise;    /* bytes that came before anything was sent; no text of these */
	char sample[48];          /* of the text among them */
	char text[4096];          /* what came last outside of frames */
	size_t ntext;
	struct pong first, last;
};

/* What was found, as a sentence without its end; the last one counts, and the worst verdict. */
void found(struct doctor *, enum verdict, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void advise(struct doctor *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void add_hint(struct finding *, char *text); /* which is allocated, and given away */
void forget_hints(struct doctor *);

/* Each returns 0, or the exit status that what is bad has elsewhere. Errors and hints that they
 * say become what was found. */
int doctor_port(struct doctor *);
int doctor_holders(struct doctor *);
int doctor_open(struct doctor *);
int doctor_agent(struct doctor *);
int doctor_line(struct doctor *);
int doctor_loopback(struct doctor *);
int doctor_session(struct doctor *);
int doctor_answers(struct doctor *);
int doctor_polls(struct doctor *);
int doctor_errors(struct doctor *);
int doctor_armed(struct doctor *);
int doctor_debugger(struct doctor *);
int doctor_probes(struct doctor *);
int doctor_elf(struct doctor *);
int doctor_debug(struct doctor *);
int doctor_match(struct doctor *);

#endif
