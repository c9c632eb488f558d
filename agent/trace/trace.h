/* SPDX-License-Identifier: MIT */
/*
 * Tracepoints: where a hit collects, on the target and without stopping, what GDB looks at later.
 * After "Tracepoints" and "Tracepoint Packets" in the manual of GDB 13.
 */
#ifndef TL_TRACE_H
#define TL_TRACE_H

#include "debug.h"
#include "probe/jump.h"
#include "trace/notes.h"

/* Registers, of the first feature, that follow the core's in g and in trace frames. */
static inline unsigned tl_regs_behind(void)
{
	return tl_arch_features[0].name ? tl_arch_features[0].in_g : 0;
}

#if TL_TRACE

/* ---- trace.c: the table, a trace run, and collecting ---- */

struct tl_tracepoint {
	struct tl_probe probe; /* registered while a run is on */
	uintptr_t addr;
	uint32_t missed;
	uint32_t pass;          /* collections after which the run stops; 0: none */
	uint32_t traced, usage; /* hits that collected, and bytes of that and of the steps behind */
	/* while-stepping: after each hit; of the last one, still to be made */
	uint32_t steps, left;
	uint16_t number;        /* GDB's, shared by the places of one tracepoint; 0: free */
	bool enabled, complete; /* complete: all its actions have come; */
	bool stepping;          /* they are those of while-stepping now */
	bool sourceless;        /* there was no room for its source: all of it or none */
	uint8_t fast; /* bytes of the instruction, as GDB says, if it is a fast one: a jump probe,
	                 where that can be; else 0 */
};
extern struct tl_tracepoint tl_tracepoints[TL_TRACEPOINTS];

struct tl_memory_action { /* of TL_NOTE_MEMORY */
	uintptr_t offset, length;
	int32_t base; /* register, by GDB's number; -1: none */
};

enum tl_trace_end {
	TL_TRACE_NOT_RUN,
	TL_TRACE_STOPPED,
	TL_TRACE_FULL,
	TL_TRACE_PASSCOUNT,
	TL_TRACE_ERROR,
	TL_TRACE_LEFT
};

struct tl_trace {
	volatile bool running;
	bool stays;      /* goes on when GDB has left */
	uint8_t end;     /* enum tl_trace_end: why it does not run */
	uint16_t number; /* of the tracepoint that ended it */
	int error;       /* that did: -TL_E… */
	uintptr_t fault; /* with -TL_EFAULT: the address */
};
extern struct tl_trace tl_trace;
extern const struct tl_world tl_trace_world; /* of actions */

unsigned tl_trace_owner(const struct tl_tracepoint *tp); /* of its notes */
struct tl_tracepoint *tl_tracepoint_find(uintptr_t number, uintptr_t addr);
/* A new one, or an old one made anew; it takes the draft. 0 or -TL_E…, also if the address cannot
 * be probed. */
int tl_tracepoint_define(const struct tl_tracepoint *want, struct tl_tracepoint **out);
int tl_tracepoint_complete(struct tl_tracepoint *tp); /* takes part in the run, if there is one */
int tl_tracepoint_enable(struct tl_tracepoint *tp, bool enabled);
void tl_trace_forget(void); /* all of it */
/* The source of one that has it makes room: GDB gives it only to be given it back. False: none
   has. */
bool tl_trace_give_up_source(void);
/* and takes no more of it; said on the console */
void tl_trace_drop_source(struct tl_tracepoint *tp);
int tl_trace_start(void);
void tl_trace_stop(enum tl_trace_end why);
void tl_trace_left(void); /* GDB has */

/* In tl_halt(), or with its stack claimed. */
/* `elsewhere`: another context is stepped, so that the hit's steps are missed. */
void tl_trace_hit(const struct tl_point *pt, struct tl_regs *regs, bool elsewhere);
/* A frame, by the actions of the hit (0) or of its steps (TL_NOTE_STEPPING). Why the run is to end,
 * or TL_TRACE_NOT_RUN. */
enum tl_trace_end tl_trace_collect(struct tl_tracepoint *tp, const struct tl_regs *regs,
                                   unsigned stepping);
/* Ends the run if there is that reason to, or if it was what the tracepoint was to do. */
void tl_trace_settle(const struct tl_tracepoint *tp, enum tl_trace_end end);

/* ---- tracestep.c: the steps after a hit ---- */
void tl_trace_steps_begin(struct tl_tracepoint *tp, const struct tl_regs *regs, bool elsewhere);
/* Is this context stepped for tracepoints? Also in a trap. */
bool tl_trace_steps(const struct tl_regs *regs);
void tl_trace_step(const struct tl_regs *regs); /* one is done */
void tl_trace_steps_end(void);                  /* there are no more; also in a trap */

/* ---- tracereturn.c: returns of functions as frames ---- */
/* From now on tracepoints of that number, 1 to 63, hook the return of the call that they hit; 0 or
 * -TL_E…: one cannot. */
