/* SPDX-License-Identifier: MIT */
/*
 * Halting for GDB: who stops, how GDB hears of it, and how the firmware goes on, by one instruction
 * or freely.
 *
 * A halted context stands in tl_halt(), called in that context's own mode but on a stack of the
 * agent's, with interrupts locked out: so memory can be read safely, nothing below the firmware's
 * stack pointer is used, and GDB may call functions there. A step is a step of the probe machine:
 * in a slot that ends in a breakpoint, or by simulation. Where no probe is, a point outside the
 * table lends its slot, and the text is not patched.
 */
#include "gdb/halt.h"

#include "base/util.h"
#include "gdb/breaks.h"
#include "gdb/threads.h"
#include "line/console.h"
#include "line/line.h"
#include "line/receive.h"
#include "probe/budget.h"
#include "probe/regs.h"
#include "probe/watch.h"
#include "trace/trace.h"
#include "watchpoint.h"

TL_RAM(".bss");

#if TL_GDB

struct tl_gdb tl_gdb;
uint8_t tl_halt_stack[TL_HALT_STACK] __attribute__((aligned(16)));

_Static_assert(TL_HALT_STACK >= 512 && TL_HALT_STACK <= 16384, "TL_HALT_STACK");

static uintptr_t snapshot[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)];
static bool notify_due;

/* ---- who is there ---- */

static void run_free(void)
{
	tl_gdb.real = false;
	tl_gdb.stopped = tl_gdb.reply_due = tl_gdb.stepping = notify_due = false;
	tl_gdb.stop_due = TL_SIGNAL_NONE;
	tl_gdb.go = true;
}

void tl_gdb_set_mode(enum tl_gdb_mode mode)
{
	tl_gdb.mode = (uint8_t)mode;
	tl_client.debugger = mode;
}

void tl_gdb_begin(void)
{
	tl_break_clear_all(true);
	tl_trace_steps_end();
	tl_trace_left();
	tl_client.no_ack = false;
	tl_client.shares = false;
	tl_gdb_set_mode(TL_GDB_OFF);
	tl_gdb.stop_due = TL_SIGNAL_NONE;
	if (!tl_halted)
		run_free();
}

void tl_gdb_end(void)
{
	tl_break_clear_all(false);
	tl_trace_steps_end();
	tl_trace_left();
	tl_gdb_set_mode(TL_GDB_OFF);
	run_free();
}

static void interrupt(void)
{
	if (tl_gdb.mode != TL_GDB_ALL_STOP)
		return;
	tl_gdb.range = false;
	/* while halted, too: GDB may send it ahead of its `continue` */
	tl_gdb.stop_due = TL_SIGNAL_INT;
}

static bool attaches(const uint8_t *packet, unsigned n)
{
	static const char attach[] = "qSupported";

	return n >= sizeof attach - 1 && tl_same(packet, attach, sizeof attach - 1);
}

static void stop_there(uintptr_t pc)
{
	if (!tl_break_until_is(pc))
		tl_break_until(pc);
}

static bool cannot_wait(const uint8_t *packet, unsigned n)
{
	if (!tl_port.tick_hz || tl_halted || !tl_line_can_halt())
		return false;
	/* It may begin to hang just now, and nothing needs to come behind ^C: what was interrupted
	 * stops where it goes on. Unless that is the agent, most likely in tl_poll(), or text that
	 * takes no breakpoint. */
	if (tl_gdb.stop_due == TL_SIGNAL_INT && tl_clock_polls_soon()) {
		tl_arch_interrupted(stop_there);
		return false;
	}
	if (tl_gdb.stop_due == TL_SIGNAL_INT)
		return true;
	return tl_clock_hangs() && (tl_gdb.stop_due || attaches(packet, n));
}

/* GDB shows text only while it waits for a stop. */
static bool takes_text(void)
{
	return tl_gdb.reply_due && !tl_gdb.stop_due;
}

/* ---- stops ---- */

static void take_snapshot(const struct tl_regs *regs, enum tl_signal signal)
{
	if (tl_gdb.stopped)
		return; /* GDB still looks at the last one */
	tl_copy(snapshot, regs, tl_arch_regs_size);
	tl_gdb.regs = (struct tl_regs *)(void *)snapshot;
	tl_gdb.signal = (uint8_t)signal;
	tl_gdb.stopped = notify_due = true;
}

