/* SPDX-License-Identifier: MIT */
/*
 * trapline console: the firmware's console; what it prints goes to stdout, what is typed or piped
 * in goes to it.
 *
 * Ends with Ctrl-C, after -d TIME, or a moment after the end of input that was piped in.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "output/output.h"
#include "session/attach.h"
#include "session/target.h"

enum {
	LINGER = 1000, /* ms for the answer to piped input */
	CROWDED = 20,  /* ms until a full input buffer is tried again */
};

struct console {
	struct attached a;
	const struct options *options;
	uint8_t input[1024];
	size_t n; /* bytes of input not yet taken */
	uint64_t not_before;
	bool open;    /* stdin */
	bool sent;    /* something came from it */
	uint64_t end; /* 0: none */
};

static void take_input(struct console *c)
{
	ssize_t n = read(STDIN_FILENO, c->input + c->n, sizeof c->input - c->n);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		c->n += (size_t)n;
		c->sent = true;
		return;
	}
	c->open = false;
	if (c->sent && !c->options->duration)
		c->end = now_ms() + LINGER;
}

static int pass_input(struct console *c)
{
	unsigned taken;
	int result = target_input(&c->a.session, c->input, (unsigned)c->n, &taken);

	if (result)
		return result;
	for (size_t i = taken; i < c->n; i++)
		c->input[i - taken] = c->input[i];
	c->n -= taken;
	c->not_before = taken ? 0 : now_ms() + CROWDED;
	if (c->end && !c->options->duration)
		c->end = now_ms() + LINGER;
	return 0;
}

static int come_back(struct console *c, int result)
{
	struct session *s = &c->a.session;

	if (result > 0)
		return target_report(s, result, "console input");
	if (result == SESSION_LOST && session_may_resume(s))
		note("no answer from %s: waiting for the target (%u s at most)", s->link.port,
		     SESSION_COME_BACK / 1000);
	result = session_resume(s);
	if (result == SESSION_LOST)
		return interrupted() ? DONE : session_explain(s);
	note("%s", result == SESSION_RESET ? session_fate_text(s) : "the target answers again");
	return DONE;
}

static int talk(struct console *c)
{
	int status = DONE;

	while (!status && !interrupted() && !(c->end && now_ms() >= c->end && !c->n)) {
		bool room = c->open && c->n < sizeof c->input;
		int result = 0;

		if (session_pump(&c->a.session, c->n ? CROWDED : 50, room ? STDIN_FILENO : -1))
			take_input(c);
		if (c->n && now_ms() >= c->not_before)
			result = pass_input(c);
		if (!result)
			result = session_keep(&c->a.session);
		if (result)
			status = come_back(c, result);
		if (!output_flush(stdout))
			break; /* nobody reads any more */
		if (c->options->duration && now_ms() >= c->end)
			break;
	}
	return status;
}

int cmd_console(const struct options *o, int argc, char **argv)
{
	struct console c = {.options = o, .open = true};
	int status;

	(void)argv;
	if (argc)
		return MISUSED;
	say_console_plain(); /* also what comes before the session is open, and after */
	status = attach(&c.a, o, WANT_PORT);
	if (status)
		return status;
	if (o->duration)
		c.end = now_ms() + o->duration;
	if (isatty(STDIN_FILENO))
		note("console of %s; Ctrl-C leaves", c.a.session.target.board);
	status = talk(&c);
	detach(&c.a);
	return status;
}
