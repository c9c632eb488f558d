/* SPDX-License-Identifier: MIT */
/*
 * What the agent's parts know of each other. Not for applications: they include trapline.h.
 */
#ifndef TL_INTERNAL_H
#define TL_INTERNAL_H

/*
 * Of the ISA, as constants, so that a hit need not look them up. The build gives them (arch.mk),
 * the target half asserts them: TL_RECORD_REGS registers of a snapshot, and TL_REG_PC, TL_REG_SP
 * and TL_REG_LR (the return address), indices among them.
 */
#if !defined TL_RECORD_REGS || !defined TL_REG_PC || !defined TL_REG_SP || !defined TL_REG_LR
#error "arch.mk must define TL_RECORD_REGS, TL_REG_PC, TL_REG_SP and TL_REG_LR"
#endif

#include "arch.h"
#include "expr/bytecode.h"
#include "expr/tvar.h"
#include "frame.h"
#include "record.h"
#include "trapline.h"

/* ---- util.c: the few things that a libc would give ---- */
void tl_copy(void *to, const void *from, unsigned n);
void tl_zero(void *at, unsigned n);
bool tl_same(const void *a, const void *b, unsigned n);
uint32_t tl_udiv(uint32_t n, uint32_t d); /* no divide instruction on every core */

/* The core registers of `regs`: TL_RECORD_REGS words in GDB's order. */
static inline uintptr_t *tl_core(struct tl_regs *regs)
{
	return (uintptr_t *)(void *)regs;
}
static inline const uintptr_t *tl_core_of(const struct tl_regs *regs)
{
	return (const uintptr_t *)(const void *)regs;
}

/* ---- regs.c: registers by GDB's number ---- */
int tl_world_reg(const void *regs, unsigned gdb_regno,
                 uint64_t *value); /* `reg` of a struct tl_world; its ctx is a struct tl_regs */

/* ---- probe.c: the one probe table ---- */

enum tl_kprobe_state { /* of a tl_kprobe, or'ed */
	               TL_KP_REGISTERED = 1,
	               TL_KP_ENABLED = 2,
	               TL_KP_REMOTE = 4, /* is the `kp` of a struct tl_remote */
	               TL_KP_RETURN = 8, /* a return probe: of a struct tl_kretprobe, if not of a
	                                    tl_remote */
	               TL_KP_HALT = 16,  /* a breakpoint of GDB's: the `kp` of a struct tl_break */
	               TL_KP_TRACE = 32, /* is the `kp` of a struct tl_tracepoint */
	               TL_KP_FAST = 64,  /* of one that is to be a jump probe, where that can be */
};

enum tl_need { /* which handlers the enabled probes of a point have, or'ed */
	       TL_NEED_PRE = 1,
	       TL_NEED_POST = 2,
	       TL_NEED_FAULT = 4,
};

enum tl_armed { /* what is in the text */
	        TL_ARMED_NOT,
	        TL_ARMED_BREAK, /* a breakpoint */
	        TL_ARMED_JUMP,  /* a jump to the point's pad (fast.c) */
};

enum tl_point_state {
	TL_POINT_FREE,
	TL_POINT_LIVE,
	TL_POINT_RETIRED, /* no probes left, but a suspended context may sit in its slot: bound to
	                     its address */
};

/* A probed address. Its slot is tl_slots[its index]. 32 bytes on a 32-bit target, so that an index
 * is a shift away. */
struct tl_point {
	uintptr_t go; /* where a hit resumes: the slot, or 0: simulate */
	uintptr_t addr;
	struct tl_kprobe *probes; /* in order of registration */
	struct tl_insn insn;
	uint8_t text[4];  /* what the breakpoint or jump replaced */
	uint8_t state;    /* enum tl_point_state */
	uint8_t needs;    /* enum tl_need */
	uint8_t armed;    /* enum tl_armed */
	uint8_t direct;   /* enum tl_direct */
	bool returns;     /* an enabled probe hooks the return */
	bool boosted;     /* nothing traps in its slot */
	bool halts;       /* an enabled probe is GDB's: a hit goes to tl_halt() */
	bool stepped : 1; /* its slot must come back: GDB steps its instruction */
	bool bared : 1;   /* disarmed, so that the firmware's fault handler finds its own text there
	                   */
} __attribute__((aligned(8 * sizeof(uintptr_t))));

