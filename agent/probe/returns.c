/* SPDX-License-Identifier: MIT */
/*
 * Returns of functions. On entry the return address is replaced by that of the trampoline, and an
 * instance remembers it. The trampoline finds the instance by the stack pointer, which is the same
 * on return.
 *
 * Instances lie in a table, each in the place that its stack pointer hashes to, if that is free.
 * Else it lies anywhere, linked to that place, newest first. So a search passes only instances of
 * the same place.
 *
 * A stack pointer belongs to one call at a time. So a call which finds older instances at its own
 * proves them dead. There is one exception: if its return address is the trampoline, a hooked
 * function has jumped here instead of returning (a tail call). Then both return at once.
 *
 * A call that was left and that no later call runs over keeps its instance until there are too few.
 * Then tl_poll() looks for the return address where the call has it: see look().
 */
#include "probe/returns.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/util.h"
#include "probe/guard.h"
#include "probe/quiescent.h"
#include "probe/text.h"
#include "probe/trap.h"

TL_RAM(".bss");

#if TL_RETURN

struct tl_kretprobe_instance tl_return_instances[TL_RETURNS];
static struct tl_kretprobe_instance *const instances = tl_return_instances;
static volatile bool short_of; /* a call was missed for want of an instance */

_Static_assert(TL_RETURNS >= 1 && TL_RETURNS <= 128 && (TL_RETURNS & (TL_RETURNS - 1)) == 0,
               "TL_RETURNS");
_Static_assert(TL_RETURN_ACTIVE >= 1 && TL_RETURN_ACTIVE <= TL_RETURNS, "TL_RETURN_ACTIVE");
_Static_assert(TL_RETURN_DATA >= 1 && TL_RETURN_DATA <= 4096, "TL_RETURN_DATA");

/* tl_kretprobe_instance.link. 0: the instance is free, and nothing is linked to its place. */
enum {
	OVER = 0xff,    /* of a place: the newest instance that is elsewhere, index + 1 */
	NEXT = 0xff00,  /* of an instance that is elsewhere: the next older one of the same place,
	                   index + 1 */
	LIVE = 1 << 16, /* it is taken */
	ELSEWHERE = 1 << 17, /* it is not in its place */
	CHAINED = 1 << 18,   /* it returns to an older one, at the same stack pointer */
	DONE = 1 << 19,      /* its handler is running, or was left for good */
	DIRECT = 1 << 20,    /* TL_PROBE_COUNTED: nothing else is to be done (tl_return_look) */
	RECORD = 1 << 21,    /* TL_PROBE_RECORDED (tl_return_record) */
	NEXT_SHIFT = 8,
};

/* ---- the table; interrupts are locked out ---- */

/* Stack pointers at entries are multiples of 8; stacks of tasks are often a power of two apart. */
__attribute__((always_inline)) static inline struct tl_kretprobe_instance *place_of(uintptr_t sp)
{
	return &instances[((sp ^ sp >> 6) >> 3) % TL_RETURNS];
}

/* The newest instance at a stack pointer; or the next older one there, after another. */
static struct tl_kretprobe_instance *find(uintptr_t sp, const struct tl_kretprobe_instance *after)
{
	struct tl_kretprobe_instance *place = place_of(sp), *in;
	unsigned i = after ? (after->link & NEXT) >> NEXT_SHIFT : place->link & OVER;

	for (; i; i = (in->link & NEXT) >> NEXT_SHIFT) {
		in = &instances[i - 1];
		if (in->sp == sp)
			return in;
	}
	return (place->link & (LIVE | ELSEWHERE)) == LIVE && place->sp == sp && place != after
	               ? place
	               : 0;
}

static struct tl_kretprobe_instance *insert(uintptr_t sp)
{
	struct tl_kretprobe_instance *place = place_of(sp), *in = place;

	if (place->link) {
		for (unsigned n = 1; in->link & LIVE; n++) {
			if (n > TL_RETURNS)
				return 0;
			in = &instances[(unsigned)(place - instances + n) % TL_RETURNS];
		}
		in->link |= ELSEWHERE | (place->link & OVER) << NEXT_SHIFT;
		place->link = (place->link & ~(uint32_t)OVER) | (uint32_t)(in - instances + 1);
	}
	in->link |= LIVE;
	in->sp = sp;
	return in;
}

