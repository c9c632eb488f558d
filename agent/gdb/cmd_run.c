/* SPDX-License-Identifier: MIT */
/*
 * GDB's packets that stop the firmware, let it go on, and set breakpoints. Follows "GDB Remote
 * Serial Protocol", sections Packets, vCont, Remote Non-Stop, in the manual of GDB 13.
 */
#include "base/util.h"
#include "gdb/breaks.h"
#include "gdb/halt.h"
#include "gdb/threads.h"
#include "line/console.h"
#include "line/line.h"
#include "line/packet.h"
#include "probe/flash.h"
#include "probe/regs.h"
#include "probe/watch.h"
#include "trace/notes.h"
#include "watchpoint.h"

#if TL_GDB

/* ---- stopping ---- */

int tl_packet_nonstop(struct tl_args *in, struct tl_frame_tx *out)
{
	bool on = tl_arg_is(in, '1');

	if (!on && !tl_arg_is(in, '0'))
		return -TL_EPACKET;
	tl_gdb_set_mode(on ? TL_GDB_NON_STOP : TL_GDB_OFF);
	return tl_ok(out);
}

int tl_packet_why(struct tl_args *in, struct tl_frame_tx *out)
{
	if (in->at != in->end)
		return -TL_EPACKET;
	if (tl_gdb.mode == TL_GDB_OFF)
		tl_gdb_set_mode(TL_GDB_ALL_STOP);
	if (tl_gdb.stopped) {
		tl_stop_reply(out);
		return 0;
	}
	tl_gdb.asked = tl_client.foreign;
	if (tl_gdb.mode == TL_GDB_NON_STOP)
		return tl_ok(out);
	if (!tl_line_can_halt())
		return -TL_ENOSUP;
	tl_gdb.stop_due = TL_SIGNAL_TRAP;
	tl_gdb.reply_due = true;
	return TL_LATER;
}

/* The next of the stops that were notified: there is never a second. */
int tl_packet_stopped(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	return tl_ok(out);
}

/* ---- going on ---- */

struct action {
	char kind; /* c, s, r or t */
	uintptr_t signal;
	uintptr_t only; /* a thread; 0: all */
};

/*
 * From where the firmware starts, as after `load`. Startup clears the agent's variables, and text
 * that is still patched would be nobody's: so everything is disarmed, and GDB is told that this was
 * the end of the program. What comes up is to be attached to.
 */
static int restart(struct tl_frame_tx *out)
{
	bool all_stop = tl_gdb.mode != TL_GDB_NON_STOP;

	tl_gdb_end();
	tl_disarm_all();
	tl_flash_all_back();
	tl_gdb.restarts = true;
	tl_frame_puts(out, all_stop ? "W00" : "OK");
	return 0;
}

/*
 * When it attaches in non-stop mode GDB 13 stops a thread that runs to look at it (vCont;t as the
 * next packet but one behind `?`, unless `set may-interrupt off`), and then has it run on. Another
 * snapshot behind that makes the attach end with the registers there.
 */
enum { ARRIVAL = 2 };

static int stop_it(struct tl_frame_tx *out)
{
	tl_gdb.arrives = (uint16_t)(tl_client.foreign - tl_gdb.asked) <= ARRIVAL;
	if (!tl_gdb.stopped)
		tl_gdb.stop_due = TL_SIGNAL_STOP;
	return tl_ok(out);
}

