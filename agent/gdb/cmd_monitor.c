/* SPDX-License-Identifier: MIT */
/*
 * GDB's `monitor`: a word or two in hex, answered by text in hex. See "Remote Serial Protocol",
 * qRcmd. What does not fit a packet goes in several, for each of which the command is run again:
 * that needs no room, and no waiting for the line.
 */
#include "base/clock.h"
#include "base/util.h"
#include "gdb/breaks.h"
#include "gdb/halt.h"
#include "line/console.h"
#include "line/packet.h"
#include "pack.h"
#include "probe/arm.h"
#include "probe/jump.h"
#include "stream/ring.h"
#include "trace/trace.h"

#if TL_GDB

TL_RAM(".bss");

static struct {
	uint8_t line[32], n; /* what was asked */
	bool parts; /* it goes in parts, of which there are more, or the OK that ends them */
	bool cut;   /* this one was full */
	uint16_t first, at;       /* lines of the answer: that it begins with, that is under way */
	struct tl_frame_tx whole; /* the packet with no more than whole lines */
} said;

/* A line that even alone does not fit loses its end. */
static void text(struct tl_frame_tx *out, const char *s)
{
	for (; *s && !said.cut; s++) {
		if (said.at >= said.first && tl_frame_room(out) >= 2)
			tl_frame_bytes(out, s, 1);
		else if (said.at > said.first)
			said.cut = true;
		if (*s == '\n' && !said.cut) {
			said.at++;
			tl_copy(&said.whole, out, sizeof *out);
		}
	}
}

static void number(struct tl_frame_tx *out, const char *name, uint32_t v)
{
	char digits[11], *at = digits + sizeof digits - 1;

	*at = 0;
	do {
		uint32_t tenth = tl_udiv(v, 10);

		*--at = (char)('0' + (v - 10 * tenth));
		v = tenth;
	} while (v);
	text(out, name);
	text(out, at);
}

static void address(struct tl_frame_tx *out, uintptr_t v)
{
	char digits[2 * sizeof v + 1];

	digits[tl_put_hex((uint8_t *)digits, v)] = 0;
	text(out, "0x");
	text(out, digits);
}

/* ---- the commands ---- */

static int help(struct tl_args *in, struct tl_frame_tx *out);

static const char *const steps[] = {[TL_STEP_BOOSTED] = " boosted",
                                    [TL_STEP_SLOT] = " slot",
                                    [TL_STEP_SIMULATED] = " simulated"};

enum { STEP = 3 }; /* bits of enum tl_step */

static void tell_step(struct tl_frame_tx *out, unsigned how)
{
	if (TL_COMPARATORS && how & TL_STEP_COMPARATOR)
		text(out, " comparator,");
	if (TL_FLASH && how & TL_STEP_FLASH)
		text(out, how & TL_STEP_PENDING ? " flash (not written)," : " flash,");
	text(out, steps[TL_FLASH || TL_COMPARATORS > 0 ? how & STEP : how]);
}

/* How the instruction comes to be run, and of what was to be a jump probe why it is none. */
static void how(struct tl_frame_tx *out, const struct tl_point *pt, const struct tl_probe *p)
{
	const char *refusal =
	        p->state & TL_PROBE_JUMP && tl_point_traps(pt) ? tl_fast_refusal(pt) : 0;

	if (pt->armed == TL_ARMED_JUMP)
		text(out, " jump");
	else
		tell_step(out, tl_point_how(pt));
	if (refusal) {
		text(out, ", no jump: ");
		text(out, refusal);
		text(out, ",");
	}
}

/* One probe's line. */
static void tell(struct tl_frame_tx *out, const struct tl_point *pt, struct tl_probe *p)
{
	const struct tl_break *b = tl_break_of(p);
	uint32_t missed = p->front->missed(p, 0);

	address(out, pt->addr);
	text(out, p->state & TL_PROBE_JUMP ? " fast " : " ");
	text(out, p->state & TL_PROBE_RETURN && p->front->direct ? "return " : "");
	text(out, p->front->name);
	how(out, pt, p);
	number(out, pt->armed ? " hits " : " disarmed, hits ",
	       p->front->count ? p->front->count(p) : p->hits);
	if (b)
		number(out, ", passed ", b->passed);
	if (missed)
		number(out, ", missed ", missed);
	text(out, "\n");
}

static int probes(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	for (unsigned i = 0; i < TL_POINTS; i++) {
		const struct tl_point *pt = &tl_table.points[i];

		for (struct tl_probe *p = pt->state == TL_POINT_LIVE ? pt->probes : 0; p;
		     p = p->next)
			tell(out, pt, p);
	}
	number(out, "", tl_points_used());
	number(out, " of ", TL_POINTS);
	text(out, " points in use\n");
	return 0;
}