/* `rp` leads to the probe whatever its front: where there is no tl_kretprobe it is not used
   else. */
static inline struct tl_probe *probe_of(const struct tl_kretprobe_instance *in)
{
	return in->rp ? &in->rp->kp.probe : 0;
}

static inline struct tl_kretprobe *rp_of(struct tl_probe *p)
{
	return (struct tl_kretprobe *)((uintptr_t)p - offsetof(struct tl_kretprobe, kp.probe));
}

/* The call is over, as far as its probe goes. */
static void finish(struct tl_kretprobe_instance *in)
{
	if (!(in->link & DONE) && in->rp)
		probe_of(in)->room++;
	in->link |= DONE;
}

static void drop(struct tl_kretprobe_instance *in)
{
	unsigned index = (unsigned)(in - instances + 1), next = (in->link & NEXT) >> NEXT_SHIFT;
	struct tl_kretprobe_instance *before = place_of(in->sp);

	finish(in);
	if (in->link & ELSEWHERE) {
		if ((before->link & OVER) == index) {
			before->link = (before->link & ~(uint32_t)OVER) | next;
		} else {
			before = &instances[(before->link & OVER) - 1];
			while ((before->link & NEXT) >> NEXT_SHIFT != index)
				before = &instances[((before->link & NEXT) >> NEXT_SHIFT) - 1];
			before->link = (before->link & ~(uint32_t)NEXT) | next << NEXT_SHIFT;
		}
	}
	in->link &= OVER;
}

/* ---- entry ---- */

static void recycle(struct tl_kretprobe_instance *in)
{
	if (!(in->link & DONE) && in->rp && probe_of(in)->state & TL_PROBE_ENABLED)
		tl_miss(probe_of(in));
	drop(in);
}

/* An instance for the call that has just begun at `regs`; NULL: there is none to be had. */
static struct tl_kretprobe_instance *take(struct tl_probe *p, const struct tl_regs *regs)
{
	uintptr_t sp = tl_core_of(regs)[TL_REG_SP], ret = tl_core_of(regs)[TL_REG_LR];
	bool chained = ret == (uintptr_t)tl_return_trampoline;
	struct tl_kretprobe_instance *in = find(sp, 0);

	if (chained && !in)
		return 0; /* the trampoline could not tell where to go */
	if (chained)
		ret = in->ret_addr;
	while (!chained && in) {
		recycle(in);
		in = find(sp, 0);
	}
	in = p->room ? insert(sp) : 0;
	if (!in) {
		short_of = true;
		return 0;
	}
	p->room--;
	in->rp = rp_of(p);
	in->ret_addr = ret;
	if (chained)
		in->link |= CHAINED;
	in->entry_time = tl_ticks_at_once();
	return in;
}

void tl_return_enter(struct tl_probe *p, struct tl_regs *regs)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_kretprobe_instance *in = take(p, regs);

	tl_return_use();
	if (!in)
		tl_miss(p);
	tl_arch_unlock(lock);
	if (!in)
		return;
	if (p->front->entered && p->front->entered(p, in, regs)) {
		lock = tl_arch_lock();
		drop(in);
		tl_arch_unlock(lock);
		return;
	}
	tl_core(regs)[TL_REG_LR] = (uintptr_t)tl_return_trampoline;
}

/* The rest of tl_return_hook(), out of its way. */
__attribute__((noinline)) static uintptr_t hook_timed(uintptr_t resume,
                                                      struct tl_kretprobe_instance *in)
{
	in->link = in->rp->kp.probe.state & TL_PROBE_RECORDED ? LIVE | RECORD : LIVE;
	in->entry_time = tl_ticks_at_once();
	return resume;
}

