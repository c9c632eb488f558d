/* SPDX-License-Identifier: MIT */
/*
 * GDB's breakpoints: probes that halt, in the one probe table. A breakpoint and a kprobe live
 * together at an address; the patch stays in while it is stepped over. Conditions and commands are
 * evaluated where it was hit, so that a hit that does not stop costs the line nothing.
 */
#include "gdb/breaks.h"

#include "base/util.h"
#include "gdb/halt.h"
#include "line/console.h"
#include "probe/regs.h"
#include "probe/text.h"
#include "probe/watch.h"
#include "trace/notes.h"
#include "watchpoint.h"

TL_RAM(".bss");

#if TL_GDB

enum { UNTILS = 4 };

static struct tl_break breaks[TL_BREAKS], untils[UNTILS];

_Static_assert(TL_BREAKS >= 1 && TL_BREAKS <= 64, "TL_BREAKS");

static uint32_t missed(struct tl_probe *p, unsigned more)
{
	return ((struct tl_break *)p)->missed += more;
}

static int rewrite(struct tl_probe *p, uintptr_t addr, const uint8_t *bytes, unsigned n);

static const struct tl_front front = {.name = "breakpoint",
                                      .stops = true,
                                      .missed = missed,
                                      .rewrite = rewrite},
                             until_front = {.name = "breakpoint", .stops = true, .missed = missed};

static bool is_until(const struct tl_break *b)
{
	return b >= untils && b < untils + UNTILS;
}

static int set(struct tl_break *b, uintptr_t addr)
{
	tl_zero(b, sizeof *b);
	b->addr = addr;
	return tl_probe_add(&b->probe, is_until(b) ? &until_front : &front, tl_code_address(addr),
	                    0, false);
}

static bool in_use(const struct tl_break *b)
{
	return b->probe.state & TL_PROBE_REGISTERED;
}

static unsigned owner(const struct tl_break *b)
{
	return TL_OWNER_BREAK + (unsigned)(b - breaks);
}

static struct tl_break *find(uintptr_t addr)
{
	for (unsigned i = 0; i < TL_BREAKS; i++)
		if (in_use(&breaks[i]) && breaks[i].addr == addr)
			return &breaks[i];
	return 0;
}

static void take_draft(const struct tl_break *b)
{
	uintptr_t lock = tl_arch_lock();

	tl_notes_drop(owner(b));
	tl_notes_give(owner(b));
	tl_arch_unlock(lock);
}

/* A hit may come as soon as it is set, and interrupts are let in: it finds what it is to do. */
static int set_with_draft(struct tl_break *b, uintptr_t addr)
{
	int err;

	take_draft(b);
	err = set(b, addr);
	if (err)
		tl_notes_drop(owner(b));
	return err;
}

/* Twice the same is one: GDB repeats a packet whose answer was lost. */
int tl_break_set(uintptr_t addr)
{
	struct tl_break *b = find(addr);
	int err = 0;

	if (!b) {
		for (b = breaks; b < breaks + TL_BREAKS && in_use(b);)
			b++;
		if (b == breaks + TL_BREAKS)
			return -TL_EFULL;
		err = set_with_draft(b, addr);
	} else {
		take_draft(b);
	}
	return err == -TL_EBRK ? 0 : err; /* one is there: GDB's own, for functions that it calls,
	                                     or the firmware's */
}

static int clear(struct tl_break *b)
{
	int err = tl_probe_remove(&b->probe);

	tl_notes_drop(owner(b));
	return err;
}

int tl_break_clear(uintptr_t addr)
{
	struct tl_break *b = find(addr);

	return b ? clear(b) : 0;
}

/* ---- writes under them ---- */

/* With its notes and counters. */
static int set_again(struct tl_break *b)
{
	uint32_t passed = b->passed, hits = b->probe.hits, missed = b->missed;
	int err = set(b, b->addr);

	b->passed = passed;
	b->probe.hits = hits;
	b->missed = missed;
	return err;
}

