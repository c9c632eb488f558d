/* SPDX-License-Identifier: MIT */
/*
 * Tracepoints: probes in the one table that collect. A hit goes to tl_halt(), on the agent's stack
 * with interrupts locked out, where memory can be read safely; there its condition is evaluated and
 * its actions fill a frame. What was collected stays when the run has ended, whoever is there.
 */
#include "trace/trace.h"

#include "base/util.h"
#include "expr/tvar.h"
#include "line/console.h"
#include "probe/regs.h"
#include "probe/returns.h"
#include "probe/text.h"

TL_RAM(".bss");

#if TL_TRACE

#if !TL_GDB
#error "TL_TRACE needs TL_GDB"
#endif

struct tl_tracepoint tl_tracepoints[TL_TRACEPOINTS];
struct tl_trace tl_trace;

_Static_assert(TL_TRACEPOINTS >= 1 && TL_TRACEPOINTS <= 64, "TL_TRACEPOINTS");

unsigned tl_trace_owner(const struct tl_tracepoint *tp)
{
	return TL_OWNER_TRACE + (unsigned)(tp - tl_tracepoints);
}

/* ---- the table ---- */

/* The number 0 finds a free one. */
struct tl_tracepoint *tl_tracepoint_find(uintptr_t number, uintptr_t addr)
{
	for (struct tl_tracepoint *tp = tl_tracepoints; tp < tl_tracepoints + TL_TRACEPOINTS; tp++)
		if (tp->number == number && (!number || tp->addr == addr))
			return tp;
	return 0;
}

static struct tl_tracepoint *tracepoint_of(struct tl_probe *p)
{
	return (struct tl_tracepoint *)p;
}

static void returned(struct tl_probe *p, struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	(void)in;
	tl_trace_return(tracepoint_of(p), regs);
}

static uint32_t missed(struct tl_probe *p, unsigned more)
{
	return tracepoint_of(p)->missed += more;
}

static const char *no_jump(const struct tl_probe *p)
{
	return ((const struct tl_tracepoint *)p)->steps ? "it goes on stepping" : 0;
}

static const struct tl_front front = {.name = "tracepoint",
                                      .stops = true,
                                      .returned = returned,
                                      .missed = missed,
                                      .no_jump = no_jump};

static int install(struct tl_tracepoint *tp)
{
	int err = tl_trace_returns_check(tp);

	if (err)
		return err;
	tp->missed = 0;
	tp->probe.room = TL_RETURN_ACTIVE;
	return tl_probe_add(&tp->probe, &front, tl_code_address(tp->addr),
	                    tp->fast ? TL_PROBE_JUMP : 0, !tp->enabled);
}

/* If it is a fast one and no jump probe, that is said on the console, with the reason. */
static void tell_of_jump(const struct tl_tracepoint *tp)
{
	uintptr_t lock = tl_arch_lock();
	const char *refusal =
	        tp->probe.state & TL_PROBE_ENABLED ? tl_fast_refusal(tl_point_of(&tp->probe)) : 0;

	tl_arch_unlock(lock);
	if (TL_FAST && tp->fast && refusal)
		tl_say("fast tracepoint", tp->addr, " is no jump: ", refusal);
}

int tl_tracepoint_define(const struct tl_tracepoint *want, struct tl_tracepoint **out)
{
	struct tl_tracepoint *tp = tl_tracepoint_find(want->number, want->addr);
	struct tl_insn insn;
	int err = tl_probe_check(want->addr, false, &insn);

	if (err)
		return err;
	if (!tp)
		tp = tl_tracepoint_find(0, 0);
	if (!tp)
		return -TL_EFULL;
	if (tp->probe.state & TL_PROBE_REGISTERED)
		return -TL_EBUSY;
	tl_copy(tp, want, sizeof *tp);
	tl_notes_drop(tl_trace_owner(tp));
	tl_notes_give(tl_trace_owner(tp));
	*out = tp;
	return 0;
}