/* The commonest entries: a place that is free, no tail call. In a trap. */
__attribute__((optimize("O2"))) uintptr_t tl_return_hook(uintptr_t resume, uintptr_t sp,
                                                         void *probe, uintptr_t *addr)
{
	struct tl_kretprobe_instance *in = place_of(sp);
	struct tl_probe *p = probe;
	uintptr_t ret = *addr;

	if (in->link || !p->room || ret == (uintptr_t)tl_return_trampoline)
		return 0;
	p->room--;
	in->rp = rp_of(p);
	in->ret_addr = ret;
	in->sp = sp;
	*addr = (uintptr_t)tl_return_trampoline;
	if (!(p->state & TL_PROBE_COUNTED))
		return hook_timed(resume, in);
	in->link = LIVE | DIRECT;
	return resume;
}

/* ---- return ---- */

/* Must it run in the context of the function, as a dispatch? */
static bool calls(const struct tl_kretprobe_instance *in)
{
	const struct tl_probe *p = probe_of(in);

	return p && p->state & TL_PROBE_ENABLED && tl_probe_needs(p) & TL_NEED_RETURNED;
}

/* The commonest returns: they are counted, and nothing else is at their stack pointer. */
uintptr_t tl_return_look(uintptr_t sp)
{
	struct tl_kretprobe_instance *in = place_of(sp);
	struct tl_probe *p;

	if (in->sp != sp || in->link != (LIVE | DIRECT))
		return 0;
	p = &in->rp->kp.probe;
	p->hits++;
	p->room++;
	in->link = 0;
	return in->ret_addr;
}

/* The same of one that is recorded. */
__attribute__((optimize("O2"))) uintptr_t tl_return_record(uintptr_t sp, uintptr_t **regs)
{
	struct tl_kretprobe_instance *in = place_of(sp);
	struct tl_probe *p;

	if (in->sp != sp || in->link != (LIVE | RECORD))
		return 0;
	p = &in->rp->kp.probe;
	p->room++;
	in->link = 0;
	return p->front->record(p, in->ret_addr, regs, in->entry_time);
}

bool tl_return_calls(const struct tl_regs *regs)
{
	uintptr_t sp = tl_core_of(regs)[TL_REG_SP];
	const struct tl_kretprobe_instance *in = find(sp, 0);

	while (in && !calls(in) && in->link & CHAINED)
		in = find(sp, in);
	return in && calls(in);
}

/* What the probe does with a return. A handler may take its own probe out. */
static void fire(struct tl_kretprobe_instance *in, struct tl_regs *regs, bool call, uintptr_t lock)
{
	struct tl_probe *p = probe_of(in);

	finish(in);
	if (!p || !(p->state & TL_PROBE_ENABLED))
		return;
	if (!calls(in)) {
		p->front->returned(p, in, regs);
	} else if (!call) {
		tl_miss(p);
	} else {
		tl_arch_unlock(lock);
		p->front->returned(p, in, regs);
		tl_arch_lock();
	}
}

bool tl_return(struct tl_regs *regs, bool call)
{
	uintptr_t sp = tl_core_of(regs)[TL_REG_SP], lock = tl_arch_lock();
	struct tl_kretprobe_instance *in = find(sp, 0);
	bool ours = in, chained = true;

	if (in)
		tl_arch_return_to(regs, in->ret_addr);
	for (; in && chained; in = find(sp, 0)) {
		fire(in, regs, call, lock);
		chained = in->link & CHAINED;
		drop(in);
	}
	tl_arch_unlock(lock);
	return ours;
}

/* ---- seen from outside: unwinders, debuggers ---- */

uintptr_t tl_return_unwind(uintptr_t sp, bool gone)
{
	uintptr_t lock = gone ? tl_arch_lock() : 0, ret;
	struct tl_kretprobe_instance *in = find(sp, 0);

	ret = in ? in->ret_addr : 0;
	for (; gone && in; in = find(sp, 0))
		recycle(in);
	if (gone)
		tl_arch_unlock(lock);
	return ret;
}