/* The context of `regs` stops. True: it halts, to tell GDB; false: it goes on, nobody is there or a
 * snapshot will do. */
static bool stop(const struct tl_regs *regs, enum tl_signal signal)
{
	if (signal == TL_SIGNAL_INT || tl_gdb.stop_due != TL_SIGNAL_INT)
		tl_gdb.stop_due = TL_SIGNAL_NONE; /* ^C is told of, here or where GDB goes on */
	if (tl_gdb.mode == TL_GDB_NON_STOP && !tl_gdb.real) {
		take_snapshot(regs, signal);
		return false;
	}
	if (!tl_line_can_halt())
		return false;
	tl_gdb.signal = (uint8_t)signal;
	return true;
}

bool tl_halt_claim(const struct tl_regs *regs, const struct tl_point *hit, enum tl_signal signal)
{
	bool nobodys = tl_gdb.step_ended && !tl_gdb.stepping; /* only to be collected at */

	if (tl_halted || !(hit || nobodys || stop(regs, signal)))
		return false;
	tl_halted = true;
	tl_arch_watch_hold(true); /* the agent's accesses are nobody's business */
	return true;
}

/* What stops a hit: the breakpoint, or ^C, which may find firmware that does not poll only here. */
static enum tl_signal signal_at(const struct tl_point *hit, const struct tl_regs *regs)
{
	if (tl_break_hit(hit, regs))
		return TL_SIGNAL_TRAP;
	if (tl_gdb.stop_due == TL_SIGNAL_INT &&
	    (tl_break_until_is(tl_pc(regs)) || !tl_clock_polls_soon()))
		return TL_SIGNAL_INT;
	return TL_SIGNAL_NONE;
}

/* Steps elsewhere, of GDB's, leave none to tracepoints. */
void tl_halt_collect(const struct tl_point *pt, struct tl_regs *regs)
{
	tl_trace_hit(pt, regs, tl_gdb.stepping && tl_arch_context(regs).key != tl_gdb.key);
}

/* Does the hit stop? What it is to do besides is done. */
static bool stops_at(const struct tl_point *hit, struct tl_regs *regs)
{
	enum tl_signal signal;

	if (tl_break_until_is(tl_pc(regs)) && tl_trace_steps(regs)) {
		tl_trace_step(regs);
		if (!tl_gdb.stepping)
			tl_break_until_end();
	}
	tl_halt_collect(hit, regs);
	if (tl_gdb.only && tl_gdb.only != tl_thread_current())
		return false; /* GDB steps another over a breakpoint, and takes this one for stopped
		               */
	signal = signal_at(hit, regs);
	if (!signal || !tl_gdb.mode || !stop(regs, signal))
		return false;
	tl_gdb.range = false;
	return true;
}

enum tl_signal tl_halt_on_fault(const struct tl_regs *regs, unsigned cause)
{
	bool passed = tl_gdb.pass_sp && tl_gdb.pass_sp == tl_core_of(regs)[TL_REG_SP] &&
	              tl_gdb.pass_pc == tl_pc(regs);

	if (tl_trace_steps(regs) && tl_arch_signal(regs, cause))
		tl_trace_steps_end();
	tl_gdb.pass_sp = 0;
	if (tl_gdb.mode != TL_GDB_ALL_STOP || passed)
		return TL_SIGNAL_NONE;
	tl_gdb.faulted = true;
	return tl_arch_signal(regs, cause);
}

void tl_halt_leave(void)
{
	tl_halted = false;
	if (!tl_gdb.passing && !(tl_gdb.watch && tl_gdb.stepping))
		tl_arch_watch_hold(false);
}

bool tl_halt_on_watch(const struct tl_regs *regs)
{
	enum tl_access kind;

	if (!tl_arch_watched(regs, &kind, &tl_gdb.watch_addr))
		return false;
	tl_gdb.watch = (uint8_t)kind;
	tl_gdb.watch_due = true;
	tl_arch_watch_hold(true);
	return true;
}