/* What is written in the place of an instruction under a breakpoint, that being out meanwhile. */
static int replace(struct tl_break *b, unsigned len, uintptr_t addr, const uint8_t *bytes,
                   unsigned n)
{
	uintptr_t from = addr > b->addr ? addr : b->addr,
	          to = addr + n < b->addr + len ? addr + n : b->addr + len;
	uint8_t was[4];
	struct tl_insn insn;
	int err = tl_arch_read(from, was, (unsigned)(to - from));

	if (!err && tl_arch_write(from, bytes + (from - addr), (unsigned)(to - from)))
		err = -TL_ETEXT;
	if (!err)
		err = tl_step_decode(b->addr, false, &insn);
	if (!err && insn.len != len)
		err = -TL_EBUSY; /* who is in its slot would go on amid another instruction */
	if (!err)
		err = set_again(b);
	if (err) {
		tl_arch_write(from, was, (unsigned)(to - from));
		set_again(b);
	}
	return err;
}

static int rewrite(struct tl_probe *p, uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	unsigned len = tl_point_of(p)->insn.len;
	int err = tl_probe_remove(p);

	return err ? err : replace((struct tl_break *)p, len, addr, bytes, n);
}

bool tl_break_persists(const struct tl_break *b)
{
	struct tl_note note = tl_notes_of(owner(b));

	while (tl_note_next(&note))
		if (note.kind == TL_NOTE_PERSIST)
			return true;
	return false;
}

void tl_break_until_end(void)
{
	for (unsigned i = 0; i < UNTILS; i++)
		tl_probe_remove(&untils[i].probe);
}

void tl_break_clear_all(bool persistent)
{
	uintptr_t lock;

	for (unsigned i = 0; i < TL_BREAKS; i++)
		if (in_use(&breaks[i]) && (persistent || !tl_break_persists(&breaks[i])))
			clear(&breaks[i]);
	tl_break_until_end();
	lock = tl_watch_change();
	tl_arch_unwatch(TL_ACCESS_NONE, 0);
	tl_watch_changed(lock);
}

int tl_break_until(uintptr_t addr)
{
	struct tl_break *b = untils;

	while (b < untils + UNTILS && in_use(b))
		b++;
	return b < untils + UNTILS ? set(b, addr) : -TL_EFULL;
}

bool tl_break_until_is(uintptr_t addr)
{
	for (unsigned i = 0; i < UNTILS; i++)
		if (in_use(&untils[i]) && untils[i].addr == addr)
			return true;
	return false;
}

/* ---- hits ---- */

static int print(const void *ctx, const char *text, unsigned n)
{
	(void)ctx;
	tl_print(text, n);
	return 0;
}

const struct tl_world tl_command_world = {
        .reg = tl_world_reg, .read = tl_read_memory, .print = print};

/* True: there are commands, and so no stop. One that fails ends them, and does not stop either. */
static bool run_commands(const struct tl_break *b, const struct tl_regs *regs)
{
	struct tl_note note = tl_notes_of(owner(b));
	struct tl_bytecode_result result;
	bool any = false;

	while (tl_note_next(&note))
		if (note.kind == TL_NOTE_COMMAND) {
			any = true;
			if (tl_note_run(&note, &tl_command_world, regs, &result))
				break;
		}
	return any;
}

/* A condition that cannot be evaluated stops: then it can be looked at. */
static bool stops(struct tl_break *b, const struct tl_regs *regs)
{
	uintptr_t fault;

	if (is_until(b))
		return tl_gdb.stepping; /* else a tracepoint's step ends there */
	if (tl_condition_holds(owner(b), regs, &fault) && !run_commands(b, regs))
		return true;
	b->passed++;
	return false;
}

const struct tl_break *tl_break_of(const struct tl_probe *p)
{
	bool is = p->front == &front || p->front == &until_front;

	return is ? (const struct tl_break *)p : 0;
}

bool tl_break_hit(const struct tl_point *pt, const struct tl_regs *regs)
{
	bool stop = false;

	for (struct tl_probe *p = pt->probes; p; p = p->next)
		if (p->state & TL_PROBE_ENABLED && tl_break_of(p))
			stop |= stops((struct tl_break *)p, regs);
	return stop;
}

#endif
