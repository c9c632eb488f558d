/* SPDX-License-Identifier: MIT */
/*
 * GDB's side of the agent, for its parts: who is attached, the halted context, stops and steps.
 * Without TL_GDB all of it folds away.
 */
#ifndef TL_GDB_H
#define TL_GDB_H

#include "debug.h"
#include "probe/internal.h"

enum tl_gdb_mode {
	TL_GDB_OFF,
	TL_GDB_ALL_STOP, /* a stop is a halt: the context stands in tl_halt(), interrupts locked out
	                  */
	TL_GDB_NON_STOP, /* a stop is a snapshot: GDB sees registers as they were, and the firmware
	                    runs on */
};

struct tl_gdb {
	uint8_t mode; /* enum tl_gdb_mode */
	bool real;    /* stops in non-stop mode are halts, too */
	bool shares;  /* a native host has been heard of since the debugger came: its lease is the
	                 debugger's, too */
	bool arrives; /* in non-stop mode it has just stopped what it found running, and lets it go
	                 on itself */
	uint16_t asked; /* of tl_client.foreign: the last `?` */

	/* The stop. */
	volatile uint8_t stop_due; /* asked for, with this signal: the context that calls tl_poll()
	                              stops when that returns */
	uint8_t signal;            /* of the last one */
	bool halted;               /* a context is on its way to tl_halt(), or there */
	bool stopped;              /* as GDB sees it: halted, or shown a snapshot */
	bool reply_due;            /* GDB waits for a stop reply */
	bool faulted;              /* it is a fault, or the firmware's own breakpoint; */
	bool step_ended;           /* or a step's end */
	struct tl_regs *regs;      /* while `stopped` */
	uintptr_t lock;            /* what tl_arch_lock() returned when it was halted */

	/* How it goes on. */
	bool go;              /* GDB has let go of the halted context */
	bool restarts;        /* and with that has started the firmware anew */
	bool stepping, range; /* by one instruction; until the PC leaves from..end */
	uintptr_t from, end;
	struct tl_point *point; /* being stepped */
	bool unsettled; /* a step was begun since tl_halt_settle() last found none under way */
	uintptr_t key;  /* of the context that steps, for GDB or for tracepoints */
	uintptr_t only; /* the thread whose breakpoints stop, 0: all */
	uintptr_t pass_pc, pass_sp; /* a fault that GDB has seen and passed on to the firmware;
	                               pass_sp 0: none */
	bool sp_set;                /* GDB has written the stack pointer in this halt */

	/* Watchpoints. */
	bool watch_due; /* the access that one stopped is still to be made, and then told of */
	bool passing;   /* an access that nobody has asked for */
	uint8_t watch;  /* enum tl_watch: of the stop, at watch_addr */
	uintptr_t watch_addr;
};
extern struct tl_gdb tl_gdb;

static inline bool tl_gdb_attached(void)
{
	return TL_GDB && tl_gdb.mode;
}

/* Is a native host on the line with the debugger? */
static inline bool tl_gdb_shares(void)
{
	return tl_gdb_attached() && tl_gdb.shares;
}

static inline void tl_gdb_hears_host(void)
{
	if (tl_gdb_attached())
		tl_gdb.shares = true;
}

/* GDB shows text only while it waits for a stop; a native host beside it takes it in any case. */
static inline bool tl_gdb_takes_output(void)
{
	return tl_gdb_attached() && tl_gdb.reply_due && !tl_gdb.stop_due && !tl_client.session;
}

static inline bool tl_gdb_halted(void)
{
	return TL_GDB && tl_gdb.halted;
}

#if !TL_GDB
static inline void tl_gdb_interrupt(void)
{
}
static inline bool tl_gdb_cannot_wait(const uint8_t *packet, unsigned n)
{
	(void)packet, (void)n;
	return false;
}
static inline void tl_gdb_end(void)
{
}
static inline void tl_halt_settle(void)
{
}
static inline bool tl_gdb_attaches(const uint8_t *packet, unsigned n)
{
	(void)packet, (void)n;
	return false;
}
static inline bool tl_gdb_notification(struct tl_frame_tx *tx)
{
	(void)tx;
	return false;
}
static inline void tl_gdb_say_why(const char *what, uintptr_t addr, int err)
{
	(void)what, (void)addr, (void)err;
}
static inline bool tl_monitor_part(struct tl_frame_tx *out)
{
	(void)out;
	return false;
}
static inline void tl_monitor_end(void)
{
}
static inline bool tl_break_alone(const struct tl_point *pt)
{
	(void)pt;
	return false;
}
static inline int tl_break_rewrite(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	(void)addr, (void)bytes, (void)n;
	return 0;
}
static inline struct tl_regs *tl_gdb_regs(void *room)
{
	tl_arch_capture(room);
	return room;
}
#else

/* ---- halt.c ---- */

/* ^C has come. Context: any. */
void tl_gdb_interrupt(void);
/* Does the firmware seem to hang, and is there a reason to halt it in the interrupt that received
   this packet, or ^C? Else ^C waits for a poll, or for what was interrupted to go on. */
bool tl_gdb_cannot_wait(const uint8_t *packet, unsigned n);
/* The first packet of a debugger, whatever mode an earlier one has left the line in. */
bool tl_gdb_attaches(const uint8_t *packet, unsigned n);
/* Something for GDB that it has not asked for; false: there is nothing. */
bool tl_gdb_notification(struct tl_frame_tx *tx);
/* A new debugger: what an earlier one left is removed. Or it has left. Not while a packet of it is
 * still to be served. */
void tl_gdb_begin(void);
void tl_gdb_end(void);