/* A hit that needs no more than one probe's built-in action and the slot: decided when arming, so
 * that the hit need not. */
enum tl_direct {
	TL_DIRECT_NOT,
	TL_DIRECT_COUNT,
	TL_DIRECT_SNAPSHOT,
	TL_DIRECT_FILTER,
	TL_DIRECT_RETURN
};

/* Places of the map: the power of two from 2 * TL_POINTS on, so that it is at most half full. */
enum {
	TL_MAP_1 = 2 * TL_POINTS - 1,
	TL_MAP_2 = TL_MAP_1 | TL_MAP_1 >> 1,
	TL_MAP_4 = TL_MAP_2 | TL_MAP_2 >> 2,
	TL_MAP_8 = TL_MAP_4 | TL_MAP_4 >> 4,
	TL_MAP = (TL_MAP_8 | TL_MAP_8 >> 8) + 1,
};

/* All that a hit looks at first, in one place: one address to load. */
struct tl_table {
	TL_POINT_INDEX map[TL_MAP]; /* open addressing: index + 1, 0 ends a search */
	volatile uint8_t running;   /* dispatches under way (trap.c) */
	struct tl_point points[TL_POINTS + TL_STEPS]; /* the last are no probed addresses, but lend
	                                                 their slots to GDB's steps */
};

extern struct tl_table tl_table;

static inline unsigned tl_point_hash(uintptr_t addr)
{
	return (unsigned)((addr ^ addr >> 7) >> 1);
}

struct tl_point *tl_point_search(uintptr_t addr); /* past the first place */

/* The point at an address, live or retired, or NULL. Any context. */
static inline struct tl_point *tl_point_find(uintptr_t addr)
{
	unsigned i = tl_table.map[tl_point_hash(addr) % TL_MAP];
	struct tl_point *pt;

	if (!i)
		return 0;
	pt = &tl_table.points[i - 1];
	return pt->addr == addr ? pt : tl_point_search(addr);
}

/* The point whose slot holds `pc`, or NULL. */
static inline struct tl_point *tl_point_of_slot(uintptr_t pc)
{
	uintptr_t at = pc - (uintptr_t)tl_slots;

	return at < sizeof tl_slots ? &tl_table.points[at / TL_SLOT_SIZE] : 0;
}

/* How a point's instruction is stepped, as hosts are told; and how one would be that is not probed
 * yet, or -TL_E…. */
enum tl_step { TL_STEP_BOOSTED, TL_STEP_SLOT, TL_STEP_SIMULATED };
enum tl_step tl_point_step(const struct tl_point *pt);
int tl_insn_step(uintptr_t addr, const struct tl_insn *insn);

/* GDB's steps: the instruction at `addr` decoded, whatever is there; in a point of its own, whose
   slot nobody is in (NULL and -TL_E…: it cannot be stepped, or there is no such point); the slot of
   one with probes made to come back, or to be as usual. */
int tl_step_decode(uintptr_t addr, bool own, struct tl_insn *insn); /* own: be it the agent's */
struct tl_point *tl_step_point(uintptr_t addr, const struct tl_insn *insn, int *err);
void tl_point_step_to_stop(struct tl_point *pt, bool stop);
void tl_step_settle(void); /* at base level: nobody is in a slot */
/* Somebody goes into the slot of a point that is no probed address, or has come out of it. */
static inline void tl_step_enter(struct tl_point *pt, bool inside)
{
	if (TL_STEPS && pt >= tl_table.points + TL_POINTS)
		pt->state = inside ? TL_POINT_LIVE : TL_POINT_FREE;
}

int tl_probe_check(uintptr_t addr, bool returns,
                   struct tl_insn *insn); /* would it be accepted? 0 or -TL_E… */
unsigned tl_points_in(enum tl_point_state state);
static inline unsigned tl_points_used(void)
{
	return tl_points_in(TL_POINT_LIVE);
}

/* ---- quiescent.c: slots that nobody is in any more ---- */
extern const struct tl_tasks *tl_tasks; /* the firmware's, NULL: it has told of none */
extern volatile bool tl_points_retire;  /* one has since tl_quiescent_settle() */
/* With interrupts locked out, all but the last. Looks where contexts are suspended; false: that
 * cannot be known here. */
