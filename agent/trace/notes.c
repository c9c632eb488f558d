/* SPDX-License-Identifier: MIT */
/*
 * The pool of notes: a row of {owner, kind, size, bytes}, closed up when some are dropped.
 */
#include "trace/notes.h"

#include "arch.h"
#include "base/util.h"
#include "probe/regs.h"
#include "probe/text.h"
#include "trace/trace.h"

TL_RAM(".bss");

#if TL_GDB

enum { HEAD = 4 }; /* bytes: owner, kind, size */

static uint8_t pool[TL_NOTES];
static uint16_t used;
uint16_t tl_notes_moved;

_Static_assert(TL_NOTES >= 64 && TL_NOTES <= 32768, "TL_NOTES");
_Static_assert(TL_OWNER_TRACE + TL_TRACEPOINTS <= 255, "an owner is a byte");

static unsigned size_at(unsigned at)
{
	return pool[at + 2] | (unsigned)pool[at + 3] << 8;
}

bool tl_note_next(struct tl_note *note)
{
	if (note->moved != tl_notes_moved)
		return false;
	for (unsigned at = note->at; at < used; at = note->at) {
		note->kind = pool[at + 1];
		note->size = (uint16_t)size_at(at);
		note->bytes = pool + at + HEAD;
		note->at = (uint16_t)(at + HEAD + note->size);
		if (pool[at] == note->owner)
			return true;
	}
	return false;
}

static bool fits(unsigned size)
{
	return size <= TL_NOTES && used + HEAD + size <= TL_NOTES;
}

uint8_t *tl_note_open(unsigned kind, unsigned size)
{
	uint8_t *at;

	while (!fits(size) && kind != TL_NOTE_SOURCE && size <= TL_NOTES &&
	       tl_trace_give_up_source())
		;
	if (!fits(size))
		return 0;
	at = pool + used;
	at[0] = TL_OWNER_DRAFT;
	at[1] = (uint8_t)kind;
	at[2] = (uint8_t)size;
	at[3] = (uint8_t)(size >> 8);
	__atomic_signal_fence(__ATOMIC_RELEASE);
	used = (uint16_t)(used + HEAD + size);
	return at + HEAD;
}

int tl_note_add(unsigned kind, const void *bytes, unsigned size)
{
	uint8_t *to = tl_note_open(kind, size);

	if (!to)
		return -TL_EFULL;
	tl_copy(to, bytes, size);
	return 0;
}

void tl_notes_give(unsigned owner)
{
	__atomic_signal_fence(__ATOMIC_RELEASE);
	for (unsigned at = 0; at < used; at += HEAD + size_at(at))
		if (pool[at] == TL_OWNER_DRAFT)
			pool[at] = (uint8_t)owner;
}

static void drop(unsigned owner, bool all, unsigned kind)
{
	uintptr_t lock = tl_arch_lock();
	unsigned to = 0;

	for (unsigned at = 0, size; at < used; at += size) {
		size = HEAD + size_at(at);
		if (pool[at] == owner && (all || pool[at + 1] == kind))
			continue;
		if (to < at)
			tl_copy(pool + to, pool + at,
			        size); /* downwards, byte by byte: they may overlap */
		to += size;
	}
	tl_notes_moved = (uint16_t)(tl_notes_moved + (to < used));
	used = (uint16_t)to;
	tl_arch_unlock(lock);
}

void tl_notes_drop(unsigned owner)
{
	drop(owner, true, 0);
}

void tl_notes_drop_kind(unsigned owner, enum tl_note_kind kind)
{
	drop(owner, false, kind);
}

/* ---- expressions ---- */

const struct tl_world tl_condition_world = {.reg = tl_world_reg, .read = tl_read_memory};

int tl_note_expression(struct tl_args *in, unsigned kind, const struct tl_world *world)
{
	struct tl_bytecode code;
	struct tl_args hex;
	uintptr_t size;
	unsigned wrong;
	uint8_t *to;

	if (!tl_arg(in, &size) || in->at == in->end || *in->at++ != ',')
		return -TL_EPACKET;
	if (size > TL_BYTECODE_SIZE)
		return -TL_ETOOBIG;
	if (2 * size > (uintptr_t)(in->end - in->at))
		return -TL_EPACKET;
	hex.at = in->at;
	hex.end = in->at += 2 * size;
	to = tl_note_open(kind, (unsigned)size);
	if (!to)
		return -TL_EFULL;
	code.code = to;
	code.size = (unsigned)size;
	return tl_arg_bytes(&hex, to, code.size) == code.size
	               ? tl_bytecode_check(&code, world, &wrong)
	               : -TL_EPACKET;
}

int tl_note_run(const struct tl_note *note, const struct tl_world *world,
                const struct tl_regs *regs, struct tl_bytecode_result *out)
{
	struct tl_bytecode code;
	struct tl_world here;

	here.ctx = regs;
	here.reg = world->reg;
	here.read = world->read;
	here.trace = world->trace;
	here.trace_tvar = world->trace_tvar;
	here.print = world->print;
	code.code = note->bytes;
	code.size = note->size;
	return tl_bytecode_run(&code, &here, out);
}

int tl_condition_holds(unsigned owner, const struct tl_regs *regs, uintptr_t *fault)
{
	struct tl_note note = tl_notes_of(owner);
	struct tl_bytecode_result result;
	int holds = 1, error = 0;

	while (tl_note_next(&note)) {
		if (note.kind != TL_NOTE_CONDITION)
			continue;
		holds = 0;
		error = error ? error : tl_note_run(&note, &tl_condition_world, regs, &result);
		if (error)
			*fault = result.fault;
		else if (result.value)
			return 1;
	}
	return error ? error : holds;
}

#endif
