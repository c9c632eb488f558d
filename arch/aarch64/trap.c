/* SPDX-License-Identifier: MIT */
/*
 * AArch64 traps in C: causes, contexts, the dispatcher. Follows the Arm Architecture Reference
 * Manual for A-profile, DDI 0487: C5.2.19 (SPSR_EL1), D1.4 (exceptions), D17.2.37 (ESR_EL1).
 */
#include <stddef.h>

#include "a64_target.h"
#include "breakpoint.h"
#include "debug.h"
#include "error.h"
#include "trapline.h"

TL_RAM(".bss");

const struct tl_isa *const tl_arch_isa = &a64_v8a;
const unsigned tl_arch_regs_size = sizeof(struct a64_regs);

_Static_assert(sizeof(struct a64_regs) == A64_REGS && A64_REGS % 16 == 0, "A64_REGS");
_Static_assert(offsetof(struct a64_regs, sp) == A64_AT_SP, "A64_AT_SP");
_Static_assert(offsetof(struct a64_regs, pc) == A64_AT_PC, "A64_AT_PC");
_Static_assert(offsetof(struct a64_regs, cpsr) == A64_AT_CPSR, "A64_AT_CPSR");
_Static_assert(offsetof(struct a64_regs, stack) == A64_AT_STACK, "A64_AT_STACK");
_Static_assert(offsetof(struct a64_regs, leave) == A64_AT_LEAVE, "A64_AT_LEAVE");
_Static_assert(offsetof(struct a64_regs, saved) == A64_AT_SAVED, "A64_AT_SAVED");
_Static_assert(offsetof(struct a64_regs, syndrome) == A64_AT_SYNDROME, "A64_AT_SYNDROME");
_Static_assert(A64_AT_LOOK + sizeof(struct tl_look) <= A64_REGS, "A64_AT_LOOK");
_Static_assert(offsetof(struct tl_look, frame) == 0, "A64_AT_LOOK");
_Static_assert(offsetof(struct tl_look, record) == A64_AT_RECORD - A64_AT_LOOK, "A64_AT_RECORD");
_Static_assert(TL_RECORD_HEAD == 3, "entry.S");
_Static_assert(A64_BRK_OF_POINT == 0x7470 && A64_BRK_OF_SLOT == 0x7473, "entry.S, stubs.S");
_Static_assert(sizeof(struct a64_regs) <= TL_ARCH_REGS_SIZE, "TL_ARCH_REGS_SIZE");
_Static_assert(TL_RECORD_REGS == A64_NCORE && TL_REG_PC == 32 && TL_REG_SP == A64_SP &&
                       TL_REG_LR == A64_LR && TL_RETURN_WORDS * 8 == A64_KEEPS_WITHIN,
               "arch.mk");
_Static_assert(TL_CAUSE_DISPATCH == 1 && TL_CAUSE_RETURN == 2, "stubs.S, return.S");

extern const char __start_tl_text[], __stop_tl_text[];
extern const char tl_vectors[], a64_dispatcher[], a64_dispatcher_bare[], a64_resume[],
        a64_raise_end[];

uintptr_t a64_interrupted, a64_last_syndrome, a64_last_far;
bool a64_has_users;

static uintptr_t init_sp;

void tl_arch_init(void)
{
	A64_WRITE(vbar_el1, (uintptr_t)tl_vectors);
	__asm volatile("isb");
	init_sp = (uintptr_t)__builtin_frame_address(0);
	if (TL_COMPARATORS || TL_WATCHES || TL_GDB)
		a64_init_comparators();
}

/* ---- contexts ---- */

/*
 * An interrupt handler runs with I or F set. Tasks are told from the main loop by their stacks: the
 * main loop's is that on which tl_init() was called. Tasks at EL0 may be suspended while the main
 * loop runs. All of it errs towards "no", but where a handler that lets other interrupts in
 * registers probes itself.
 */
bool tl_arch_base_level(void)
{
	uintptr_t depth = init_sp - (uintptr_t)__builtin_frame_address(0);

	if (a64_has_users || !a64_lets_interrupts_in())
		return false;
	return depth + TL_HANDLER_STACK < 2 * TL_HANDLER_STACK;
}

/* What a handler has interrupted only the firmware knows: it has saved ELR, since its handlers may
 * be probed, too. */
enum tl_below tl_arch_below(void (*see)(uintptr_t word))
{
	(void)see;
	return a64_lets_interrupts_in() ? TL_BELOW_NOBODY : TL_BELOW_UNKNOWN;
}

/* Were interrupts let in? */
static bool unmasked(const struct a64_regs *r)
{
	return ~r->cpsr & A64_MASKS;
}

