/* SPDX-License-Identifier: MIT */
/*
 * The target half of an architecture: what the agent asks of the machine it runs on. One
 * implementation per folder under arch/, chosen at link time; tests/mock/ holds another that runs
 * natively.
 *
 * Porting guide, part two (part one is isa.h). Write, in this order:
 *   patch.c   tl_arch_patch, tl_arch_read, tl_arch_copy, tl_arch_write (access.h), lock; the words
 *             that they go by, in assembly: tl_arch_words
 *             shown by tests/target: text and fault-safe memory
 *   entry.S   saves struct tl_regs, calls tl_trap(), applies the result
 *             shown by tests/hil: entry probes
 *   trap.c    the dispatcher, what a trap was, the vectors
 *             shown by tests/hil: handlers, faults, nesting
 *   return.S  the trampoline that hooked functions return to
 *             shown by tests/target: returns, with tasks (tasks.h)
 *   debug.c   what GDB asks for besides: debug.h
 *             shown by tests/hil/gdb
 *   comparator.c  (RISC-V: trigger.c, AArch64: breakpoint.c) comparators for text that takes no
 *             breakpoint; a core without them says so
 *             shown by tests/hil/probes/test_comparators.py
 *   watch.c   those of data: watchpoint.h
 *             shown by tests/target/watches.c
 *   fast.S    optional: pads of jump probes (debug.h; tl_isa.jump)
 *             shown by tests/hil/gdb/test_gdb_fast.py
 * and name a board in arch.mk (ARCH_BOARDS): there the tests run that one board of an architecture
 * is enough for.
 *
 * The target half calls up once a trap: `bool tl_trap(struct tl_regs *, unsigned cause)` of
 * trapline.h. True: resume at `regs`. False: not ours; branch on to the firmware's own handler with
 * the frame as the hardware left it, but for what tl_trap() put back in `regs` (a PC in a slot
 * becomes the PC that was probed).
 *
 * "In a trap" below means: called by tl_trap(), at the trap's priority, where a further trap may be
 * fatal. Everything is required.
 */
#ifndef TL_ARCH_H
#define TL_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"

/*
 * Where the agent's variables are. Each of its object files says where those of its .bss begin and
 * end: in a file that has some, TL_RAM(".bss") stands once, behind the includes. None begins with a
 * value, or `load` in GDB would give it back. The linker gathers that in section tl_ram, read-only,
 * as it does tl_text: no linker script needs to know. The end is a label in the last of the
 * section's subsections. tests/agent_symbols.sh looks that no file has forgotten.
 */
#if UINTPTR_MAX > UINT32_MAX
#define TL_RAM_WORD ".balign 8\n.quad"
#else
#define TL_RAM_WORD ".balign 4\n.long"
#endif
#ifdef __PIC__
#define TL_RAM_FLAGS "aw" /* natively: addresses are put in when the program is loaded */
#else
#define TL_RAM_FLAGS "a"
#endif
#define TL_RAM(section)                                                                            \
	__asm__(".pushsection " section ", 8191\n.Ltl_end" section ":\n.popsection\n"              \
	        ".pushsection tl_ram, \"" TL_RAM_FLAGS "\"\n" TL_RAM_WORD " " section              \
	        ", .Ltl_end" section "\n.popsection")

/*
 * A first look at a breakpoint, before any register is saved; optional, for speed: the commonest
 * hits need no more. It returns where to resume; if `record`, NULL before, is not then, first store
 * the core registers there, as struct tl_regs has them. 0: nothing has happened, save the registers
 * and call tl_trap(). In a trap, which nothing that drains the ring may preempt. Where records say
 * whether code was unprivileged, record[-TL_RECORD_HEAD] gets TL_RING_USER. If bit 0 of where to
 * resume is set, then also call the tl_recorded_fn whose address is record[-1], with that: it
 * returns where to resume.
 *
 * It calls tl_arch_hook() at the entry of a function whose return is to be hooked: that adds the
 * context's stack pointer and where its return address is saved, and ends in tl_return_hook(),
 * which replaces the latter; 0: nothing has happened.
 */
enum { TL_RECORD_HEAD = 3 };     /* words of a record before its registers */
#define TL_RING_USER 0x80000000u /* in the first of them */
struct tl_look {
	void *frame; /* the target half's own, for tl_arch_hook(); begins with the registers of
	                TL_REG_LOOK (regs.h), if there are any */
	uintptr_t *record;
	uintptr_t more[2]; /* the target half's own */
};
typedef uintptr_t tl_recorded_fn(uintptr_t resume);
uintptr_t tl_first_look(uintptr_t pc, struct tl_look *look);
uintptr_t tl_arch_hook(uintptr_t resume, const struct tl_look *look, void *probe);
uintptr_t tl_return_hook(uintptr_t resume, uintptr_t sp, void *probe, uintptr_t *addr);