/* Of the calls under way the one whose frame is there: that which was entered just above. */
uintptr_t tl_return_behind(uintptr_t sp)
{
	const struct tl_kretprobe_instance *best = 0;

	for (unsigned i = 0; i < TL_RETURNS; i++)
		if (instances[i].link & LIVE && instances[i].sp >= sp &&
		    (!best || instances[i].sp < best->sp))
			best = &instances[i];
	return best ? best->ret_addr : 0;
}

bool tl_return_leads_to(uintptr_t ret)
{
	unsigned i = 0;

	while (i < TL_RETURNS && !(instances[i].link & LIVE && instances[i].ret_addr == ret))
		i++;
	return i < TL_RETURNS;
}

/* ---- calls that were left ---- */

enum { PART = 8 }; /* looked at by one poll */

/* Of the architecture (arch.mk): words below the stack pointer of its entry in which a function
 * keeps its return address. */
#ifndef TL_RETURN_WORDS
#define TL_RETURN_WORDS 16
#endif
/* Likewise: bits of a return address that functions may change where they keep it (a signature).
 * What is signed cannot be put back. */
#ifndef TL_RETURN_SIGNED
#define TL_RETURN_SIGNED 0
#endif

static bool leads_back(uintptr_t word)
{
	return !((word ^ (uintptr_t)tl_return_trampoline) & ~(uintptr_t)TL_RETURN_SIGNED);
}

/*
 * Where a call has kept its return address. Hooked functions keep it on the stack, where they begin
 * (tl_isa.returns): it is in one of the words below the stack pointer that they were called with,
 * beneath a few arguments at most, and above what later calls have. So it is for every call that is
 * not at its very beginning or end, or makes no other: none of those is under way when nobody is
 * suspended but who has called something. True: found, and if `put_back`, replaced by the real one.
 * An instance below may be of a call that was left, within the frame of this one: it bounds what is
 * written, and not what is looked at. Nor is what is our own written, from here up to the stack
 * pointer of who polls: a copy of the address there is not the call's.
 */
static bool look(const struct tl_kretprobe_instance *in, uintptr_t put_back)
{
	uintptr_t low = in->sp - TL_RETURN_WORDS * sizeof(uintptr_t), word;
	enum { CALLED = 512 }; /* bytes of what writes */
	uintptr_t own = (uintptr_t)__builtin_frame_address(0) - CALLED;
	bool found = false;

	for (const struct tl_kretprobe_instance *other = instances;
	     put_back && other < instances + TL_RETURNS; other++)
		if (other->link & LIVE && other->sp < in->sp && other->sp > low)
			low = other->sp;
	for (uintptr_t at = in->sp - sizeof word; at >= low; at -= sizeof word) {
		if (tl_arch_read(at, &word, sizeof word))
			return true; /* nobody knows */
		if (!leads_back(word) || (put_back && at >= own && at < put_back))
			continue;
		found = true;
		if (put_back && (!TL_RETURN_SIGNED || word == (uintptr_t)tl_return_trampoline))
			tl_arch_write(at, &in->ret_addr, sizeof word);
	}
	return found;
}

/*
 * One call, at base level. Nothing keeps its return address: it was left. It is lower in the stack
 * than we are: it was left, or it is of another stack in the same one; then it returns as if it had
 * not been hooked.
 */
static void settle(struct tl_kretprobe_instance *in, uintptr_t sp)
{
	if (!(in->link & LIVE) || in->link & DONE)
		return;
	if (in->sp >= sp && look(in, 0))
		return;
	if (look(in, sp) && TL_RETURN_SIGNED)
		return; /* for good, if no call runs over it */
	recycle(in);
}

/*
 * Among tasks no stack is above another: only what is in none of the words was left. And a task may
 * be suspended at the beginning or end of a call, where a register has its return address, or
 * within the trampoline. Its registers are known, or lie in its stack, where an interrupt has put
 * them. So where the trampoline is found, and where a task is within the agent, the calls are let
 * be whose frame may begin there: `held`, a bit each from `first` on.
 */
static void hold(uint32_t *held, unsigned first, uintptr_t word, uintptr_t at)
{
	enum {
		REACH = 4096
	}; /* an interrupt's registers, and what a function takes before it stores its return
	      address */

	if (!leads_back(word) && !tl_agents_own(word))
		return;
	for (unsigned i = 0; i < PART && first + i < TL_RETURNS; i++)
		*held |= (uint32_t)(instances[first + i].sp - at <= REACH) << i;
}

