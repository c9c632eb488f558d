/* SPDX-License-Identifier: MIT */
/*
 * The debugger, and what it has halted: who is attached, the stop, and how it goes on.
 */
#ifndef TL_HALT_H
#define TL_HALT_H

#include "line/client.h"
#include "probe/stops.h"

enum tl_gdb_mode {
	TL_GDB_OFF,
	/* A stop is a halt: the context stands in tl_halt(), interrupts locked out. */
	TL_GDB_ALL_STOP,
	/* A stop is a snapshot: GDB sees registers as they were, and the firmware runs on. */
	TL_GDB_NON_STOP,
};

struct tl_gdb {
	uint8_t mode;   /* enum tl_gdb_mode */
	bool real;      /* stops in non-stop mode are halts, too */
	bool arrives;   /* in non-stop mode it has just stopped what it found running, and lets it
	                   go on itself */
	uint16_t asked; /* of tl_client.foreign: the last `?` */

	/* The stop. */
	volatile uint8_t stop_due; /* asked for, with this signal: the context that calls tl_poll()
	                              stops when that returns */
	uint8_t signal;            /* of the last one */
	bool stopped;              /* as GDB sees it: halted, or shown a snapshot */
	bool reply_due;            /* GDB waits for a stop reply */
	bool faulted;              /* it is a fault, or the firmware's own breakpoint; */
	bool step_ended;           /* or a step's end */
	struct tl_regs *regs;      /* while `stopped` */

	/* How it goes on. */
	bool go;              /* GDB has let go of the halted context */
	bool restarts;        /* and with that has started the firmware anew */
	bool stepping, range; /* by one instruction; until the PC leaves from..end */
	uintptr_t from, end;
	struct tl_point *point; /* being stepped */
	bool unsettled; /* a step was begun since tl_halt_settle() last found none under way */
	uintptr_t key;  /* of the context that steps, for GDB or for tracepoints */
	uintptr_t only; /* the thread whose breakpoints stop, 0: all */
	/* A fault that GDB has seen and passed on to the firmware; pass_sp 0: none. */
	uintptr_t pass_pc, pass_sp;
	bool sp_set; /* GDB has written the stack pointer in this halt */

	/* Watchpoints. */
	bool watch_due; /* the access that one stopped is still to be made, and then told of */
	bool passing;   /* an access that nobody has asked for */
	uint8_t watch;  /* enum tl_access: of the stop, at watch_addr */
	uintptr_t watch_addr;
};
extern struct tl_gdb tl_gdb;

#if TL_GDB

void tl_gdb_set_mode(enum tl_gdb_mode mode); /* off: nobody is attached */
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
/* What collects at the point does: in tl_halt(), or with its stack claimed. */
void tl_halt_collect(const struct tl_point *pt, struct tl_regs *regs);
/*
 * In the halted context, on the agent's stack, interrupts locked out: serves GDB until it lets go.
 * `hit`: the point whose instruction was not run yet; then its tracepoints collect first, and its
 * breakpoints' conditions say whether it stops at all. Returns the point whose instruction is to be
 * run now, NULL: go on at `regs`.
 */
struct tl_point *tl_halt(struct tl_regs *regs, struct tl_point *hit);
/* In tl_poll(): what was being stepped and is gone is forgotten. */
void tl_halt_settle(void);
/* After a simulated step: does it go where only a breakpoint can stop it? Then one waits there. */
bool tl_halt_leaves(const struct tl_regs *regs);
extern uint8_t tl_halt_stack[TL_HALT_STACK];

/*
 * The registers that GDB sees: of the stop; while running, `room` filled with the caller's own. Of
 * another task than the one that runs: `room` filled with what the firmware knows of it, NULL:
 * nothing.
 */
struct tl_regs *tl_gdb_regs(void *room);
void tl_stop_reply(struct tl_frame_tx *out);

/* ---- exclusive.c ---- */
/* To the ways out of the exclusive sequence at the PC. False: it cannot be known that one of them
 * will stop it. */
bool tl_step_exclusive(const struct tl_regs *regs);

/* ---- cmd_monitor.c: the next packet of an answer that takes several; false: there is none. And
 * no more of them. ---- */
bool tl_monitor_part(struct tl_frame_tx *out);
void tl_monitor_end(void);

/* The firmware shall stop when tl_poll() returns. */
static inline bool tl_gdb_wants_stop(void)
{
	return tl_gdb.mode && tl_gdb.stop_due;
}

#else

static inline void tl_gdb_end(void)
{
}
static inline void tl_halt_settle(void)
{
}
static inline bool tl_gdb_wants_stop(void)
{
	return false;
}
static inline struct tl_regs *tl_gdb_regs(void *room)
{
	tl_arch_capture(room);
	return room;
}

#endif

#endif