/*
 * The core does not say whether it serves an interrupt. What is known: who lets interrupts in is
 * not (an exception is below); who does not, and is deeper in the stack than the first of the
 * interrupts was that came since the last hit of a context which does, is taken for its handler. So
 * below a C handler of unmasked code, masked code is the handler's own as long as no interrupt has
 * come, and an interrupt's from then on. What can be wrong with that, and why no worse, is the same
 * as on RISC-V (arch/riscv/trap.c). Stacks are not told apart: `shared`. Hits of EL0, and of code
 * with SP_EL0, are where the trap found SP_EL1: their C handlers run below that.
 */
struct tl_context tl_arch_context(const struct tl_regs *regs)
{
	const struct a64_regs *r = a64_regs_of(regs);
	uintptr_t sp = r->stack ? r->stack : r->sp;

	return (struct tl_context){
	        .key = !unmasked(r) && sp < a64_interrupted + A64_REGS,
	        .sp = sp,
	        .shared = true,
	};
}

/* ---- traps ---- */

static unsigned cause_of(uintptr_t syndrome)
{
	unsigned status = a64_status(syndrome);

	switch (a64_class(syndrome)) {
	case A64_EC_BRK:
	case A64_EC_COMPARED_EL0:
	case A64_EC_COMPARED:
	case A64_EC_WATCHED_EL0:
	case A64_EC_WATCHED:
		return TL_CAUSE_BREAK;
	case A64_EC_FETCH_EL0:
	case A64_EC_FETCH:
	case A64_EC_DATA_EL0:
	case A64_EC_DATA:
		if (status == A64_STATUS_ALIGNMENT)
			return TL_CAUSE_USAGE;
		/* no memory is there, or in the way to it; else a translation or a permission */
		return status == A64_STATUS_EXTERNAL || (status & ~3u) == A64_STATUS_EXTERNAL_WALK
		               ? TL_CAUSE_BUS
		               : TL_CAUSE_MEMORY;
	default: /* undefined, alignment of PC and SP, a call (which no fault_handler is asked
	            about: decode() lets none be there) */
		return TL_CAUSE_USAGE;
	}
}

static bool is_watch(uintptr_t syndrome)
{
	return a64_class(syndrome) == A64_EC_WATCHED;
}

/*
 * Interrupts are kept out of a step by the PSTATE that the trap returns with. Nobody but the next
 * trap, which is the end of that step, shall see it: it has what was the code's own.
 */
static uintptr_t own_masks;

static void hide_masks(struct a64_regs *r)
{
	if (TL_WATCHES && a64_kept_out)
		r->cpsr = (r->cpsr & ~(uintptr_t)A64_MASKS) | own_masks;
}

static void mask(struct a64_regs *r)
{
	if (TL_WATCHES && a64_kept_out) {
		own_masks = r->cpsr & A64_MASKS;
		r->cpsr |= A64_MASKS;
	}
}

bool a64_trap(struct tl_regs *regs, uintptr_t syndrome)
{
	struct a64_regs *r = a64_regs(regs);
	enum a64_class class = a64_class(syndrome);
	/* SVC's ELR is behind it; tl_trap() knows traps by where they came from. */
	unsigned behind = class == A64_EC_SVC ? 4 : 0;
	uintptr_t pc = r->pc -= behind;

	hide_masks(r);
	if (unmasked(r))
		a64_interrupted = 0;
	if (a64_from_user(r))
		a64_has_users = true;
	if (!(TL_WATCHES && is_watch(syndrome)) && a64_access_fixup(r))
		return true;
	a64_last_syndrome = syndrome;
	a64_last_far = A64_READ(far_el1);
	if (tl_trap(regs,
	            TL_RETURN && tl_arch_returned(regs) ? TL_CAUSE_BREAK : cause_of(syndrome))) {
		r->cpsr &= ~(uintptr_t)A64_BTYPE; /* it came by no jump */
		mask(r);
		return true;
	}
	/* Slots that a page denies to EL0: the address that could not be fetched is no business of
	 * the firmware's. */
	if ((class == A64_EC_FETCH_EL0 || class == A64_EC_FETCH) && r->pc != pc)
		A64_WRITE(far_el1, r->pc);
	r->pc += behind;
	return false;
}

/* SVC's handler finds ELR put right: nothing needs it. */
bool tl_arch_call(struct tl_regs *regs, const struct tl_insn *insn)
{
	(void)regs, (void)insn;
	return false;
}

/* It has just been fetched: nothing has run since that could have changed it. */
bool tl_arch_at_breakpoint(const struct tl_regs *regs)
{
	return a64_class(a64_regs_of(regs)->syndrome) == A64_EC_BRK;
}

/* Records of a stack have one stack pointer's. */
uintptr_t tl_arch_other_stack(const struct tl_regs *regs)
{
	(void)regs;
	return 0;
}

