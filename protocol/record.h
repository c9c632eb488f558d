/* SPDX-License-Identifier: MIT */
/*
 * Snapshots on the wire: what `%Tl:` notifications carry. Shared by agent (encoder) and host
 * (decoder). Every byte is described in SPEC.md, "The stream".
 *
 * A frame holds a header and records. A record holds the probe, how many sequence numbers it
 * skipped, the time since the record before it, of a return the time since its entry, and the
 * registers that changed since that probe's previous record. A *key frame* starts from nothing:
 * every probe's first record in it is relative to zero. So a listener can join there, and a loss
 * ends there.
 *
 * Bounds: 1 to TL_RECORD_REGS registers (masks are one target word, so at most as many as a word
 * has bits), probe ids 1 to TL_PROBE_MAX.
 *
 * One encoder and one decoder per line; neither may be called from two contexts at once.
 */
#ifndef TL_RECORD_H
#define TL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#ifndef TL_RECORD_REGS
#define TL_RECORD_REGS                                                                             \
	40 /* registers a snapshot may hold; the target's build says what its ISA needs */
#endif

enum {
	TL_PROBE_MAX = 255,  /* highest probe id; 0 is none */
	TL_FRAME_KEY = 0x80, /* first byte of a stream frame: key frame; the other bits count
	                        frames, modulo 128 */
	TL_RECORD_GAP = 1,   /* in a record's head: a count of skipped sequence numbers follows */
	TL_RECORD_MASK = 2,  /* in a record's head: a mask of changed registers follows; else the
	                        mask is the previous one's */
	TL_RECORD_SHIFT = 2, /* the head's next 8 bits: the probe id */
	/* in a record's head: of a return, the ticks since its entry follow */
	TL_RECORD_RETURN = 0x400,
	TL_RECORD_USER = 0x800,   /* in a record's head: the code was unprivileged */
	TL_RECORD_STACK = 0x1000, /* in a record's head: its stack follows, in pieces (stack.h) */
	TL_RECORD_PIECE = 0x2000, /* in a head: it is no record, but a piece of the last one's
	                             stack */
};

/* How a value's change is coded: counters and pointers by difference, flag words by exclusive or,
 * rotated. */
struct tl_record_format {
	uint8_t word;    /* bytes of a register: 4 or 8 */
	uint8_t nregs;   /* registers of a full snapshot */
	uintptr_t flags; /* bit n: register n is a word of flags */
};

/*
 * The words that a record with a stack has besides: perhaps a snapshot's registers, where a fetch
 * program's words are in their place; the stack, from the stack pointer on; and perhaps another
 * stack's, after its stack pointer. They follow in this order.
 */
struct tl_stack_shape {
	bool any;             /* false: it has no stack */
	bool regs;            /* registers come first */
	uint16_t main, other; /* words; 0: there is none */
	uint16_t base; /* so many of all are differences to this probe's former; others to 0 */
};

/* All words. */
static inline unsigned tl_stack_words(const struct tl_stack_shape *s, unsigned nregs)
{
	return (s->regs ? nregs : 0) + s->main + (s->other ? 1u + s->other : 0);
}

struct tl_record {
	uint8_t probe;
	bool returned;    /* of a return: there is `elapsed` */
	bool user;        /* the code was unprivileged */
	uint32_t seq;     /* of this probe's records, from 1; also counts those that were dropped */
	uint32_t time;    /* ticks, modulo 2^32 */
	uint32_t elapsed; /* ticks since the function was entered */
	uintptr_t regs[TL_RECORD_REGS];
	struct tl_stack_shape stack;
	const uintptr_t *words; /* of the stack: not of tl_record_decode() */
};

/* The same before it is encoded, with its registers where they are; those in `select` are sent. */
struct tl_snapshot {
	uint8_t probe;
	bool returned;
	uint32_t seq, time, elapsed;
	const uintptr_t *regs;
	uintptr_t select;
	bool user;
	const struct tl_stack_shape *stack; /* NULL: it has none */
};

/* What both ends remember of a probe: the base of its next record. All zero after a key frame has
 * begun. */
struct tl_delta {
	uint32_t seq;
	uintptr_t mask;
	uintptr_t regs[TL_RECORD_REGS];
};

/* Bytes that one record can take at the most. */
unsigned tl_record_max(const struct tl_record_format *f);

/*
 * Appends a record at `out` (room for tl_record_max() bytes). `prev` is the probe's base,
 * `last_time` the time of the record before. Returns the bytes written; *mask is for
 * tl_record_keep().
 */
unsigned tl_record_encode(uint8_t *out, const struct tl_record_format *f,
                          const struct tl_snapshot *s, const struct tl_delta *prev,
                          uint32_t last_time, uintptr_t *mask);
/* The record goes: it is the base of the probe's next. */
void tl_record_keep(const struct tl_snapshot *s, uintptr_t mask, struct tl_delta *prev);

/* The probe id of the record at in[0..n), 0 if there is none: which base tl_record_decode()
   needs. */
uint8_t tl_record_probe(const uint8_t *in, unsigned n);
/* Is it a piece of a stack, and no record? */
bool tl_record_is_piece(const uint8_t *in, unsigned n);

/* Reads the record at in[0..n); returns its bytes, 0 if it is malformed. Registers not sent keep
 * the base's value. */
unsigned tl_record_decode(const uint8_t *in, unsigned n, const struct tl_record_format *f,
                          struct tl_record *r, struct tl_delta *prev, uint32_t *last_time);

#endif
