/* SPDX-License-Identifier: MIT */
/*
 * RISC-V traps in C: causes, contexts, the dispatcher. Follows the RISC-V Instruction Set Manual,
 * volume II, 20211203: 3.1.6.1 (mstatus), 3.1.7 (mtvec), 3.1.15 (mcause), 3.3.2 (MRET); 4.1
 * (the same of supervisor mode).
 */
#include <stddef.h>

#include "debug.h"
#include "error.h"
#include "riscv_target.h"
#include "trapline.h"
#include "trigger.h"

TL_RAM(".bss");

const struct tl_isa *const tl_arch_isa = &TL_RISCV_ISA;
const unsigned tl_arch_regs_size = sizeof(struct riscv_regs);

_Static_assert(sizeof(struct riscv_regs) == RISCV_REGS && RISCV_REGS % 16 == 0, "RISCV_REGS");
_Static_assert(offsetof(struct riscv_regs, pc) == RISCV_AT_PC &&
                       offsetof(struct riscv_regs, t6) == RISCV_AT(31),
               "RISCV_AT");
_Static_assert(offsetof(struct riscv_regs, status) == RISCV_AT_STATUS, "RISCV_AT_STATUS");
_Static_assert(offsetof(struct riscv_regs, leave) == RISCV_AT_LEAVE, "RISCV_AT_LEAVE");
_Static_assert(offsetof(struct riscv_regs, stack) == RISCV_AT_STACK, "RISCV_AT_STACK");
_Static_assert(offsetof(struct riscv_regs, saved) == RISCV_AT_SAVED, "RISCV_AT_SAVED");
_Static_assert(RISCV_AT_LOOK + sizeof(struct tl_look) <= RISCV_REGS, "RISCV_AT_LOOK");
_Static_assert(offsetof(struct tl_look, frame) == 0, "RISCV_AT_LOOK");
_Static_assert(offsetof(struct tl_look, record) == RISCV_AT_RECORD - RISCV_AT_LOOK,
               "RISCV_AT_RECORD");
_Static_assert(TL_RECORD_HEAD == 3 && TL_RING_USER == 1u << 31, "entry.S");
_Static_assert(sizeof(struct riscv_regs) <= TL_ARCH_REGS_SIZE, "TL_ARCH_REGS_SIZE");
_Static_assert(TL_RECORD_REGS == RISCV_NCORE && TL_REG_PC == 31 && TL_REG_SP == 1 && TL_REG_LR == 0,
               "arch.mk");
_Static_assert(TL_CAUSE_DISPATCH == 1 && TL_CAUSE_RETURN == 2, "stubs.S, return.S");

enum { FETCH_DENIED = 1, BREAKPOINT = 3, FETCH_PAGE_FAULT = 12 }; /* xcause */

extern const char __start_tl_text[], __stop_tl_text[];
extern const char tl_vectors[], riscv_dispatcher[], riscv_dispatcher_bare[], riscv_resume[],
        riscv_raise_end[];

uintptr_t riscv_interrupted, riscv_last_cause, riscv_last_tval;
uintptr_t riscv_pointers[2];
bool riscv_has_users;

static uintptr_t init_sp;
static bool has_user_mode, has_tasks;

static inline uintptr_t status(void)
{
	uintptr_t v;

	__asm volatile("csrr %0, " CSR(XSTATUS) : "=r"(v));
	return v;
}

/* The status is left as every trap leaves it, so that who reads it sees no difference. */
void tl_arch_init(void)
{
	__asm volatile("csrw " CSR(XTVEC) ", %0" ::"r"(tl_vectors) : "memory");
	__asm volatile("csrc " CSR(XSTATUS) ", %0" ::"r"((uintptr_t)RISCV_STATUS_PP));
	__asm volatile("csrs " CSR(XSTATUS) ", %0" ::"r"((uintptr_t)RISCV_STATUS_PIE));
	has_user_mode = !(status() & RISCV_STATUS_PP);
	__asm volatile("mv %0, gp\n\tmv %1, tp" : "=r"(riscv_pointers[0]), "=r"(riscv_pointers[1]));
	init_sp = (uintptr_t)__builtin_frame_address(0);
#if !TL_RISCV_SUPERVISOR /* triggers are machine mode's */
	if (TL_COMPARATORS || TL_WATCHES || TL_GDB)
		riscv_init_triggers();
#endif
}

/* ---- contexts ---- */

/*
 * An interrupt handler runs with xIE clear, and xPP says the agent's own mode until an MRET or SRET
 * makes it user mode, where there is one. Tasks are told from the main loop by their stacks: the
 * main loop's is that on which tl_init() was called. Tasks in user mode may be suspended while the
 * main loop runs. All of it errs towards "no", but where a handler that lets other interrupts in
 * registers probes itself.
 */
