/* SPDX-License-Identifier: MIT */
/*
 * Returns of functions. On entry the return address is replaced by that of the trampoline, and an
 * instance remembers it; the trampoline finds the instance by the stack pointer, which is the same
 * on return.
 *
 * Instances lie in a table, each in the place that its stack pointer hashes to, if that is free;
 * else anywhere, linked to that place, newest first. No instance is where a search has to pass it
 * by but for one of the same place. A stack pointer belongs to one call at a time, so that a call
 * which finds older instances at its own proves them dead. But if its return address is the
 * trampoline, a hooked function has jumped here instead of returning (a tail call): then both
 * return at once.
 *
 * A call that was left and that no later call runs over keeps its instance until there are too few.
 * Then tl_poll() looks for the return address where the call has it: see look().
 */
#include "trace/trace.h"

TL_RAM(".bss");

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
	DIRECT = 1 << 20,    /* a host counts it: nothing else is to be done (tl_return_look) */
	RECORD = 1 << 21,    /* the same of a snapshot (tl_return_record) */
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

/* The call is over, as far as its probe goes. */
static void finish(struct tl_kretprobe_instance *in)
{
	if (!(in->link & DONE) && in->rp)
		in->rp->kp.room++;
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
	if (!(in->link & DONE) && in->rp && in->rp->kp.state & TL_KP_ENABLED)
		tl_miss(&in->rp->kp);
	drop(in);
}

/* An instance for the call that has just begun at `regs`; NULL: there is none to be had. */
static struct tl_kretprobe_instance *take(struct tl_kprobe *kp, const struct tl_regs *regs)
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
	in = kp->room ? insert(sp) : 0;
	if (!in) {
		short_of = true;
		return 0;
	}
	kp->room--;
	in->rp =
	        (struct tl_kretprobe *)kp; /* of a host: a tl_remote, whose handlers nobody calls */
	in->ret_addr = ret;
	if (chained)
		in->link |= CHAINED;
	in->entry_time = tl_ticks();
	return in;
}

void tl_return_enter(struct tl_kprobe *kp, struct tl_regs *regs)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_kretprobe_instance *in = take(kp, regs);

	if (!in)
		tl_miss(kp);
	tl_arch_unlock(lock);
	if (!in)
		return;
	if (tl_calls_on_entry(kp) && ((struct tl_kretprobe *)kp)->entry_handler(in, regs)) {
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
	in->link =
	        ((struct tl_remote *)in->rp)->direct == TL_DIRECT_SNAPSHOT ? LIVE | RECORD : LIVE;
	in->entry_time = tl_ticks();
	return resume;
}

/* The commonest entries: a host's probe, a place that is free, no tail call. In a trap. */
__attribute__((optimize("O2"))) uintptr_t tl_return_hook(uintptr_t resume, uintptr_t sp,
                                                         void *probe, uintptr_t *addr)
{
	struct tl_kretprobe_instance *in = place_of(sp);
	struct tl_remote *r = probe;
	uintptr_t ret = *addr;

	if (in->link || !r->kp.room || ret == (uintptr_t)tl_return_trampoline)
		return 0;
	r->kp.room--;
	in->rp = (struct tl_kretprobe *)&r->kp;
	in->ret_addr = ret;
	in->sp = sp;
	*addr = (uintptr_t)tl_return_trampoline;
	if (r->direct != TL_DIRECT_COUNT)
		return hook_timed(resume, in);
	in->link = LIVE | DIRECT;
	return resume;
}

/* ---- return ---- */

/* Must it run in the context of the function, as a dispatch? */
static bool calls(const struct tl_kretprobe_instance *in)
{
	const struct tl_kretprobe *rp = in->rp;

	if (rp && rp->kp.state & TL_KP_REMOTE &&
	    ((const struct tl_remote *)rp)->kind & TL_KIND_SNAPSHOT && tl_ticks_opaque)
		return rp->kp.state & TL_KP_ENABLED;
	return rp &&
	       (rp->kp.state & (TL_KP_ENABLED | TL_KP_REMOTE | TL_KP_TRACE)) == TL_KP_ENABLED &&
	       rp->handler;
}

/* The commonest returns: a host counts them, and nothing else is at their stack pointer. */
uintptr_t tl_return_look(uintptr_t sp)
{
	struct tl_kretprobe_instance *in = place_of(sp);
	struct tl_remote *r;

	if (in->sp != sp || in->link != (LIVE | DIRECT))
		return 0;
	r = (struct tl_remote *)in->rp;
	r->recorded++;
	r->kp.room++;
	in->link = 0;
	return in->ret_addr;
}

/* The same of a snapshot. */
__attribute__((optimize("O2"))) uintptr_t tl_return_record(uintptr_t sp, uintptr_t **regs)
{
	struct tl_kretprobe_instance *in = place_of(sp);
	struct tl_remote *r;

	if (in->sp != sp || in->link != (LIVE | RECORD))
		return 0;
	r = (struct tl_remote *)in->rp;
	r->kp.room++;
	in->link = 0;
	return tl_take_return(r, in->ret_addr, regs, in->entry_time);
}