bool tl_arch_unprivileged(const struct tl_regs *regs)
{
	return a64_from_user(a64_regs_of(regs));
}

bool tl_arch_in_user(const struct tl_regs *regs)
{
	return tl_arch_unprivileged(regs);
}

bool tl_arch_untrappable(void)
{
	return false;
}

/* A trap runs at EL1, as its caller does. */
bool tl_arch_trap_guarded(void)
{
	return false;
}

/*
 * A table of the firmware's own: every trap goes through the first entry of EL1 before it comes to
 * the agent, and through that of EL0. What it calls is left out, since it may serve interrupts
 * itself.
 */
struct tl_root tl_arch_root(unsigned n)
{
	enum { SAME = 0x200, EL0 = 0x400 };
	struct tl_root root = {0, TL_ETRAP, false};
	uintptr_t vector = A64_READ(vbar_el1) + (n ? EL0 : SAME);

	if (vector - (uintptr_t)__start_tl_text >= (uintptr_t)(__stop_tl_text - __start_tl_text))
		root.entry = vector;
	return root;
}

/* No register is free for a jump to an address that is known only now: the firmware's table is
   tl_chained_vectors, at link time. */
int tl_chain_handler(unsigned vector, void (*handler)(void))
{
	(void)vector, (void)handler;
	return -TL_EINVAL;
}

/* ---- the dispatcher ---- */

#if TL_DECODE
/* PSTATE there: at EL1 with SP_EL1, and what else the code had, if it was at EL1. */
static uintptr_t pstate_of(const struct a64_regs *r, bool lets_in)
{
	enum { EL1H = 5, MODE = 0x1f, STEP_IL = 3 << 20 };
	uintptr_t keep =
	        ~((uintptr_t)0xf << 28 | STEP_IL | A64_BTYPE | MODE); /* not NZCV, either */
	uintptr_t mode = EL1H | (lets_in ? 0 : A64_MASKS);

	return mode | (a64_from_user(r) ? 0 : r->cpsr & keep);
}

/*
 * The registers stay where the trap has saved them: only how it leaves changes. Where the code had
 * another stack pointer than its trap, interrupts stay out: the firmware may have one such stack
 * for all of its traps.
 */
struct tl_regs *tl_arch_dispatch(struct tl_regs *regs, void *stack)
{
	struct a64_regs *r = a64_regs(regs);

	r->leave = (uintptr_t)(stack ? a64_dispatcher_bare : a64_dispatcher);
	r->saved = (uintptr_t)(stack ? (char *)stack - A64_REGS : (char *)r);
	if (stack)
		tl_arch_restore((struct tl_regs *)r->saved, regs);
	A64_WRITE(spsr_el1, pstate_of(r, unmasked(r) && !r->stack && !stack));
	return (struct tl_regs *)r->saved;
}

struct tl_regs *tl_arch_dispatched(const struct tl_regs *regs)
{
	const struct a64_regs *r = a64_regs_of(regs);

	return r->pc == (uintptr_t)a64_resume ? (struct tl_regs *)r->x19 : 0;
}

void tl_arch_restore(struct tl_regs *regs, const struct tl_regs *saved)
{
	const uintptr_t *from = (const uintptr_t *)(const void *)saved;
	uintptr_t *to = (uintptr_t *)(void *)regs;

	for (unsigned i = 0; i < A64_REGS / sizeof *to; i++)
		to[i] = from[i];
	a64_regs(regs)->leave = 0;
}

#if TL_GDB
bool tl_arch_broke_in(const struct tl_regs *regs)
{
	return a64_regs_of(regs)->pc == (uintptr_t)tl_arch_break;
}
#endif

bool tl_arch_raised(const struct tl_regs *regs)
{
	return a64_regs_of(regs)->pc - (uintptr_t)tl_arch_raise <
	       (uintptr_t)a64_raise_end - (uintptr_t)tl_arch_raise;
}
#endif

/* ---- returns ---- */

#if TL_RETURN
/* look->frame: the registers, of which those are there that a function may change. */
__attribute__((optimize("O2"))) uintptr_t tl_arch_hook(uintptr_t resume, const struct tl_look *look,
                                                       void *probe)
{
	struct a64_regs *r = look->frame;

	return tl_return_hook(resume, (uintptr_t)r + A64_REGS, probe, &r->x30);
}

/* Whatever traps there: the register that EL0 may not read, or memory that EL0 may not execute. */
bool tl_arch_returned(const struct tl_regs *regs)
{
	return a64_regs_of(regs)->pc == (uintptr_t)tl_return_trampoline;
}
#endif

void tl_arch_return_to(struct tl_regs *regs, uintptr_t addr)
{
	a64_regs(regs)->x30 = addr;
	a64_regs(regs)->pc = addr;
}
