/* SPDX-License-Identifier: MIT */
/*
 * What GDB gives the agent to keep: conditions, commands, actions, their source, in one pool. A
 * note has an owner and a kind. The notes of an owner stay in the order in which they came. What is
 * being received belongs to the draft. Once all of it has turned out good it is given to its owner;
 * else it is dropped, and nothing has changed.
 *
 * Notes are written in base-level time or while halted. They may be read in any context that keeps
 * interrupts out.
 */
#ifndef TL_NOTES_H
#define TL_NOTES_H

#include "expr/bytecode.h"
#include "line/packet.h"
#include "trapline.h"

enum tl_owner {
	TL_OWNER_DRAFT,
	TL_OWNER_READ_ONLY,                          /* ranges that QTro gave */
	TL_OWNER_TVARS,                              /* names of trace state variables */
	TL_OWNER_USER,                               /* who started the trace run; */
	TL_OWNER_REMARK,                             /* what for; */
	TL_OWNER_STOPPED,                            /* why it was stopped: each in hex */
	TL_OWNER_BREAK,                              /* + the index of a breakpoint */
	TL_OWNER_TRACE = TL_OWNER_BREAK + TL_BREAKS, /* + the index of a tracepoint */
};

enum tl_note_kind {
	TL_NOTE_CONDITION,
	TL_NOTE_COMMAND,         /* prints */
	TL_NOTE_PERSIST,         /* no bytes: the commands go on when GDB has left */
	TL_NOTE_REGISTERS,       /* action R: its mask, as text */
	TL_NOTE_MEMORY,          /* action M: struct tl_memory_action */
	TL_NOTE_EXPRESSION,      /* action X */
	TL_NOTE_SOURCE,          /* length of what follows, type:start:length, then the text */
	TL_NOTE_TEXT,            /* as it came */
	TL_NOTE_RANGE,           /* start, end */
	TL_NOTE_STEPPING = 0x40, /* or'ed: an action of while-stepping */
};

struct tl_note {
	uint8_t owner;
	uint8_t kind;
	uint16_t at;    /* where the next one is looked for */
	uint16_t moved; /* tl_notes_moved, when it was there */
	uint16_t size;
	const uint8_t *bytes;
};

extern uint16_t tl_notes_moved; /* how often the pool has been closed up */

/* Before the owner's first note; to its next one, false: no more, or notes have been dropped
 * meanwhile. */
static inline struct tl_note tl_notes_of(unsigned owner)
{
	struct tl_note note;

	note.owner = (uint8_t)owner;
	note.at = 0;
	note.moved = tl_notes_moved;
	return note;
}
bool tl_note_next(struct tl_note *note);

/* A note of the draft, its kind an enum tl_note_kind, `size` bytes to be filled in, or NULL: no
   room. What a run needs takes that of sources. */
uint8_t *tl_note_open(unsigned kind, unsigned size);
int tl_note_add(unsigned kind, const void *bytes, unsigned size); /* 0 or -TL_EFULL */
void tl_notes_give(unsigned owner); /* the draft, which is empty then */
void tl_notes_drop(unsigned owner);
void tl_notes_drop_kind(unsigned owner, enum tl_note_kind kind);

/* The rest of an X packet field, `len,bytes`, as an expression of the draft: 0 or -TL_E…, also if
   it may not run in this world. */
int tl_note_expression(struct tl_args *in, unsigned kind, const struct tl_world *world);
/* Runs it, with these registers. As tl_bytecode_run(). */
int tl_note_run(const struct tl_note *note, const struct tl_world *world,
                const struct tl_regs *regs, struct tl_bytecode_result *out);

extern const struct tl_world tl_condition_world; /* registers and memory, no more */

/*
 * Do the owner's conditions hold? None, or one that is true. 0 or 1, or -TL_E… if none is true and
 * one failed; then *fault is the address.
 */
int tl_condition_holds(unsigned owner, const struct tl_regs *regs, uintptr_t *fault);

#endif