void tl_halt_miss_watch(void)
{
	tl_gdb.watch_due = false;
	tl_gdb.watch = TL_ACCESS_NONE;
#if TL_WATCHES
	tl_watch_pass();
#else
	tl_arch_watch_hold(true);
#endif
}

bool tl_halt_steps(const struct tl_point *pt, const struct tl_regs *regs)
{
	return pt && tl_gdb.point == pt && (tl_gdb.stepping || tl_trace_steps(regs)) &&
	       tl_arch_context(regs).key == tl_gdb.key;
}

static bool notification(struct tl_frame_tx *tx)
{
	if (!notify_due)
		return false;
	notify_due = false;
	tl_frame_open(tx, '%');
	tl_frame_puts(tx, "Stop:");
	tl_stop_reply(tx);
	return tl_frame_close(tx);
}

struct tl_regs *tl_gdb_regs(void *room)
{
	if (tl_thread_is_other())
		return tl_thread_registers(room) ? room : 0;
	if (tl_gdb.stopped)
		return tl_gdb.regs;
	tl_arch_capture(room);
	return room;
}

void tl_stop_reply(struct tl_frame_tx *out)
{
	uint8_t signal = tl_gdb.signal == TL_SIGNAL_STOP ? 0 : tl_gdb.signal;

	tl_frame_put(out, 'T');
	tl_frame_bytes(out, &signal, 1);
	if (tl_gdb.watch) {
		static const char *const names[] = {[TL_ACCESS_WRITE] = "watch:",
		                                    [TL_ACCESS_READ] = "rwatch:",
		                                    [TL_ACCESS_ANY] = "awatch:"};

		tl_frame_puts(out, names[tl_gdb.watch]);
		tl_frame_hex(out, tl_gdb.watch_addr);
		tl_frame_put(out, ';');
	}
	tl_frame_puts(out, "thread:");
	tl_frame_hex(out, tl_thread_current());
	tl_frame_put(out, ';');
}

/* ---- steps ---- */

/* A point whose slot was given an end for a step gets its usual one back; nothing is waited for any
 * more. */
static void step_over(void)
{
	struct tl_point *pt = tl_gdb.point;

	tl_gdb.point = 0;
	if (pt)
		tl_point_step_to_stop(pt, false);
	tl_break_until_end();
}

void tl_halt_settle(void)
{
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)], lock;
	struct tl_regs *here = (struct tl_regs *)(void *)room;

	if (!tl_gdb.unsettled || !tl_arch_base_level())
		return;
	lock = tl_arch_lock();
	tl_step_settle();
	tl_arch_capture(here);
	if (!tl_trace_steps(here))
		tl_trace_steps_end(); /* of a context that is no more */
	if (tl_gdb.point && !tl_gdb.stepping && !tl_trace_steps(here))
		step_over();
	tl_gdb.unsettled = tl_gdb.point || tl_trace_steps(here);
	tl_arch_unlock(lock);
}

static void stop_at_poll(void)
{
	if (tl_gdb.stepping && tl_gdb.stop_due != TL_SIGNAL_INT)
		tl_gdb.stop_due = TL_SIGNAL_TRAP;
}

/* What cannot be stepped runs until there; if that cannot be seen either, until it comes to
 * tl_poll(), for GDB. */
static void run_until(uintptr_t to)
{
	if (to && !tl_break_until(to))
		return;
	stop_at_poll();
	if (!tl_gdb.stepping)
		tl_trace_steps_end();
}

/* A call to the supervisor: until it comes back, if it does. */
static void run_through(uintptr_t to)
{
	run_until(to);
	stop_at_poll();
}

/* An instruction that has no step: its fault stops it, or what it is part of runs as a whole. */
static void run_unstepped(const struct tl_regs *regs, const struct tl_insn *insn, int err)
{
	if (err == -TL_ENOPROBE)
		run_until(tl_core_of(regs)[TL_REG_LR]);
	else if (err == -TL_EEXCL && tl_step_exclusive(regs))
		return;
	else if (err == -TL_EMASK && insn->verdict != TL_REJECT)
		run_through(tl_pc(regs) + insn->len);
	else if (err != -TL_EUNDEF && err != -TL_EBRK)
		run_until(0);
}