/* The ISA that this target half serves. */
extern const struct tl_isa *const tl_arch_isa;

/* Takes the vectors and finds out what the core has. Called once, from tl_init(). */
void tl_arch_init(void);

/* Keeps interrupts (not traps) out; nests. Any context. Pass what lock returned to unlock. */
uintptr_t tl_arch_lock(void);
void tl_arch_unlock(uintptr_t was);

/*
 * Writes 1 to 4 bytes of text, naturally aligned where the ISA's alignment allows, so that a
 * concurrent fetch sees the old or the new instruction; makes them visible to fetches; reads back.
 * 0 or -TL_EROM. Not in a trap, but for restoring text. Of no bytes: makes visible what others have
 * written.
 */
int tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n);

/* Could code run there, as far as the architecture knows (its address map)? Any context. */
bool tl_arch_executable(uintptr_t addr);

/*
 * Comparators of instruction addresses, where the core has some: for points whose text does not
 * take a patch (TL_COMPARATORS). Before the instruction at an address that one holds the core
 * traps, with its PC there, as at a breakpoint; tl_arch_at_breakpoint() does not see that, which
 * looks at text. In a predicate's false lane it need not trap.
 *
 * TL_COMPARE_ON takes one for the address, or turns on what it has. TL_COMPARE_HELD keeps what it
 * has, and nothing traps; TL_COMPARE_OFF gives it back: these two always succeed. TL_COMPARE_TRY
 * changes nothing: would ON succeed? 0; -TL_ENOSUP: there is none that could; -TL_EFULL: all of
 * those are in use; -TL_EBUSY: a debugger that halts the core has them. With interrupts locked out.
 */
enum tl_compare { TL_COMPARE_OFF, TL_COMPARE_HELD, TL_COMPARE_ON, TL_COMPARE_TRY };
int tl_arch_compare(uintptr_t addr, enum tl_compare how);
/* In a trap at what nobody knows of: is it one that a reset has left on? Then it is off now. */
bool tl_arch_left_over(const struct tl_regs *regs);
/* How many there are for points, how many of them hold something, watchpoints included, and whether
 * a debugger that halts the core has them. Not in a trap. */
struct tl_comparators {
	unsigned count, used;
	bool taken;
};
struct tl_comparators tl_arch_comparators(void);

/*
 * Copies memory by the widest naturally aligned accesses, each byte once; 0 or -TL_EFAULT, nothing
 * else happens. What is written is visible to fetches. Never in a trap. tl_arch_copy() is for much:
 * it returns how many bytes come before the first access that faults, and these are copied.
 */
int tl_arch_read(uintptr_t addr, void *to, unsigned n);
unsigned tl_arch_copy(uintptr_t addr, void *to, unsigned n);
/* With TL_TRACE only: `n` words, one at least, from an aligned address to any, fast. Of words that
 * may fault: never in a trap; returns the address of the first that did, or behind the last. */
uintptr_t tl_arch_words(uintptr_t from, void *to, unsigned n);
int tl_arch_write(uintptr_t addr, const void *from, unsigned n);

/* True if nothing is suspended that could still sit in a slot: thread level, no other task's stack
 * in use. */
bool tl_arch_base_level(void);

/*
 * What is suspended below the caller, which is no trap: nobody, since it is thread code; the
 * contexts that it has interrupted as a handler, every word of which that may be where one goes on,
 * and others, were passed to `see`; or that is not known here. Tasks that do not run are another
 * matter. With interrupts locked out by tl_arch_lock().
 */
enum tl_below { TL_BELOW_NOBODY, TL_BELOW_SEEN, TL_BELOW_UNKNOWN };
enum tl_below tl_arch_below(void (*see)(uintptr_t word));

/*
 * Which context `regs` belongs to. `key` tells exception numbers and stacks apart; `sp` is the
 * stack pointer. `shared`: several stacks have this key (tasks on one process stack pointer), so
 * that only nearness tells them apart. Any context.
 */
struct tl_context {
	uintptr_t key, sp;
	bool shared;
};
struct tl_context tl_arch_context(const struct tl_regs *regs);

/*
 * The dispatcher. tl_arch_dispatch(), in a trap, arranges that resuming `regs` calls tl_trap(saved,
 * TL_CAUSE_DISPATCH) in the interrupted context, at its own priority and on its own stack,
 * privileged. `saved` is a copy of `regs` on that stack, or `regs` itself if it is there and stays;
 * it is returned, or NULL if that context cannot run C code. When the call is over the dispatcher
 * traps once more: tl_arch_dispatched() tells that trap by `regs` and returns its `saved` (else
 * NULL); tl_arch_restore() then puts *saved back into `regs`. With a `stack` (its upper end,
 * 16-byte aligned) all of that is there and nothing on the interrupted one, and interrupts are
 * locked out, by tl_arch_lock() before that or by this.
 */