bool tl_look_for_suspended(void);
void tl_suspended_in(
        const struct tl_point *pt); /* somebody is on the way into its slot, or out of it */
bool tl_point_is_deserted(
        const struct tl_point *pt); /* retired, and nobody was seen to be in its slot or pad */
bool tl_points_reclaim(void); /* probe.c: looks, and frees those points; false: there are none */
void tl_dispatch_suspended(
        void); /* dispatch.c: tl_suspended_in() for all that are in the dispatcher */
void tl_quiescent_settle(void); /* from tl_poll(): tl_points_reclaim(), if few are free */

/* ---- text.c ---- */

enum { TL_WINDOW_MAX = 160 }; /* bytes around an instruction that a decoder may ask for */

/* Reads the text around `addr`, as linked, into `buf`: as much of the decoder's window as is
 * mapped. 0 or -TL_ETEXT. */
int tl_read_window(uintptr_t addr, uint8_t buf[static TL_WINDOW_MAX], struct tl_text *text);
void tl_hide_patches(uintptr_t addr, uint8_t *buf,
                     unsigned n); /* puts the original bytes into a copy of memory */
void tl_keep_patches(uintptr_t addr, uint8_t *buf,
                     unsigned n); /* puts the patches into bytes that are to be written */
/* What stands in the text of a point that is armed so; its length, 0: the firmware's own. */
unsigned tl_patch_of(const struct tl_point *pt, enum tl_armed armed, uint8_t *code);
/* A live point whose instruction overlaps the range, or NULL. */
const struct tl_point *tl_point_overlapping(uintptr_t addr, uintptr_t n);
bool tl_agents_own(uintptr_t addr); /* code that is never probed */
/* May these bytes be written? What stands there already may; else -TL_EBUSY: an instruction under a
   probe would change, -TL_ENOPROBE: the agent would, that writes them. */
int tl_may_write(uintptr_t addr, const uint8_t *bytes, unsigned n);
/* Would a breakpoint stay at an address where tl_probe_check() accepts a probe? 0, -TL_EROM or
 * -TL_EFAULT. */
int tl_takes_patch(uintptr_t addr, const struct tl_insn *insn);

/* ---- probe.c, everything at once ---- */

enum tl_hold { TL_HOLD_USER = 1, TL_HOLD_FAULT = 2 }; /* why everything is disarmed, or'ed */
void tl_hold(enum tl_hold why);
void tl_release(enum tl_hold why);
bool tl_held(void);
/* Until the next tl_poll() the point's text is the firmware's: it goes to its own handler for a
 * fault there. In a trap. */
void tl_bare(struct tl_point *pt);
void tl_bare_settle(void);

/* Is it a return probe with an entry_handler? */
static inline bool tl_calls_on_entry(const struct tl_kprobe *kp)
{
	return (kp->state & (TL_KP_RETURN | TL_KP_REMOTE)) == TL_KP_RETURN &&
	       ((const struct tl_kretprobe *)kp)->entry_handler;
}

/* ---- guard.c: the firmware's code that must not be probed ---- */
/* What may be found in ticks is not all that it runs. */
extern bool tl_ticks_opaque;
int tl_guard_check(
        uintptr_t addr); /* 0, or what a probe there is refused with; sees to the following first */
void tl_guard_settle(void);               /* takes note of where that code begins now */
struct tl_root tl_guard_root(unsigned i); /* where: 0 ticks, then as tl_arch_root(); 0: nowhere */

/* ---- fast.c: jump probes, where the ISA has a jump and pads ---- */
#if TL_TRACE && defined TL_PAD_SIZE
#define TL_FAST 1
/* Why the point cannot have a jump in place of its breakpoint; NULL: it can. Interrupts are locked
 * out. */
const char *tl_fast_refusal(const struct tl_point *pt);
/* That jump, TL_JUMP_LEN bytes; false: it does not reach. */
bool tl_fast_jump(const struct tl_point *pt, uint8_t *code);
/* Whose pad holds `pc`, or NULL; how far in it that is. */
struct tl_point *tl_fast_point(uintptr_t pc, unsigned *at);
bool tl_fast_code(uintptr_t addr); /* is it in pads, or in what they share? */
#else
#define TL_FAST 0
#undef TL_PAD_TRAP
#define TL_PAD_TRAP 0
static inline const char *tl_fast_refusal(const struct tl_point *pt)
{
	(void)pt;
	return "";
}
static inline bool tl_fast_jump(const struct tl_point *pt, uint8_t *code)
{
	(void)pt, (void)code;
	return false;
}
static inline struct tl_point *tl_fast_point(uintptr_t pc, unsigned *at)
{
	(void)pc, (void)at;
	return 0;
}
static inline bool tl_fast_code(uintptr_t addr)
{
	(void)addr;
	return false;
}
#endif