static int take_part(struct tl_tracepoint *tp)
{
	tp->complete = true;
	return tl_trace.running ? install(tp) : 0;
}

int tl_tracepoint_complete(struct tl_tracepoint *tp)
{
	int err = take_part(tp);

	if (!err)
		tell_of_jump(tp);
	return err;
}

void tl_trace_drop_source(struct tl_tracepoint *tp)
{
	tl_notes_drop_kind(tl_trace_owner(tp), TL_NOTE_SOURCE);
	tp->sourceless = true;
	tl_say("source of the tracepoint", tp->addr, " not kept: ", "TL_NOTES is used up");
}

static bool has_source(const struct tl_tracepoint *tp)
{
	struct tl_note note = tl_notes_of(tl_trace_owner(tp));

	while (tl_note_next(&note))
		if (note.kind == TL_NOTE_SOURCE)
			return true;
	return false;
}

bool tl_trace_give_up_source(void)
{
	for (unsigned i = TL_TRACEPOINTS; i-- > 0;)
		if (tl_tracepoints[i].number && has_source(&tl_tracepoints[i])) {
			tl_trace_drop_source(&tl_tracepoints[i]);
			return true;
		}
	return false;
}

int tl_tracepoint_enable(struct tl_tracepoint *tp, bool enabled)
{
	int err = 0;

	if (tl_trace.running && tp->complete)
		err = tl_probe_enable(&tp->probe, enabled);
	if (!err)
		tp->enabled = enabled;
	return err;
}

/* ---- a run ---- */

void tl_trace_forget(void)
{
	tl_trace_stop(TL_TRACE_NOT_RUN);
	for (struct tl_tracepoint *tp = tl_tracepoints; tp < tl_tracepoints + TL_TRACEPOINTS;
	     tp++) {
		tp->number = 0;
		tl_notes_drop(tl_trace_owner(tp));
	}
	for (unsigned owner = TL_OWNER_READ_ONLY; owner < TL_OWNER_BREAK; owner++)
		tl_notes_drop(owner);
	tl_tvar_forget_all();
	tl_trace_buffer_clear();
	tl_traceframe_deselect();
	tl_trace.end = TL_TRACE_NOT_RUN;
	tl_trace.stays = tl_trace_buffer.circular = false;
	tl_trace_buffer.spared = 0;
}

int tl_trace_start(void)
{
	int err = 0;

	if (tl_trace.running)
		return -TL_EBUSY;
	tl_trace_buffer_clear();
	tl_traceframe_deselect();
	tl_tvar_reset();
	tl_trace.number = 0;
	tl_trace.error = 0;
	tl_trace.running = true;
	for (struct tl_tracepoint *tp = tl_tracepoints;
	     !err && tp < tl_tracepoints + TL_TRACEPOINTS; tp++) {
		tp->traced = tp->usage = 0;
		if (tp->number)
			err = take_part(tp); /* GDB promises actions where there are none, if a list
			                        of them is empty */
	}
	if (err)
		tl_trace_stop(TL_TRACE_NOT_RUN);
	for (struct tl_tracepoint *tp = tl_tracepoints;
	     !err && tp < tl_tracepoints + TL_TRACEPOINTS; tp++)
		tell_of_jump(tp);
	return err;
}

void tl_trace_stop(enum tl_trace_end why)
{
	if (!tl_trace.running)
		return;
	tl_trace.running = false;
	tl_trace.end = (uint8_t)why;
	tl_trace_steps_end();
	for (struct tl_tracepoint *tp = tl_tracepoints; tp < tl_tracepoints + TL_TRACEPOINTS; tp++)
		tl_probe_remove(&tp->probe);
}

void tl_trace_left(void)
{
	tl_traceframe_deselect();
	if (tl_trace.stays)
		return;
	tl_trace_stop(TL_TRACE_LEFT);
	tl_trace_returns_none();
}

/* ---- collecting ---- */

static int collect_memory(const void *ctx, uintptr_t addr, uintptr_t n)
{
	(void)ctx;
	return tl_traceframe_memory(addr, n);
}