bool tl_arch_base_level(void)
{
	uintptr_t depth = init_sp - (uintptr_t)__builtin_frame_address(0);

	if (has_tasks || !riscv_lets_interrupts_in() ||
	    (has_user_mode && status() & RISCV_STATUS_PP))
		return false;
	return depth + TL_HANDLER_STACK < 2 * TL_HANDLER_STACK;
}

/* What a handler has interrupted only the firmware knows: it has saved xepc, since its handlers may
 * be probed, too. */
enum tl_below tl_arch_below(void (*see)(uintptr_t word))
{
	(void)see;
	return riscv_lets_interrupts_in() ? TL_BELOW_NOBODY : TL_BELOW_UNKNOWN;
}

static bool from_user(const struct riscv_regs *r)
{
	return !(r->status & RISCV_STATUS_PP);
}

/* Were interrupts let in? In user mode they always are. */
static bool unmasked(const struct riscv_regs *r)
{
	return r->status & RISCV_STATUS_PIE || from_user(r);
}

/*
 * The core does not say whether it serves an interrupt. What is known: who lets interrupts in is
 * not (an exception is below); who does not, and is deeper in the stack than the first of the
 * interrupts was that came since the last hit of a context which does, is taken for its handler. So
 * below a C handler of unmasked code, masked code is the handler's own as long as no interrupt has
 * come, and an interrupt's from then on.
 *
 * It can be wrong where an interrupt has come and gone, and the handler then runs probed code with
 * interrupts masked: that hit is not counted as nested, its own handlers run, once; a hit below
 * those is nested again. And an interrupt handler that lets others in counts, while it does, as
 * part of the C handler that it interrupted. Stacks are not told apart: `shared`. User mode's hits
 * are where the trap found its stack: their C handlers run below that.
 */
struct tl_context tl_arch_context(const struct tl_regs *regs)
{
	const struct riscv_regs *r = (const struct riscv_regs *)(const void *)regs;

	return (struct tl_context){
	        .key = !unmasked(r) && r->sp < riscv_interrupted + RISCV_REGS,
	        .sp = r->stack ? r->stack : r->sp,
	        .shared = true,
	};
}

/* ---- traps ---- */

static unsigned cause_of(uintptr_t xcause)
{
	switch (xcause) {
	case BREAKPOINT:
		return TL_CAUSE_BREAK;
	case FETCH_DENIED: /* access faults: instruction, load, store */
	case 5:
	case 7:
		return TL_CAUSE_BUS;
	case FETCH_PAGE_FAULT:
	case 13:
	case 15:
		return TL_CAUSE_MEMORY;
	default: /* misaligned, illegal, a call (which no fault_handler is asked about: decode()
	            lets none be there) */
		return TL_CAUSE_USAGE;
	}
}

/* Where a pad begins only code traps that is in user mode: by the CSR, or since it may not
 * execute there. */
static bool at_pad(const struct riscv_regs *r)
{
#if TL_TRACE
	uintptr_t at = r->pc - tl_arch_pads.first;

	return at < TL_POINTS * TL_PAD_SIZE && at % TL_PAD_SIZE == TL_PAD_TRAP;
#else
	(void)r;
	return false;
#endif
}

void riscv_saw_user(void)
{
	has_tasks = true;
}

bool riscv_trap(struct tl_regs *regs, uintptr_t cause)
{
	struct riscv_regs *r = riscv_regs(regs);
	uintptr_t pc = r->pc;

	if (unmasked(r))
		riscv_interrupted = 0;
	if (from_user(r)) {
		riscv_saw_user();
		riscv_has_users = true;
	}
	if (!(TL_WATCHES && cause == BREAKPOINT) && riscv_access_fixup(r))
		return true;
	riscv_last_cause = cause;
	__asm volatile("csrr %0, " CSR(XTVAL) : "=r"(riscv_last_tval));
	if (tl_trap(regs, (TL_RETURN && tl_arch_returned(regs)) || at_pad(r) ? TL_CAUSE_BREAK
	                                                                     : cause_of(cause)))
		return true;
	/* Slots that the PMP, or a page, denies to user mode: the address that could not be fetched
	 * is no business of the firmware's. */
	if ((cause == FETCH_DENIED || cause == FETCH_PAGE_FAULT) && r->pc != pc)
		__asm volatile("csrw " CSR(XTVAL) ", %0" ::"r"(r->pc));
	return false;
}

/* ECALL's handler finds xepc put back: nothing needs it. */
bool tl_arch_call(struct tl_regs *regs, const struct tl_insn *insn)
{
	(void)regs, (void)insn;
	return false;
}

bool tl_arch_at_breakpoint(const struct tl_regs *regs)
{
	const uint16_t *insn =
	        (const uint16_t *)((const struct riscv_regs *)(const void *)regs)->pc;

	return insn[0] == RISCV_BRK ||
	       (insn[0] == (RISCV_BRK_WIDE & 0xffff) && insn[1] == RISCV_BRK_WIDE >> 16);
}