static int let_go(const struct action *a, struct tl_frame_tx *out)
{
	bool all_stop = tl_gdb.mode != TL_GDB_NON_STOP;

	if (a->kind == 't')
		return stop_it(out);
	if (!tl_gdb.stopped &&
	    all_stop) /* the same once more, its ack was lost: the stop is told of once */
		return tl_gdb.reply_due ? TL_LATER : -TL_EINVAL;
	if (!tl_gdb.stopped)
		return tl_ok(out);
	if (tl_gdb.arrives && !all_stop)
		tl_gdb.stop_due = TL_SIGNAL_STOP;
	tl_gdb.arrives = false;
	if (tl_halted && tl_core_of(tl_gdb.regs)[TL_REG_PC] == tl_arch_entry(tl_gdb.regs))
		return restart(out);
	if (a->kind != 'c' && !tl_halted)
		tl_gdb.stop_due =
		        TL_SIGNAL_TRAP; /* a snapshot cannot be stepped: the next one, then */
	if (a->signal && tl_halted) {
		tl_gdb.pass_pc = tl_core_of(tl_gdb.regs)[TL_REG_PC];
		tl_gdb.pass_sp = tl_core_of(tl_gdb.regs)[TL_REG_SP];
	}
	tl_gdb.stepping = tl_halted && a->kind != 'c';
	tl_gdb.range = a->kind == 'r';
	tl_gdb.only = a->only;
	tl_gdb.go = true;
	if (!tl_halted)
		tl_gdb.stopped = false;
	if (!all_stop)
		return tl_ok(out);
	tl_gdb.reply_due = true;
	return TL_LATER;
}

int tl_packet_cont_query(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_frame_puts(out, "vCont;c;C;s;S;t;r");
	return 0;
}

/* :thread, if no other action follows for the others. */
static uintptr_t only_thread(struct tl_args *in)
{
	uintptr_t id;

	if (!tl_arg_is(in, ':') || !tl_arg_thread(in, &id) || in->at < in->end)
		return 0;
	return id;
}

/* ;action[:thread]… The first one that names a thread is the one thread's. */
int tl_packet_cont(struct tl_args *in, struct tl_frame_tx *out)
{
	struct action a;

	a.signal = a.only = 0;
	if (!tl_arg_is(in, ';') || in->at == in->end)
		return -TL_EPACKET;
	a.kind = (char)*in->at++;
	switch (a.kind) {
	case 'C':
	case 'S':
		if (!tl_arg(in, &a.signal))
			return -TL_EPACKET;
		a.kind |= 'a' - 'A';
		break;
	case 'r':
		if (!tl_arg(in, &tl_gdb.from) || !tl_arg(in, &tl_gdb.end))
			return -TL_EPACKET;
		break;
	case 'c':
	case 's':
	case 't':
		break;
	default:
		return -TL_EPACKET;
	}
	a.only = only_thread(in);
	return let_go(&a, out);
}

/* c, s [address] and C, S signal[;address] */
static int go_to(char kind, bool signal, struct tl_args *in, struct tl_frame_tx *out)
{
	struct action a;
	uintptr_t pc;

	a.kind = kind;
	a.signal = a.only = 0;
	if (signal && !tl_arg(in, &a.signal))
		return -TL_EPACKET;
	tl_arg_is(in, ';');
	if (in->at < in->end) {
		if (!tl_arg(in, &pc) || in->at != in->end)
			return -TL_EPACKET;
		if (tl_halted)
			tl_core(tl_gdb.regs)[TL_REG_PC] = pc;
	}
	return let_go(&a, out);
}

int tl_packet_continue(struct tl_args *in, struct tl_frame_tx *out)
{
	return go_to('c', false, in, out);
}

int tl_packet_step(struct tl_args *in, struct tl_frame_tx *out)
{
	return go_to('s', false, in, out);
}

int tl_packet_continue_signal(struct tl_args *in, struct tl_frame_tx *out)
{
	return go_to('c', true, in, out);
}

int tl_packet_step_signal(struct tl_args *in, struct tl_frame_tx *out)
{
	return go_to('s', true, in, out);
}

/* ---- leaving ---- */

/* Firmware cannot be killed: it runs on, as after a detach. */
int tl_packet_kill(struct tl_args *in, struct tl_frame_tx *out)
{
	in->at = in->end;
	if (tl_debugged())
		tl_packet_detach(in, out);
	return TL_LATER;
}

int tl_packet_kill_process(struct tl_args *in, struct tl_frame_tx *out)
{
	in->at = in->end;
	return tl_packet_detach(in, out);
}