/* ---- trap.c: the state machine (its entry is in arch.h) ---- */
void tl_miss(struct tl_kprobe *kp); /* what the probe is there for did not happen */
void tl_trap_settle(void);          /* from tl_poll(): forgets what given-up contexts left */

/* ---- retprobe.c: returns ---- */
void tl_return_enter(struct tl_kprobe *kp,
                     struct tl_regs *regs); /* hooks the return of a call; runs entry_handler */
void tl_return_forget(const struct tl_kprobe *kp); /* calls under way no longer lead to the probe */
void tl_return_disable(const struct tl_kprobe *kp); /* they are to look whether it is enabled */
void tl_return_settle(
        void); /* from tl_poll(): calls that were left, if there is no room for others */
bool tl_return_calls(const struct tl_regs *regs); /* does the return at `regs` run a C handler? */
/*
 * A function has come to the trampoline: actions, and handlers if `call` (else they are missed);
 * then `regs` are those to go on with. False: no call is known that could have returned here.
 */
bool tl_return(struct tl_regs *regs, bool call);
/* For debuggers: where a trampoline leads that is found in a register or on the stack, `sp` the
   stack pointer there, or the address behind it. 0: nobody knows. */
uintptr_t tl_return_behind(uintptr_t sp);
bool tl_return_leads_to(uintptr_t ret); /* is there a call under way that returns there? */
/* ---- return_seen.c: trampolines as debuggers shall see them ---- */
/* The return address register; and what it is to be if a debugger writes `value`. */
uintptr_t tl_return_shown(const struct tl_regs *regs);
uintptr_t tl_return_written(uintptr_t value);
/* The same in bytes read from memory; and the trampoline kept in bytes to be written, where it is
 * and they are what was shown. */
void tl_return_hide(uintptr_t addr, uint8_t *buf, unsigned n);
void tl_return_keep(uintptr_t addr, uint8_t *buf, unsigned n);

/* ---- action.c: what probes of hosts do ---- */
enum tl_kind { /* or'ed */
	       TL_KIND_COUNT = 0,
	       TL_KIND_SNAPSHOT = 1,
	       TL_KIND_RETURN = 2, /* when the function returns, not at its entry */
	       TL_KIND_MAX = 3,
};

struct tl_remote {
	struct tl_kprobe kp; /* its counters are not used: those below are */
	uintptr_t select;    /* registers to send, bit n: core register n */
	uint32_t recorded, filtered, missed, dropped;
	uint32_t every, limit;
	uint32_t countdown; /* hits to the next that counts */
	uint32_t mark;      /* id | its index << 8: the start of a record's first word */
	uint8_t id;         /* 0: free */
	uint8_t kind;       /* enum tl_kind */
	uint8_t active;     /* of its returns: calls under way that may be hooked */
	bool stay;          /* outlives the session */
	uint8_t direct;     /* of its returns, no filter and no limit: enum tl_direct, else
	                       TL_DIRECT_NOT */
	uint8_t delta;      /* its base in the stream, TL_NO_DELTA: none */
#if TL_NAME
	uint8_t name[TL_NAME]; /* the host's for it: as many bytes as fit, zeros behind */
#endif
};
enum { TL_NO_DELTA = 0xff };

extern struct tl_remote tl_remotes[TL_PROBES];

/* All hits while enabled: what became of them says how many there were, so that a hit need count
 * only once. */
static inline uint32_t tl_remote_hits(const struct tl_remote *r)
{
	return r->recorded + r->filtered + r->missed + r->dropped;
}

/* A hit, in a trap or with interrupts locked out. `entry_time` of a return: when its function was
 * called. */
void tl_action(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time);
/* The same outside of a trap, interrupts locked out: probes that tl_port.ticks hits may record
 * before this one does, not amid it.
 */
