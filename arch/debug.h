/* SPDX-License-Identifier: MIT */
/*
 * What the agent asks of an architecture for GDB (TL_GDB), besides arch.h: part two of the porting
 * guide, its last row; fetch programs (TL_FETCH) ask for registers, too. Stopping, signals,
 * registers that no snapshot has. Everything is required.
 */
#ifndef TL_DEBUG_H
#define TL_DEBUG_H

#include "arch.h"

/* As GDB numbers them (include/gdb/signals.def). */
enum tl_signal {
	TL_SIGNAL_NONE = 0,
	TL_SIGNAL_INT = 2,
	TL_SIGNAL_ILL = 4,
	TL_SIGNAL_TRAP = 5,
	TL_SIGNAL_FPE = 8,
	TL_SIGNAL_BUS = 10,
	TL_SIGNAL_SEGV = 11,
	TL_SIGNAL_STOP = 0xff, /* none: asked for by vCont;t, which is to hear of 0 */
};

/*
 * A breakpoint, and back; as the last thing of a function it stops that function's caller.
 * tl_arch_broke_in() tells that trap. What is wrong with a fault, in GDB's terms; TL_SIGNAL_NONE:
 * it is none, but a call to the firmware.
 */
void tl_arch_break(void);
bool tl_arch_broke_in(const struct tl_regs *regs);
enum tl_signal tl_arch_signal(const struct tl_regs *regs, unsigned cause);
/* Where a context with these registers goes on: at its PC, unless that is a way out of an
 * exception. Not in a trap. */
uintptr_t tl_arch_goes_to(const struct tl_regs *regs);
/* In an interrupt's handler: where what it has interrupted goes on, perhaps among other places;
 * none: nobody knows. */
void tl_arch_interrupted(void (*see)(uintptr_t pc));

/* Where firmware starts when the core is reset, if the context can start it anew by going there; 0:
 * not, or nobody knows. */
uintptr_t tl_arch_entry(const struct tl_regs *regs);

/*
 * Jump probes, of fast tracepoints (fast.S; optional: an ISA without tl_isa.jump has none, and its
 * arch.mk no TL_PAD_SIZE and TL_PAD_TRAP). A point whose text is a jump leads to its pad, one of
 * TL_POINTS at `first`, TL_PAD_SIZE bytes each; what pads share follows, up to `end`. It is code
 * that never changes, within reach of the firmware's text, and contexts may be suspended anywhere
 * in it. A pad
 *   - locks interrupts out. Code that may not (unprivileged) traps at TL_PAD_TRAP of its pad, every
 * register as it was;
 *   - calls tl_fast_claim(pad), on the interrupted stack. That returns the upper end of another, on
 * which, with the context's registers in `regs` but for the PC, the pad calls tl_fast_hit(pad,
 * regs). Where NULL is returned, or where a trap would be fatal and nothing is claimed:
 * tl_fast_hit(pad, NULL);
 *   - puts everything back, lets interrupts in, and goes where that says. What a trap overwrites
 * (tl_isa.trap_use) it may, too. `pad` is any address in it. tl_fast_hit() sets the PC, may change
 * the return address register (TL_REG_LR), and no other; it needs no FP registers.
 */
extern const struct tl_arch_pads {
	uintptr_t first, end;
} tl_arch_pads;
void *tl_fast_claim(uintptr_t pad);
uintptr_t tl_fast_hit(uintptr_t pad, struct tl_regs *regs);

/*
 * Registers besides those of a snapshot, by features of its target description; the last has name
 * NULL. Access is to those of the halted context `regs`, in it, `lock` what tl_arch_lock() returned
 * when it was halted; 0, or -1: not there, or read-only.
 */
struct tl_system_reg {
	const char *name;
	const char *type; /* GDB's, NULL: an integer */
	uint8_t gdb;      /* number, above those of struct tl_reg */
	uint8_t bits;     /* 32, 64, or 128 where TL_REG_LONG says so */
};
enum { TL_IN_G = 2 };
struct tl_reg_feature {
	const char *name;
	const struct tl_system_reg *regs;
	unsigned count;
	bool keep; /* part of what a function call that GDB makes may change: saved and restored, as
	              those in g are */
	/* So many of them, words, TL_IN_G at most, follow a snapshot's in the g packet and in trace
	 * frames, since GDB looks for callers by them. Of the first feature only, whose numbers are
	 * then the next. */
	uint8_t in_g;
};
extern const struct tl_reg_feature tl_arch_features[];
int tl_arch_system_reg(struct tl_regs *regs, uintptr_t *lock, unsigned gdb, uint64_t *value,
                       bool write);
/* Of the architecture (arch.mk): words of 64 bits that the longest of these has, which is what
 * `value` has room for. */
#ifndef TL_REG_LONG
#define TL_REG_LONG 1
#endif
/*
 * The same of a context that has hit a probe, for reading, of a long one the lower 64 bits: in the
 * trap, or in the context with interrupts locked out, where its C handlers run. 0, or -1 where it
 * cannot be told what the register would hold if there were no probe, or where it is not the
 * context's own: its FP registers are not live.
 */
int tl_arch_context_reg(const struct tl_regs *regs, unsigned gdb, uint64_t *value);

#endif