/*
 * Arranges that the next trap of this context ends the step. Returns the point whose instruction is
 * to be run now; NULL: go on at `regs`, and what stops it is there: a probe of its own, a
 * breakpoint behind it, or its fault. `over`: it is done, since the instruction's predicate is
 * false.
 */
static struct tl_point *begin_step(struct tl_regs *regs, struct tl_point *hit, bool *over)
{
	struct tl_point *pt = tl_point_at(tl_pc(regs));
	struct tl_insn insn;
	int err;

	step_over();
	tl_gdb.unsettled = true;
	tl_gdb.key = tl_arch_context(regs).key;
	if (pt && pt->armed) {
		if (pt->insn.flags & (TL_INSN_NO_TRAP | TL_INSN_CALLS)) {
			run_through(tl_pc(regs) + pt->insn.len);
		} else {
			tl_gdb.point = pt;
			tl_point_step_to_stop(pt, true);
		}
		return pt == hit ? pt : 0;
	}
	err = tl_step_decode(tl_pc(regs), tl_gdb.passing, &insn);
	pt = err ? 0 : tl_step_point(tl_pc(regs), &insn, &err);
	if (!pt)
		run_unstepped(regs, &insn, err);
	else if (pt->insn.flags & TL_INSN_PREDICATED && tl_arch_isa->skip(&pt->insn, regs))
		*over = true;
	return tl_gdb.point = pt;
}

bool tl_halt_leaves(const struct tl_regs *regs)
{
	uintptr_t to = tl_arch_goes_to(regs);

	if (to == tl_pc(regs))
		return false;
	tl_trace_steps_end(); /* the context has come to its end */
	if (tl_gdb.stepping)
		run_until(to);
	return true;
}

/* Is the step that GDB asked for not over yet? */
static bool steps_on(const struct tl_regs *regs)
{
	return tl_gdb.stepping && tl_gdb.range && tl_gdb.signal == TL_SIGNAL_TRAP &&
	       tl_pc(regs) - tl_gdb.from < tl_gdb.end - tl_gdb.from;
}

/* The length of the firmware's own breakpoint instruction, if that is what it has run into; else
   0. */
static unsigned own_breakpoint(const struct tl_regs *regs)
{
	struct tl_insn insn;

	if (!tl_gdb.faulted)
		return 0;
	tl_gdb.faulted = false;
	return tl_step_decode(tl_pc(regs), false, &insn) == -TL_EBRK ? insn.len : 0;
}

/* ---- halted ---- */

/* ^C is what stops here, if it is due. */
static bool take_interrupt(void)
{
	if (tl_gdb.stop_due != TL_SIGNAL_INT)
		return false;
	tl_gdb.stop_due = TL_SIGNAL_NONE;
	tl_gdb.signal = TL_SIGNAL_INT;
	return true;
}

/* GDB lets go, and has sent ^C ahead of that. */
static bool interrupted(void)
{
	return tl_gdb.reply_due && !tl_gdb.stepping && take_interrupt();
}

/* A packet that came while it ran, as a `continue` once more does, means what it meant there: it
 * does not go on from a stop that GDB has not been told of. */
static void serve_waiting(void)
{
	tl_gdb.stopped = false;
	while (tl_gdb.reply_due && tl_line->packet_ready)
		tl_line_poll();
	tl_gdb.stopped = true;
}

static void serve_stop(void)
{
	tl_thread_select(0);
	tl_gdb.go = tl_gdb.stepping = tl_gdb.sp_set = false;
	serve_waiting();
	if (tl_gdb.reply_due || tl_gdb.mode == TL_GDB_NON_STOP) {
		struct tl_frame_tx *out = tl_line_answer();

		while (tl_debugged() && !tl_client.session && takes_text() &&
		       tl_console_frame(out)) /* what was printed on the way here */
			out = tl_line_answer();
		tl_frame_open(out, tl_gdb.reply_due ? '$' : '%');
		tl_frame_puts(out, tl_gdb.reply_due ? "" : "Stop:");
		tl_stop_reply(out);
		tl_frame_close(out);
		tl_gdb.reply_due = false;
	}
	while (!tl_gdb.go)
		tl_line_poll();
	tl_gdb.stopped = false;
	tl_gdb.watch = TL_ACCESS_NONE;
}