static uint32_t held_by(uintptr_t task, unsigned first)
{
	enum { STACK_WORDS = 128, PIECE_WORDS = 16 };
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)], words[PIECE_WORDS], sp;
	struct tl_regs *regs = (struct tl_regs *)(void *)room;
	const uintptr_t *core = tl_core_of(regs);
	uint32_t held = 0;

	tl_zero(room, sizeof room);
	if (!tl_tasks->registers || !tl_tasks->registers(task, regs) || !core[TL_REG_PC])
		return UINT32_MAX;
	sp = core[TL_REG_SP] & ~(sizeof sp - 1);
	for (unsigned i = 0; i < TL_RECORD_REGS; i++)
		hold(&held, first, core[i], sp);
	for (unsigned n = 0; n < STACK_WORDS && !tl_arch_read(sp, words, sizeof words);
	     n += PIECE_WORDS, sp += sizeof words)
		for (unsigned i = 0; i < PIECE_WORDS; i++)
			hold(&held, first, words[i], sp + i * sizeof sp);
	return held;
}

static void see_nothing(uintptr_t word)
{
	(void)word;
}

/* In thread code of a task: no other context is suspended but tasks. */
static void settle_among_tasks(unsigned first)
{
	uintptr_t current = tl_tasks->current(), id;
	uint32_t held = 0;

	for (unsigned n = 0; (id = tl_tasks->id(n)) != 0; n++)
		if (id != current)
			held |= held_by(id, first);
	for (unsigned i = 0; i < PART && first + i < TL_RETURNS; i++) {
		struct tl_kretprobe_instance *in = &instances[first + i];

		if ((in->link & (LIVE | DONE)) == LIVE && !(held >> i & 1) && !look(in, 0))
			recycle(in);
	}
}

/* A few at a time, since interrupts wait. */
void tl_return_settle(void)
{
	static uint8_t next;
	bool tasks = tl_tasks && tl_tasks->current();
	uintptr_t lock;

	if (!short_of || tl_table.running ||
	    !(tasks ? tl_arch_below(see_nothing) == TL_BELOW_NOBODY : tl_arch_base_level()))
		return;
	lock = tl_arch_lock();
	if (tasks)
		settle_among_tasks(next);
	for (unsigned i = 0; !tasks && i < PART && next + i < TL_RETURNS; i++)
		settle(&instances[next + i], (uintptr_t)__builtin_frame_address(0));
	next = next + PART < TL_RETURNS ? next + PART : TL_RETURNS;
	if (next == TL_RETURNS) {
		next = 0;
		short_of = false;
	}
	tl_arch_unlock(lock);
}

/* ---- probes ---- */

/* Is it a call that its probe has yet to do with? */
static bool of_probe(const struct tl_kretprobe_instance *in, const struct tl_probe *p)
{
	return (in->link & (LIVE | DONE)) == LIVE && probe_of(in) == p;
}

/* Is there a call under way, or a probe that will hook one? */
static void look_for_use(void)
{
#if TL_TRACE
	bool used = false;

	for (unsigned i = 0; i < TL_RETURNS; i++)
		used |= (instances[i].link & LIVE) != 0;
	for (unsigned i = 0; i < TL_POINTS; i++)
		used |= tl_table.points[i].returns;
	tl_return_used = used;
#endif
}

void tl_return_forget(const struct tl_probe *p)
{
	for (unsigned i = 0; i < TL_RETURNS; i++)
		if (of_probe(&instances[i], p)) {
			instances[i].rp = 0;
			instances[i].link &= ~(uint32_t)(DIRECT | RECORD);
		}
	look_for_use();
}

void tl_return_disable(const struct tl_probe *p)
{
	for (unsigned i = 0; i < TL_RETURNS; i++)
		if (of_probe(&instances[i], p))
			instances[i].link &= ~(uint32_t)(DIRECT | RECORD);
}

#endif