static int collect_tvar(const void *ctx, unsigned number)
{
	(void)ctx;
	return tl_traceframe_tvar(number);
}

const struct tl_world tl_trace_world = {.reg = tl_world_reg,
                                        .read = tl_read_memory,
                                        .trace = collect_memory,
                                        .trace_tvar = collect_tvar};

/* M base,offset,length: the memory a register points to. */
static int collect_at(const struct tl_note *note, const struct tl_regs *regs)
{
	struct tl_memory_action m;
	uint64_t base = 0;
	int err = 0;

	tl_copy(&m, note->bytes, sizeof m);
	if (m.base >= 0)
		err = tl_world_reg(regs, (unsigned)m.base, &base);
	tl_trace.fault = (uintptr_t)base + m.offset;
	return err ? err : tl_traceframe_memory(tl_trace.fault, m.length);
}

static int run_action(const struct tl_note *note, const struct tl_regs *regs)
{
	struct tl_bytecode_result result;
	int err;

	switch (note->kind & ~TL_NOTE_STEPPING) {
	case TL_NOTE_MEMORY:
		return collect_at(note, regs);
	case TL_NOTE_EXPRESSION:
		err = tl_note_run(note, &tl_trace_world, regs, &result);
		tl_trace.fault = result.fault;
		return err;
	default:
		return 0;
	}
}

/* A frame has the registers in any case: without them GDB finds neither callers nor, on Cortex-M,
 * the frame it is in. */
static int run_actions(const struct tl_tracepoint *tp, const struct tl_regs *regs,
                       unsigned stepping)
{
	struct tl_note note = tl_notes_of(tl_trace_owner(tp));
	int err = tl_traceframe_begin(tp->number, regs);

	while (!err && tl_note_next(&note))
		if ((note.kind & TL_NOTE_STEPPING) == stepping)
			err = run_action(&note, regs);
	return err;
}

enum tl_trace_end tl_trace_collect(struct tl_tracepoint *tp, const struct tl_regs *regs,
                                   unsigned stepping)
{
	tl_trace.error = run_actions(tp, regs, stepping);
	if (tl_trace.error == -TL_EFULL)
		return TL_TRACE_FULL;     /* the frame is gone */
	tp->usage += tl_traceframe_end(); /* what came before an error is kept */
	return tl_trace.error ? TL_TRACE_ERROR : TL_TRACE_NOT_RUN;
}

void tl_trace_settle(const struct tl_tracepoint *tp, enum tl_trace_end end)
{
	/* steps, or calls that are to return */
	bool under_way = tp->left || tp->probe.room < TL_RETURN_ACTIVE;

	if (end == TL_TRACE_NOT_RUN && tp->pass && tp->traced >= tp->pass && !under_way)
		end = TL_TRACE_PASSCOUNT;
	if (end == TL_TRACE_NOT_RUN)
		return;
	tl_trace.number = tp->number;
	tl_trace_stop(end);
}

static void hit(struct tl_tracepoint *tp, struct tl_regs *regs, bool elsewhere)
{
	int holds = tl_condition_holds(tl_trace_owner(tp), regs, &tl_trace.fault);
	enum tl_trace_end end = TL_TRACE_ERROR;

	if (!holds)
		return;
	if (holds < 0)
		tl_trace.error = holds;
	else
		end = tl_trace_collect(tp, regs, 0);
	if (holds > 0 && end != TL_TRACE_FULL) {
		tp->traced++;
		tl_trace_steps_begin(tp, regs, elsewhere);
		if (tl_trace_returns(tp))
			tl_return_enter(&tp->probe, regs);
	}
	tl_trace_settle(tp, end);
}

void tl_trace_hit(const struct tl_point *pt, struct tl_regs *regs, bool elsewhere)
{
	for (struct tl_probe *p = pt->probes; p && tl_trace.running; p = p->next)
		if (p->state & TL_PROBE_ENABLED && p->front == &front)
			hit(tracepoint_of(p), regs, elsewhere);
}

#endif