static void serve(struct tl_regs *regs)
{
	tl_gdb.regs = regs;
	do
		serve_stop();
	while (interrupted());
}

void tl_wait_for_debugger(void)
{
	if (tl_line_can_halt())
		tl_arch_break(); /* the last thing done, so that the firmware is found where this
		                    was called */
}

/* Until GDB lets go, or at once if its step is not over. */
static void stand(struct tl_regs *regs)
{
	/* A step's end tells of ^C that came meanwhile: GDB may be about to step on. */
	bool ends = tl_gdb.stepping && tl_gdb.signal == TL_SIGNAL_TRAP && take_interrupt();
	bool stay = ends || !steps_on(regs);

	step_over();
	if (!tl_trace_steps(regs))
		tl_trace_steps_end(); /* another context's: GDB may want to step this one */
	tl_line_take();
	if (stay)
		serve(regs);
	else
		tl_line_poll(); /* ^C */
	tl_line_give(tl_gdb.restarts);
}

/* The instruction makes its access as a step of its own; then GDB is told, if it was what it asked
 * for. */
static void begin_watched_access(void)
{
	step_over();
	tl_gdb.watch_due = false;
	tl_gdb.passing = !tl_gdb.stepping && !tl_gdb.watch;
	tl_gdb.stepping = true;
	if (tl_gdb.watch)
		tl_gdb.range = false;
}

/* Was that step only to get past a comparator that is too coarse? */
static bool is_past(void)
{
	bool past = tl_gdb.passing;

	if (past)
		tl_gdb.passing = tl_gdb.stepping = false;
	return past;
}

/* GDB has its turn. True: the context stood at the firmware's own breakpoint, which is done
   with. */
static bool take_turn(struct tl_regs *regs, struct tl_point **hit)
{
	uintptr_t at = tl_pc(regs);
	unsigned own = own_breakpoint(regs); /* would halt it again, for ever */

	if (own)
		tl_gdb.signal = TL_SIGNAL_TRAP;
	if (tl_gdb.watch_due)
		begin_watched_access();
	else if (!is_past())
		stand(regs);
	if (tl_pc(regs) != at) { /* GDB goes on elsewhere */
		tl_trace_steps_end();
		*hit = 0;
		own = 0;
	}
	tl_core(regs)[TL_REG_PC] += own;
	return own;
}

/* A step is done: what collects there does. Is it GDB's, too? */
static bool ends_step(const struct tl_regs *regs)
{
	tl_gdb.step_ended = false;
	if (tl_trace_steps(regs))
		tl_trace_step(regs);
	return tl_gdb.stepping;
}

/* Until the context goes on. Nobody is waited for, if it does not stop. */
static struct tl_point *goes_on(struct tl_regs *regs, struct tl_point *hit, bool stops)
{
	bool done;

	if (!stops && !tl_trace_steps(regs))
		return hit;
	for (;; hit = 0, stops = ends_step(regs)) {
		done = stops && take_turn(regs, &hit);
		if (!tl_gdb.stepping && !tl_trace_steps(regs))
			return hit;
		if (tl_gdb.stepping)
			tl_gdb.signal = TL_SIGNAL_TRAP; /* of the step, if nothing else stops it */
		if (!done)
			hit = begin_step(regs, hit, &done);
		if (!done)
			return hit;
	}
}

struct tl_point *tl_halt(struct tl_regs *regs, struct tl_point *hit)
{
	uint32_t begin = tl_budget_begin();
	bool stops = hit ? tl_gdb.watch_due || stops_at(hit, regs)
	                 : !tl_gdb.step_ended || ends_step(regs);
	struct tl_point *to = goes_on(regs, hit, stops);

	if (!stops)
		tl_budget_charge(hit, begin, 0);
	return to;
}

const struct tl_debugger tl_debugger = {.attaches = attaches,
                                        .interrupt = interrupt,
                                        .cannot_wait = cannot_wait,
                                        .notification = notification,
                                        .part = tl_monitor_part,
                                        .part_end = tl_monitor_end,
                                        .takes_text = takes_text,
                                        .end = tl_gdb_end};

#endif