/*
 * In a trap: shall the context of `regs` go to tl_halt()? If so it is claimed. It goes there at
 * each `hit` of a point of GDB's; without one, false: nobody is there, or a snapshot was all that
 * was wanted.
 */
bool tl_halt_claim(const struct tl_regs *regs, const struct tl_point *hit, enum tl_signal signal);
/* In a trap: does this fault of the firmware's stop it? The signal, or TL_SIGNAL_NONE. */
enum tl_signal tl_halt_on_fault(const struct tl_regs *regs, unsigned cause);
/* In the trap that ends a halt. */
void tl_halt_leave(void);
/* In a trap: is it a watchpoint's? */
bool tl_halt_on_watch(const struct tl_regs *regs);
/* It cannot halt. So that it does not trap here for ever, nothing is watched until the next halt
 * ends. */
void tl_halt_miss_watch(void);
/* Is it the point that is being stepped, in the context that steps? In a trap, or in tl_halt()'s
 * context. */
bool tl_halt_steps(const struct tl_point *pt, const struct tl_regs *regs);
/* In the halted context, on the agent's stack, interrupts locked out: serves GDB until it lets go.
   `hit`: the point whose instruction was not run yet; then its tracepoints collect first, and its
   breakpoints' conditions say whether it stops at all. Returns the point whose instruction is to be
   run now, NULL: go on at `regs`. */
struct tl_point *tl_halt(struct tl_regs *regs, struct tl_point *hit);
/* In tl_poll(): what was being stepped and is gone is forgotten. */
void tl_halt_settle(void);
/* After a simulated step: does it go where only a breakpoint can stop it? Then one waits there. */
bool tl_halt_leaves(const struct tl_regs *regs);
extern uint8_t tl_halt_stack[TL_HALT_STACK];

/* The registers that GDB sees: of the stop; while running, `room` filled with the caller's own. Of
   another task than the one that runs: `room` filled with what the firmware knows of it, NULL:
   nothing. */
struct tl_regs *tl_gdb_regs(void *room);
void tl_stop_reply(struct tl_frame_tx *out);

/* ---- cmd_registers.c ---- */
unsigned tl_regs_behind(void); /* registers, of the first feature, that follow the core's in g and
                                  in trace frames */

/* ---- cmd_thread.c ---- */
uintptr_t tl_thread_current(void);
void tl_thread_select(uintptr_t id); /* 0: the one that runs */
bool tl_thread_is_other(void);       /* is one selected that does not run? */
/* The next field, an id as GDB writes it: an int, those of 2^31 and more with a minus. 0: any, or
 * all. */
bool tl_arg_thread(struct tl_args *in, uintptr_t *id);
bool tl_thread_registers(struct tl_regs *regs);

/* ---- breaks.c: GDB's breakpoints, in the one probe table ---- */
struct tl_break {
	struct tl_kprobe kp;
	uint32_t passed; /* hits that did not stop: a condition was false, or it only prints */
};

int tl_break_set(uintptr_t addr); /* or sets it anew. Takes the draft of notes.h: its conditions and
                                     commands */
int tl_break_clear(uintptr_t addr);
/* Bytes written under breakpoints, where those are all that wants the instruction: they stay. 0,
   also if there are none, or -TL_E…: that instruction has not changed. */
int tl_break_rewrite(uintptr_t addr, const uint8_t *bytes, unsigned n);
bool tl_break_alone(const struct tl_point *pt); /* is it all that wants the instruction? */
void tl_break_clear_all(bool persistent);       /* those, too, that are to outlive GDB's session */
bool tl_break_persists(const struct tl_break *b);
/* A hit of the point: its commands are run, if its conditions hold. Is it to stop? In tl_halt(). */
bool tl_break_hit(const struct tl_point *pt, const struct tl_regs *regs);
extern const struct tl_world tl_command_world;
/* Where a step ends that cannot be told otherwise: a few places. 0 or -TL_E…. */
int tl_break_until(uintptr_t addr);
bool tl_break_until_is(uintptr_t addr);
void tl_break_until_end(void); /* all removed */

/* ---- exclusive.c ---- */
/* To the ways out of the exclusive sequence at the PC. False: it cannot be known that one of them
 * will stop it. */
bool tl_step_exclusive(const struct tl_regs *regs);

/* ---- refuse.c ---- */
const char *tl_error_text(int err); /* -TL_E… */
/* On the console, to a debugger that would not hear of it otherwise: "what at 0xaddr", then what of
 * it, and why. Not in a trap.
 */
void tl_gdb_say(const char *what, uintptr_t addr, const char *verdict, const char *why);
void tl_gdb_say_why(const char *what, uintptr_t addr, int err); /* refused */
/* Would a breakpoint be accepted? Its enum tl_step, or -TL_E…. */
int tl_break_check(uintptr_t addr, struct tl_insn *insn);

/* ---- console.c: what commands print; one at a time, with interrupts locked out. What there is no
 * room for is lost. ---- */
void tl_print(const char *text, unsigned n);

/* ---- cmd_monitor.c: the next packet of an answer that takes several; false: there is none. And no
 * more of them. ---- */
bool tl_monitor_part(struct tl_frame_tx *out);
void tl_monitor_end(void);

/* ---- agent.c: the line, while a context is halted ---- */
static inline bool tl_line_can_halt(void)
{
	return tl_port.read || tl_port.read_halted;
}
void tl_line_take(void);
void tl_line_poll(void); /* receives, serves a packet, sends */
void tl_line_give(void);
struct tl_frame_tx *
tl_line_answer(void); /* room for an answer that GDB waits for, the one before sent */

#endif
#endif