bool tl_return_calls(const struct tl_regs *regs)
{
	uintptr_t sp = tl_core_of(regs)[TL_REG_SP];
	const struct tl_kretprobe_instance *in = find(sp, 0);

	while (in && !calls(in) && in->link & CHAINED)
		in = find(sp, in);
	return in && calls(in);
}

/* What the probe does with a return. A handler runs with interrupts as they were; it may take its
 * own probe out. */
static void fire(struct tl_kretprobe_instance *in, struct tl_regs *regs, bool call, uintptr_t lock)
{
	struct tl_kretprobe *rp = in->rp;

	finish(in);
	if (!rp || !(rp->kp.state & TL_KP_ENABLED))
		return;
	if (rp->kp.state & TL_KP_TRACE) {
		tl_trace_return(&rp->kp, regs);
	} else if (rp->kp.state & TL_KP_REMOTE) {
		if (!calls(in))
			tl_action((struct tl_remote *)&rp->kp, regs, in->entry_time);
		else if (call)
			tl_action_outside((struct tl_remote *)&rp->kp, regs, in->entry_time);
		else
			tl_miss(&rp->kp);
	} else if (rp->handler && !call) {
		rp->nmissed++;
	} else if (rp->handler) {
		tl_arch_unlock(lock);
		rp->handler(in, regs);
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

/*
 * Where a call has kept its return address. Hooked functions keep it on the stack, where they begin
 * (tl_isa.returns): it is in one of the words below the stack pointer that they were called with,
 * beneath a few arguments at most, and above what later calls have. So it is for every call that is
 * not at its very beginning or end, or makes no other: none of those is under way when nobody is
 * suspended but who has called something. True: found, and if `put_back`, replaced by the real one.
 * An instance below may be of a call that was left, within the frame of this one: it bounds what is
 * written, and not what is looked at.
 */
static bool look(const struct tl_kretprobe_instance *in, bool put_back)
{
	enum { WORDS = 16 };
	uintptr_t low = in->sp - WORDS * sizeof(uintptr_t), word;
	bool found = false;

	for (const struct tl_kretprobe_instance *other = instances;
	     put_back && other < instances + TL_RETURNS; other++)
		if (other->link & LIVE && other->sp < in->sp && other->sp > low)
			low = other->sp;
	for (uintptr_t at = in->sp - sizeof word; at >= low; at -= sizeof word) {
		if (tl_arch_read(at, &word, sizeof word))
			return true; /* nobody knows */
		if (word != (uintptr_t)tl_return_trampoline)
			continue;
		found = true;
		if (put_back)
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
	if (in->sp >= sp && look(in, false))
		return;
	look(in, true);
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

	if (word != (uintptr_t)tl_return_trampoline && !tl_agents_own(word))
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

		if ((in->link & (LIVE | DONE)) == LIVE && !(held >> i & 1) && !look(in, false))
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
static bool of_probe(const struct tl_kretprobe_instance *in, const struct tl_kprobe *kp)
{
	return (in->link & (LIVE | DONE)) == LIVE && (const struct tl_kprobe *)in->rp == kp;
}

void tl_return_forget(const struct tl_kprobe *kp)
{
	for (unsigned i = 0; i < TL_RETURNS; i++)
		if (of_probe(&instances[i], kp)) {
			instances[i].rp = 0;
			instances[i].link &= ~(uint32_t)(DIRECT | RECORD);
		}
}

void tl_return_disable(const struct tl_kprobe *kp)
{
	for (unsigned i = 0; i < TL_RETURNS; i++)
		if (of_probe(&instances[i], kp))
			instances[i].link &= ~(uint32_t)(DIRECT | RECORD);
}

int tl_register_kretprobe(struct tl_kretprobe *rp)
{
	unsigned most = rp->maxactive ? rp->maxactive : TL_RETURN_ACTIVE;
	int err;

	if (rp->kp.state & TL_KP_REGISTERED)
		return -TL_EBUSY;
	if (rp->data_size > TL_RETURN_DATA)
		return -TL_EINVAL;
	if (rp->kp.pre_handler || rp->kp.post_handler || rp->kp.fault_handler)
		return -TL_EINVAL;
	rp->nmissed = 0;
	rp->kp.room = (uint8_t)(most < TL_RETURNS ? most : TL_RETURNS);
	rp->kp.state = TL_KP_RETURN;
	err = tl_register_kprobe(&rp->kp);
	if (err)
		rp->kp.state = 0;
	return err;
}

int tl_unregister_kretprobe(struct tl_kretprobe *rp)
{
	return tl_unregister_kprobe(&rp->kp);
}