/* The core knows one stack pointer. */
uintptr_t tl_arch_other_stack(const struct tl_regs *regs)
{
	(void)regs;
	return 0;
}

bool tl_arch_unprivileged(const struct tl_regs *regs)
{
	return from_user((const struct riscv_regs *)(const void *)regs);
}

bool tl_arch_in_user(const struct tl_regs *regs)
{
	return tl_arch_unprivileged(regs);
}

bool tl_arch_untrappable(void)
{
	return false;
}

/* Only locked entries of PMP hold in machine mode, and not every core has registers to look at;
 * supervisor mode cannot see any. */
bool tl_arch_trap_guarded(void)
{
	return false;
}

/*
 * A vector of the firmware's own: every trap goes through it before it comes to the agent. What it
 * calls is left out, since it may serve interrupts itself.
 */
struct tl_root tl_arch_root(unsigned n)
{
	struct tl_root root = {0, TL_ETRAP, false};
	uintptr_t vector;

	__asm volatile("csrr %0, " CSR(XTVEC) : "=r"(vector));
	vector &= ~(uintptr_t)3;
	if (n == 0 &&
	    vector - (uintptr_t)__start_tl_text >= (uintptr_t)(__stop_tl_text - __start_tl_text))
		root.entry = vector;
	return root;
}

/* No register is free for a jump to an address that is known only now: the firmware's handler is
   tl_chained_trap, at link time. */
int tl_chain_handler(unsigned vector, void (*handler)(void))
{
	(void)vector, (void)handler;
	return -TL_EINVAL;
}

/* ---- the dispatcher ---- */

#if TL_DECODE
/*
 * The registers stay where the trap has saved them, on the interrupted stack, or on that which the
 * trap found: only how it leaves changes. On the latter interrupts stay out: the firmware may have
 * one such stack for all of its traps.
 */
struct tl_regs *tl_arch_dispatch(struct tl_regs *regs, void *stack)
{
	struct riscv_regs *r = riscv_regs(regs);
	uintptr_t with =
	        RISCV_STATUS_PP | (unmasked(r) && !r->stack && !stack ? RISCV_STATUS_PIE : 0);

	r->leave = (uintptr_t)(stack ? riscv_dispatcher_bare : riscv_dispatcher);
	r->saved = (uintptr_t)(stack ? (char *)stack - RISCV_REGS : (char *)r);
	if (stack)
		tl_arch_restore((struct tl_regs *)r->saved, regs);
	__asm volatile("csrc " CSR(XSTATUS) ", %0" ::"r"((uintptr_t)RISCV_STATUS_PIE));
	__asm volatile("csrs " CSR(XSTATUS) ", %0" ::"r"(with));
	return (struct tl_regs *)r->saved;
}

struct tl_regs *tl_arch_dispatched(const struct tl_regs *regs)
{
	const struct riscv_regs *r = (const struct riscv_regs *)(const void *)regs;

	return r->pc == (uintptr_t)riscv_resume ? (struct tl_regs *)r->s0 : 0;
}

void tl_arch_restore(struct tl_regs *regs, const struct tl_regs *saved)
{
	const uintptr_t *from = (const uintptr_t *)(const void *)saved;
	uintptr_t *to = (uintptr_t *)(void *)regs;

	for (unsigned i = 0; i < RISCV_REGS / RISCV_WORD; i++)
		to[i] = from[i];
	riscv_regs(regs)->leave = 0;
}

#if TL_GDB
bool tl_arch_broke_in(const struct tl_regs *regs)
{
	return ((const struct riscv_regs *)(const void *)regs)->pc == (uintptr_t)tl_arch_break;
}
#endif

bool tl_arch_raised(const struct tl_regs *regs)
{
	uintptr_t pc = ((const struct riscv_regs *)(const void *)regs)->pc;

	return pc - (uintptr_t)tl_arch_raise <
	       (uintptr_t)riscv_raise_end - (uintptr_t)tl_arch_raise;
}

#endif

/* ---- returns ---- */

#if TL_RETURN
/* look->frame: the registers, of which those are there that a function may change. */
__attribute__((optimize("O2"))) uintptr_t tl_arch_hook(uintptr_t resume, const struct tl_look *look,
                                                       void *probe)
{
	struct riscv_regs *r = look->frame;

	return tl_return_hook(resume, (uintptr_t)r + RISCV_REGS, probe, &r->ra);
}

/* Whatever traps there: the CSR that user mode may not read, or memory that user mode may not
 * execute. */
bool tl_arch_returned(const struct tl_regs *regs)
{
	return ((const struct riscv_regs *)(const void *)regs)->pc ==
	       (uintptr_t)tl_return_trampoline;
}
#endif

void tl_arch_return_to(struct tl_regs *regs, uintptr_t addr)
{
	riscv_regs(regs)->ra = addr;
	riscv_regs(regs)->pc = addr;
}