struct tl_regs *tl_arch_dispatch(struct tl_regs *regs, void *stack);
struct tl_regs *tl_arch_dispatched(const struct tl_regs *regs);
void tl_arch_restore(struct tl_regs *regs, const struct tl_regs *saved);

/*
 * Within the dispatcher: commits the very access that a simulation could not make, so that the
 * firmware's handler sees a real fault, with real status bits. That fault is told by
 * tl_arch_raised(). Returns only if memory has become readable meanwhile.
 */
void tl_arch_raise(uintptr_t addr, unsigned bytes);
bool tl_arch_raised(const struct tl_regs *regs);

/*
 * Returns. A hooked function finds the address of tl_return_trampoline() in its return address
 * register, and comes here when it returns: to jump to, never to be called. The trampoline saves
 * struct tl_regs as they are at that moment, with the stack pointer that the caller will see, calls
 * tl_trap(regs, TL_CAUSE_RETURN), and puts every register but the stack pointer back; false: no
 * call is known that could return here, then it runs into an undefined instruction. If the context
 * is unprivileged it changes nothing and traps instead: tl_arch_returned() tells that trap. A
 * function may be about to return from a trap for its caller: what a trap overwrites
 * (tl_isa.trap_use) the trampoline leaves alone, unless a handler changes the PC and there is no
 * other way.
 *
 * tl_return_look() and tl_return_record() are optional, for speed, in this order: where one returns
 * nonzero, all is done but to go there, no register changed; after the second also to store the
 * core registers at `regs`, if that is not NULL. Privileged, with interrupts locked out until that
 * is done, not in a trap.
 */
void tl_return_trampoline(void);
bool tl_arch_returned(const struct tl_regs *regs);
uintptr_t tl_return_look(uintptr_t sp);
uintptr_t tl_return_record(uintptr_t sp, uintptr_t **regs);
/*
 * For the architecture's unwind data of the trampoline, so that exceptions and backtraces of the
 * firmware pass it: where the calls that returned to it with this stack pointer go on; 0: nobody
 * knows. `gone`: they never will, since an exception passes: they are missed. Then privileged; any
 * context.
 */
uintptr_t tl_return_unwind(uintptr_t sp, bool gone);
/* PC and return address register as they are when a function has returned to `addr`, a return
   address as found in its register. */
void tl_arch_return_to(struct tl_regs *regs, uintptr_t addr);

/*
 * An instruction that TL_INSN_CALLS: moves `regs` behind it and makes the exception pending, so
 * that the trap returns into its handler, which finds the real return address. False: it cannot be
 * taken at this priority, and nothing has happened. In a trap, with masks as the context has them.
 */
bool tl_arch_call(struct tl_regs *regs, const struct tl_insn *insn);

/* Is the instruction at regs->pc a breakpoint? The PC was just fetched from. In a trap. */
bool tl_arch_at_breakpoint(const struct tl_regs *regs);

/* Was the code unprivileged? False where records do not say (Cortex-M: xPSR tells handlers from
 * threads). In a trap. */
bool tl_arch_unprivileged(const struct tl_regs *regs);

/* Is it, whatever records say? In a trap or in the dispatcher, and not at a return. */
bool tl_arch_in_user(const struct tl_regs *regs);

/* Of an interrupt handler where the code that it has interrupted may use another stack: that one's
 * pointer; else 0. In a trap, or in the context of `regs`. */
uintptr_t tl_arch_other_stack(const struct tl_regs *regs);

/* May a load in a trap fault though the memory is there: does protection hold there that lets the
 * caller be refused, too? Privileged, not in a trap. */
bool tl_arch_trap_guarded(void);

/* Does a trap that is not ours go on to a handler in which a further trap would be fatal? In a
 * trap. */
bool tl_arch_untrappable(void);

/*
 * The n-th of the places where the firmware's own code begins to run in a context in which a
 * probe's trap would be fatal, as they are set up now; entry 0: there is none, or what is there is
 * the agent's. `error` is what a probe there is refused with; `calls`: what it calls is such code,
 * too. n < TL_ARCH_ROOTS. Not in a trap.
 */
enum { TL_ARCH_ROOTS = 2 };
struct tl_root {
	uintptr_t entry;
	uint8_t error;
	bool calls;
};
struct tl_root tl_arch_root(unsigned n);

/* The caller's own registers, as if it had been interrupted here: for `g` on firmware that is not
 * stopped. */
void tl_arch_capture(struct tl_regs *regs);
enum {
	TL_ARCH_REGS_SIZE = 40 * sizeof(uintptr_t)
}; /* room that any struct tl_regs fits in; asserted by each arch */
extern const unsigned tl_arch_regs_size; /* bytes that it takes */

#endif