int tl_trace_returns_want(unsigned number);
void tl_trace_returns_none(void);
bool tl_trace_returns(const struct tl_tracepoint *tp);
int tl_trace_returns_check(const struct tl_tracepoint *tp); /* if it is to: can it? */
/* One has returned: with interrupts locked out, or in a trap. */
void tl_trace_return(struct tl_tracepoint *tp, const struct tl_regs *regs);

/* ---- traceframe.c: the buffer of what was collected ---- */

struct tl_trace_buffer {
	uint32_t spared;          /* of TL_TRACE_SIZE, not to be used */
	uint32_t used;            /* bytes, a frame under way included */
	uint32_t frames, created; /* in it; since the run began */
	bool circular;
};
extern struct tl_trace_buffer tl_trace_buffer;

static inline uint32_t tl_trace_buffer_size(void)
{
	return TL_TRACE_SIZE - tl_trace_buffer.spared;
}

void tl_trace_buffer_clear(void);
/* A frame and its blocks, one after the other. -TL_EFULL: there is no room, and the frame is gone.
 * In tl_halt(). */
int tl_traceframe_begin(unsigned tracepoint, const struct tl_regs *regs); /* and its registers */
int tl_traceframe_memory(uintptr_t addr, uintptr_t n);                    /* or -TL_EFAULT */
int tl_traceframe_tvar(unsigned number);
unsigned tl_traceframe_end(void); /* its bytes */

/* Bytes from the oldest on, as they are kept: the format of GDB's trace files ("Trace File
 * Format"). */
void tl_trace_copy(uint32_t at, void *to, unsigned n);

struct tl_traceframe {
	uint32_t upto;    /* frames from the oldest up to this one; 0: it is before that */
	uint32_t at, end; /* its blocks */
	uint16_t tracepoint;
};
static inline struct tl_traceframe tl_traceframe_none(void)
{
	struct tl_traceframe f;

	f.upto = f.at = f.end = 0;
	f.tracepoint = 0;
	return f;
}
bool tl_traceframe_next(struct tl_traceframe *f);

struct tl_trace_block {
	uint64_t addr;     /* of M; of V: the value */
	uint32_t number;   /* of V */
	uint32_t at, size; /* its data: of R and M */
	uint32_t next;
	char kind; /* R, M, V */
};
/* The block at `at`, between f->at and f->end: false at the end. */
bool tl_traceframe_block(const struct tl_traceframe *f, uint32_t at, struct tl_trace_block *block);
unsigned tl_trace_regs_size(void); /* bytes of an R block: as the g packet */

/* ---- cmd_trace.c: words of packets ---- */
/* the next hex field, of up to 64 bits, its separator skipped */
bool tl_arg_wide(struct tl_args *in, uint64_t *v);
/* As GDB keeps addresses, in 64 bits: of a smaller core, if they are no more than their sign's
 * extension, the word. */
uint64_t tl_trace_address(uint64_t v);
/* false, too, if the core has no such address */
bool tl_trace_arg_address(struct tl_args *in, uintptr_t *v);
void tl_put_wide(struct tl_frame_tx *out, uint64_t v);         /* in hex */
void tl_trace_put_field(struct tl_frame_tx *out, uintptr_t v); /* ":hex" */
/* as they are */
void tl_trace_put_bytes(struct tl_frame_tx *out, const uint8_t *bytes, unsigned n);
/* OK, or the error's text; 0. The draft is given up in either case: it has been taken. */
int tl_trace_answer(int err, struct tl_frame_tx *out);

/* ---- cmd_traceframe.c: what GDB looks at ---- */
void tl_traceframe_deselect(void);
bool tl_traceframe_selected(void);
int tl_traceframe_answer_regs(struct tl_frame_tx *out); /* g */
int tl_traceframe_answer_reg(
        unsigned index,
        struct tl_frame_tx *out); /* p, one of g's but for zeros; past the last: zero */
const struct tl_traceframe *tl_traceframe_selection(void);
int tl_traceframe_answer_memory(uintptr_t addr, uintptr_t n, struct tl_frame_tx *out); /* m */

#else

static inline void tl_trace_left(void)
{
}
static inline bool tl_trace_give_up_source(void)
{
	return false;
}
static inline void tl_trace_hit(const struct tl_point *pt, struct tl_regs *regs, bool elsewhere)
{
	(void)pt, (void)regs, (void)elsewhere;
}
static inline bool tl_trace_steps(const struct tl_regs *regs)
{
	(void)regs;
	return false;
}
static inline void tl_trace_step(const struct tl_regs *regs)
{
	(void)regs;
}
static inline void tl_trace_steps_end(void)
{
}
static inline void tl_traceframe_deselect(void)
{
}
static inline bool tl_traceframe_selected(void)
{
	return false;
}
static inline int tl_traceframe_answer_regs(struct tl_frame_tx *out)
{
	(void)out;
	return -TL_ENOSUP;
}
static inline int tl_traceframe_answer_reg(unsigned index, struct tl_frame_tx *out)
{
	(void)index, (void)out;
	return -TL_ENOSUP;
}
static inline int tl_traceframe_answer_memory(uintptr_t addr, uintptr_t n, struct tl_frame_tx *out)
{
	(void)addr, (void)n, (void)out;
	return -TL_ENOSUP;
}

#endif

#endif