void tl_action_outside(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time);
/*
 * Of it, a record; `*regs` is where its registers go, NULL if the ring has no room. Counts it as
 * recorded or dropped. Returns `resume`, for those whose last word this is.
 */
uintptr_t tl_take_snapshot(struct tl_remote *r, uintptr_t resume, uintptr_t **regs);
uintptr_t tl_take_return(struct tl_remote *r, uintptr_t resume, uintptr_t **regs,
                         uint32_t entry_time); /* the same of a return */
void tl_action_settle(void);                   /* from tl_poll(): what a trap could only ask for */
struct tl_remote *tl_remote_find(unsigned id);
int tl_remote_add(const struct tl_remote *want, struct tl_remote **out);
int tl_remote_del(struct tl_remote *r);
void tl_remote_del_all(bool also_stay);

static inline bool tl_takes_time(const struct tl_kprobe *kp)
{
	bool snapshot =
	        kp->state & TL_KP_REMOTE && ((const struct tl_remote *)kp)->kind & TL_KIND_SNAPSHOT;

	return snapshot || kp->state & TL_KP_RETURN;
}

/*
 * Does it take the time, though tl_port.ticks must not be called in a trap? Then what it does at
 * its address is done in the interrupted context, as handlers are. Inline: each hit asks, and
 * hardly ever is there more to ask.
 */
__attribute__((always_inline)) static inline bool tl_times_outside(const struct tl_kprobe *kp)
{
	return tl_ticks_opaque && tl_takes_time(kp);
}

/* Has it something to do before the instruction, in the interrupted context? */
static inline bool tl_runs_before(const struct tl_kprobe *kp)
{
	return kp->pre_handler || tl_calls_on_entry(kp) || tl_times_outside(kp);
}

/* ---- ring.c: records from traps to the line ---- */
enum { TL_RING_WORDS = TL_RING_SIZE / sizeof(uintptr_t) };

/*
 * A record in the ring: words[0] = id | remote's index << 8 | words << 16 | TL_RING_USER if the
 * code was unprivileged, words[1] = seq, words[2] = time, then the registers; of a return, then the
 * ticks since its entry.
 */
struct tl_ring {
	volatile uint32_t head, tail; /* words, running freely: each written by one side only */
	uintptr_t words[TL_RING_WORDS];
};
extern struct tl_ring tl_ring;

uintptr_t *tl_ring_wrap(unsigned words);
/* Room for a record, or NULL: full. In a trap: one producer at a time. */
static inline uintptr_t *tl_ring_reserve(unsigned words)
{
	uint32_t head = tl_ring.head, at = head % TL_RING_WORDS;

	if (at + words > TL_RING_WORDS)
		return tl_ring_wrap(words);
	return head - tl_ring.tail > TL_RING_WORDS - words ? 0 : &tl_ring.words[at];
}
static inline void tl_ring_commit(unsigned words)
{
	__atomic_signal_fence(__ATOMIC_RELEASE);
	tl_ring.head += words;
}
const uintptr_t *tl_ring_peek(void); /* the oldest record, or NULL. One consumer */
void tl_ring_drop(void);             /* done with it */
void tl_ring_forget(uint32_t mark);  /* a probe goes, and its id may come back as another */
unsigned tl_ring_used(void);         /* words */

/* ---- stream.c: from the ring to frames ---- */
void tl_stream_init(void);  /* records have the format of the ISA */
void tl_stream_start(void); /* the next frame is a key frame */
void tl_stream_forget(struct tl_remote *r);
bool tl_stream_frame(struct tl_frame_tx *tx, uint32_t now_ms); /* false: nothing to send now */
extern struct tl_record_format tl_format;

/* ---- cmd_memory.c ---- */
int tl_read_memory(uintptr_t addr, void *to, unsigned n); /* tl_arch_read(), without patches */

/* ---- console.c: the firmware's text ---- */
bool tl_console_input(uint8_t byte);                    /* false: full */
bool tl_console_frame(struct tl_frame_tx *tx);          /* false: nothing to send */
unsigned tl_console_plain(uint8_t *out, unsigned size); /* bytes taken */