/* ---- breakpoints: Z0 and Z1 are one kind ---- */

static int breakpoint(struct tl_args *in, struct tl_frame_tx *out,
                      int (*change)(struct tl_args *, uintptr_t))
{
	uintptr_t addr, kind;
	int err;

	if (!tl_arg(in, &addr) || !tl_arg(in, &kind))
		return -TL_EPACKET;
	if (!tl_debugged())
		return -TL_EINVAL; /* nobody would be told of the stop */
	err = change(in, addr);
	return err ? err : tl_ok(out);
}

/* A list of expressions: X len,bytes… */
static int expressions(struct tl_args *in, enum tl_note_kind kind, const struct tl_world *world)
{
	int err = 0;

	while (!err && tl_arg_is(in, 'X'))
		err = tl_note_expression(in, kind, world);
	return err;
}

/* cmds:persist,X len,bytes… */
static int commands(struct tl_args *in)
{
	static const char name[] = "cmds:";
	uintptr_t persist;

	if (in->end - in->at < (int)sizeof name - 1 || !tl_same(in->at, name, sizeof name - 1))
		return -TL_EPACKET;
	in->at += sizeof name - 1;
	if (!tl_arg(in, &persist) || !tl_arg_is(in, ','))
		return -TL_EPACKET;
	if (persist && !tl_note_open(TL_NOTE_PERSIST, 0))
		return -TL_EFULL;
	return expressions(in, TL_NOTE_COMMAND, &tl_command_world);
}

/* ;X len,bytes…;cmds:… into the draft */
static int conditions(struct tl_args *in)
{
	int err = 0;

	while (!err && tl_arg_is(in, ';'))
		err = in->at < in->end && *in->at == 'X'
		              ? expressions(in, TL_NOTE_CONDITION, &tl_condition_world)
		              : commands(in);
	return !err && in->at < in->end ? -TL_EPACKET : err;
}

static int insert(struct tl_args *in, uintptr_t addr)
{
	int err = conditions(in);

	if (!err)
		err = tl_break_set(addr);
	if (err)
		tl_say_refused("breakpoint", addr, err);
	return err;
}

/* Z2 to Z4. Where the core has no comparators at all, the empty answer lets GDB watch by
   stepping. */
int tl_packet_watch(struct tl_args *in, struct tl_frame_tx *out)
{
	enum tl_access kind = (enum tl_access)(in->at[-2] - '0');
	uintptr_t addr, bytes, lock;
	int err;

	if (!tl_arg(in, &addr) || !tl_arg(in, &bytes))
		return -TL_EPACKET;
	if (tl_gdb.mode != TL_GDB_ALL_STOP && !tl_gdb.real)
		return -TL_EINVAL; /* what it stops could not be told */
	lock = tl_watch_change();
	tl_arch_unwatch(kind, addr); /* a packet may come twice */
	err = tl_arch_watch(kind, addr, (unsigned)bytes);
	tl_watch_changed(lock);
	if (err == -TL_ENOSUP)
		return 0;
	return err ? err : tl_ok(out);
}

int tl_packet_unwatch(struct tl_args *in, struct tl_frame_tx *out)
{
	enum tl_access kind = (enum tl_access)(in->at[-2] - '0');
	uintptr_t addr, lock;

	if (!tl_arg(in, &addr))
		return -TL_EPACKET;
	lock = tl_watch_change();
	tl_arch_unwatch(kind, addr);
	tl_watch_changed(lock);
	return tl_ok(out);
}

int tl_packet_insert(struct tl_args *in, struct tl_frame_tx *out)
{
	int err = breakpoint(in, out, insert);

	tl_notes_drop(TL_OWNER_DRAFT);
	return err;
}

static int remove(struct tl_args *in, uintptr_t addr)
{
	return in->at == in->end ? tl_break_clear(addr) : -TL_EPACKET;
}

int tl_packet_remove(struct tl_args *in, struct tl_frame_tx *out)
{
	return breakpoint(in, out, remove);
}

#endif