/* ADDR, in hex */
static int check(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_insn insn;
	uintptr_t addr;
	int step;

	if (in->end - in->at > 2 && in->at[1] == 'x')
		in->at += 2;
	if (!tl_arg(in, &addr) || in->at < in->end) {
		text(out, "monitor check ADDR, in hex\n");
		return 0;
	}
	step = tl_arm_check(addr, false, false, &insn);
	address(out, addr);
	if (step < 0) {
		text(out, ": no breakpoint or probe: ");
		text(out, tl_error_text(step));
	} else {
		number(out, ": accepted, an instruction of ", insn.len);
		text(out, " bytes, its step:");
		tell_step(out, (unsigned)step);
	}
	text(out, "\n");
	return 0;
}

static int counters(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	number(out, "ticks ", tl_ticks());
	number(out, " of ", tl_port.tick_hz);
	number(out, " a second\nring ", tl_ring_used() * (unsigned)sizeof(uintptr_t));
	number(out, " of ", TL_RING_SIZE);
	number(out, " bytes\nbad frames ", tl_client.bad_frames);
	number(out, "\npackets lost ", tl_client.overruns);
	text(out, "\n");
	return 0;
}

static int halt_on(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_gdb.real = true;
	text(out, "stops are halts: interrupts wait\n");
	return 0;
}

static int halt_off(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_gdb.real = false;
	text(out, "stops are snapshots: the firmware runs on\n");
	return 0;
}

#if TL_TRACE
/* N, a tracepoint's number as GDB shows it: decimal */
static int returns(struct tl_args *in, struct tl_frame_tx *out)
{
	unsigned n = 0;
	int err;

	while (in->at < in->end && *in->at >= '0' && *in->at <= '9' && n < UINT8_MAX)
		n = 10 * n + (unsigned)(*in->at++ - '0');
	err = in->at < in->end ? -TL_EINVAL : tl_trace_returns_want(n);
	number(out, "tracepoint ", n);
	text(out, err ? ": " : " collects registers when its function returns, too");
	text(out, err ? tl_error_text(err) : "");
	text(out, "\n");
	return 0;
}

static int returns_off(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_trace_returns_none();
	text(out, "no tracepoint collects when its function returns\n");
	return 0;
}
#endif

static int reset(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	if (!tl_port.reset)
		return -TL_ENOSUP;
	text(out, "resetting\n");
	tl_reset_later();
	return 0;
}

static const struct command {
	const char *line; /* of help: a name, an argument in capitals, what it does */
	int (*run)(struct tl_args *arg, struct tl_frame_tx *out);
} commands[] = {
        {"help: this list", help},
        {"probes: where, whose, how stepped, hits", probes},
        {"check ADDR: is a breakpoint or probe accepted there, if not, why", check},
        {"counters: time, the ring, errors of the line", counters},
        {"halt on: in non-stop mode: stops halt the firmware", halt_on},
        {"halt off: they are snapshots, and it runs on (the default)", halt_off},
#if TL_TRACE
        {"return off: none does (the default)", returns_off},
        {"return N: tracepoint N collects its function's return, too", returns},
#endif
        {"reset: as the reset button", reset},
};

static int help(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		text(out, "monitor ");
		text(out, commands[i].line);
		text(out, "\n");
	}
	return 0;
}

/* Is it that command's line? Then `rest` is what follows its name. */
static bool is_line_of(const struct command *c, const uint8_t *line, unsigned n,
                       struct tl_args *rest)
{
	unsigned len = 0;

	while (c->line[len] > 'Z' || c->line[len] == ' ')
		len++;
	rest->at = line + len;
	rest->end = line + n;
	return n >= len && (c->line[len] != ':' || n == len) && tl_same(line, c->line, len);
}

static int run(struct tl_frame_tx *out)
{
	struct tl_args rest;

	said.at = 0;
	said.cut = false;
	for (unsigned i = 0; said.n <= sizeof said.line && i < sizeof commands / sizeof commands[0];
	     i++)
		if (is_line_of(&commands[i], said.line, said.n, &rest))
			return commands[i].run(&rest, out);
	text(out, "no such command: monitor help\n");
	return 0;
}

/* The lines from `first` on, as many as fit. */
static void part(struct tl_frame_tx *out)
{
	tl_frame_open(out, '$');
	tl_frame_put(out, 'O');
	run(out);
	if (said.cut)
		tl_copy(out, &said.whole, sizeof *out);
}

int tl_packet_monitor(struct tl_args *in, struct tl_frame_tx *out)
{
	int err;

	said.n = (uint8_t)tl_arg_bytes(in, said.line, sizeof said.line);
	said.first = 0;
	err = run(out);
	said.parts = said.cut;
	if (said.parts)
		part(out);
	return err;
}

bool tl_monitor_part(struct tl_frame_tx *out)
{
	if (!said.parts)
		return false;
	said.parts = said.cut;
	said.first = said.at;
	if (said.parts) {
		part(out);
	} else {
		tl_frame_open(out, '$');
		tl_frame_puts(out, "OK");
	}
	return tl_frame_close(out);
}

void tl_monitor_end(void)
{
	said.parts = false;
}

#endif