/* ---- agent.c: bytes in, packets out ---- */
extern struct tl_port tl_port;
struct tl_client {
	uintptr_t session; /* the native host's token, 0: none */
	uintptr_t expired; /* that of the last session whose lease ran out */
	uint32_t lease_ms;
	uint32_t heard_ms; /* when the last packet came */
	bool listens;      /* the native host takes records; until then they stay in the ring */
	bool attached;     /* somebody talks packets: console text is framed */
	bool no_ack;
	uint32_t bad_frames; /* received with a wrong sum or form */
	uint32_t overruns;   /* packets that came while one was being served */
	uint16_t foreign;    /* packets served that were not native; wraps */
	uint32_t polls;      /* times that the line was served; wraps */
	uintptr_t caller;    /* where tl_poll() goes back to */
	uint32_t last;       /* CRC of the command whose answer stands to be sent again, 0: none */
};
extern struct tl_client tl_client;

void tl_session_end(bool keep); /* the host has gone, or says so */
void tl_reset_later(
        void); /* by tl_port.reset, which there must be, once the answer has been sent */
static inline uint32_t tl_ticks(void)
{
	return tl_port.ticks(tl_port.ctx);
}

/*
 * Work that takes longer than a tl_poll() may. A handler calls tl_work(), then the step, and
 * returns what that returns; TL_LATER: it goes on, a step a tl_poll(), until the step returns 0 or
 * -TL_E…, its answer appended to `out`. Any other packet ends it, and so does Ctrl-C; the same
 * packet again must not, hosts repeat themselves: true if this work is what was under way before
 * it.
 */
typedef int tl_work_fn(struct tl_frame_tx *out);
bool tl_work(tl_work_fn *step);
bool tl_work_may_go_on(
        uint32_t since); /* has this step, begun at tl_ticks() `since`, time for more? */

/* ---- clock.c: time since tl_init() ---- */
extern struct tl_clock {
	uint32_t now_ms;
	uint32_t last_ticks, spare_ticks; /* of the port when it was advanced; those of a
	                                     millisecond that is not over */
	uint32_t ticks_per_ms;            /* 0: ticks are longer */
} tl_clock;
void tl_clock_start(void);
void tl_clock_advance(void); /* while halted */
#if TL_GDB
void tl_clock_polls(void);      /* the same, from tl_poll() */
void tl_clock_goes_on(void);    /* from a halt */
bool tl_clock_hangs(void);      /* the firmware has not polled for half a second */
bool tl_clock_polls_soon(void); /* it has polled since it went on, and by what is usual for it will
                                   do so within moments */
#else
static inline void tl_clock_polls(void)
{
	tl_clock_advance();
}
#endif

/* ---- packet.c: names to handlers ---- */
struct tl_args {
	const uint8_t *at, *end;
};
bool tl_arg(struct tl_args *in, uintptr_t *v); /* the next hex field, its separator skipped */
bool tl_arg_is(struct tl_args *in, char c);    /* the next character, skipped if it is */
unsigned tl_arg_bytes(struct tl_args *in, uint8_t *out,
                      unsigned size); /* the rest as hex bytes; size + 1: malformed or more */
void tl_field(struct tl_frame_tx *out, uintptr_t v); /* ",hex" */
int tl_ok(struct tl_frame_tx *out);                  /* GDB's OK; 0 */
uint32_t
tl_packet_id(const uint8_t *data,
             unsigned n); /* of a native packet that says who it is: the CRC behind data[0..n) */
/* Serves data[0..n), a native packet's CRC taken off: TL_CRC_NONE: it had none. */
void tl_packet_serve(const uint8_t *data, unsigned n, enum tl_frame_crc crc,
                     struct tl_frame_tx *out);
static inline bool tl_packet_is_native(const uint8_t *data, unsigned n)
{
	return n > 4 && (data[0] | 0x20) == 'q' && tl_same(data + 1, "Tl.", 3);
}
bool tl_packet_go_on(tl_work_fn *step, struct tl_frame_tx *out); /* true: that was the answer */

/*
 * Handlers, named in packets.def. They append the answer; on error they return -TL_E… and what they
 * wrote is dropped; TL_LATER: the answer comes when there is one.
 */
enum { TL_LATER = 1 };
typedef int tl_packet_fn(struct tl_args *in, struct tl_frame_tx *out);
#define TL_PACKET(name, handler, text) tl_packet_fn tl_packet_##handler;
#include "packets.def"
#undef TL_PACKET

#endif
