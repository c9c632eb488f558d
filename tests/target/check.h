/* SPDX-License-Identifier: MIT */
/*
 * Firmware that tests itself: TAP lines on the console, read by tests/hil.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "trapline.h"

#define CHECK_OPTIONAL __attribute__((weak)) /* NULL where the core has no such thing */

/* What tests must know of an architecture: check_<arch>.c. */
struct check_arch {
	uint8_t pc, sp, lr, ret; /* GDB's numbers; ret: first argument and result */
	uint8_t step;            /* bytes of an instruction of code_sum() and the like */
	/* Bytes of stack that trapline.h says are gone at the most in a handler, here and where FP
	   registers are live: over stack_fp_over, they have room there. */
	uint16_t stack, stack_fp, stack_fp_over;
	uint16_t stack_return; /* the same, in the handler of a return, FP registers live or not */
	/* Of code_fp(): words of all FP registers and the status, words of the first register, bit
	 * of the rounding mode in it. */
	uint8_t fp_words, fp_changed, fp_round;
};
extern const struct check_arch check_arch;

/* Assembly in code_<arch>.S: functions of known instructions. Labels with an underscore and a word
 * stand on an instruction. */
uintptr_t code_add(uintptr_t a, uintptr_t b); /* a + b: one instruction, then the return */
uintptr_t code_load(const uintptr_t *p);      /* *p: its first instruction is the load */
uintptr_t code_sum(uintptr_t n);              /* 1 + … + n, a loop */
uintptr_t code_wide(uintptr_t n); /* the same, of instructions of 4 bytes, where there are some */
uintptr_t
code_untrappable(uintptr_t n) CHECK_OPTIONAL; /* code_wide(n), where a breakpoint would be fatal */
uintptr_t
code_chain(uintptr_t a,
           uintptr_t b); /* code_add(a, b) + 1: saves a return address, calls, returns by it */
/* -1, 0 or 1: the sign, by predicated instructions where there are some */
uintptr_t code_predicated(intptr_t a);
uintptr_t code_keeps(uintptr_t a);    /* a, by a return address that it takes elsewhere first */
uintptr_t code_dispatch(uintptr_t n); /* 10, 20, 30 for 0, 1, 2: a jump table */
uintptr_t code_masked(uintptr_t a, uintptr_t b);       /* a + b with interrupts masked */
uintptr_t code_exclusive(uintptr_t *p) CHECK_OPTIONAL; /* atomic increment */
/* a + b + 1, its registers saved and restored by routines that it shares with others, where
 * compilers do that */
uintptr_t code_millicode(uintptr_t a, uintptr_t b) CHECK_OPTIONAL;
/* a, which code_restores() writes to where a trap keeps its return address, read from there after
 * that */
uintptr_t code_trap_state(uintptr_t a) CHECK_OPTIONAL;
void code_restores(uintptr_t a) CHECK_OPTIONAL;
/* Code that is not entered with its own return address: such routines, handlers, places within
 * functions; ended by 0 */
extern const uintptr_t code_no_returns[] CHECK_OPTIONAL;
extern const char code_wide_inside[], code_load_return[], code_add_return[], code_chain_call[],
        code_chain_return[], code_masked_inside[], code_break[], code_undefined[], code_data[],
        code_end[];
extern const char code_predicated_false[] CHECK_OPTIONAL, code_exclusive_inside[] CHECK_OPTIONAL,
        code_exclusive_end[] CHECK_OPTIONAL;
extern const uintptr_t code_points[]; /* every instruction of the functions above, ended by 0 */
/* Addresses, the same on every board of the architecture: one that is not mapped, though code could
   be there as far as the architecture says, and one where it never could. */
extern const uintptr_t place_unmapped[], place_device[];

/* Runs fn(arg) at thread level on a stack of its own, unprivileged where the core can; 0 if this
 * core has no such thing. */
bool run_as_task(uintptr_t (*fn)(uintptr_t), uintptr_t arg, uintptr_t *result);
/* A function that the hardware enters: run_as_task() comes back by an exception. */
extern const char check_isr[] CHECK_OPTIONAL;
/*
 * In tasks.c, with what tasks.h says of architectures: tasks that a timer switches between, `hz`
 * times a second, each on a stack of its own and unprivileged where the core can. Returns when both
 * functions have. Meanwhile main takes its turns in check_idle(), privileged.
 */
void check_tasks(uint32_t hz, void (*a)(uintptr_t), uintptr_t arg_a, void (*b)(uintptr_t),
                 uintptr_t arg_b);
extern void (*check_idle)(void); /* may be NULL */
/* In the timer's interrupt; in that which switches, between two tasks, when the one that goes is
 * saved. May be NULL. */
extern void (*check_in_tick)(void), (*check_in_switch)(void);
/* In call_<arch>.S: a + 1, by a call to the firmware's trap handler from code_call_itself, which
 * check_call counts. */
uintptr_t code_call(uintptr_t a) CHECK_OPTIONAL;
extern const char code_call_itself[] CHECK_OPTIONAL;
extern const uintptr_t check_handler CHECK_OPTIONAL; /* where that begins */
extern volatile struct check_call {
	unsigned count;
	uintptr_t pc;
	unsigned length; /* of the instruction that called, by its first halfword; Cortex-M: the
	                    number of the SVC, by the text */
} check_call CHECK_OPTIONAL;
/*
 * In user_<arch>.S: fn(arg) unprivileged, with `sp`, where memory protection leaves it the
 * firmware's text, user_stack[], and, if `slots`, those of the agent.
 */
uintptr_t run_as_user(uintptr_t (*fn)(uintptr_t), uintptr_t arg, void *sp,
                      bool slots) CHECK_OPTIONAL;
uintptr_t user_lost(uintptr_t n)
        CHECK_OPTIONAL; /* code_sum(), with no register leading to the firmware's data */
extern uint8_t user_stack[] CHECK_OPTIONAL, user_stack_end[] CHECK_OPTIONAL;
/*
 * In traps_<arch>.S: code_csr() is a digest of what it reads of control registers, and writes, the
 * trap vector among them; its instructions (code_csr_points, ended by 0). check_nest(), in an
 * interrupt handler, has another interrupt come and call check_nested.
 */
uintptr_t code_csr(uintptr_t seed) CHECK_OPTIONAL;
extern const uintptr_t code_csr_points[] CHECK_OPTIONAL;
void check_nest(void) CHECK_OPTIONAL;
extern void (*check_nested)(void) CHECK_OPTIONAL;
/* Runs code_sum(n) with the stack pointer off its usual alignment by one word. */
uintptr_t code_misaligned(uintptr_t n);

/*
 * FP registers, where the core has some: code_fp() loads them and the FP status from in[0 …
 * fp_words - 1], runs its instructions (code_fp_points, ended by 0; they change no FP register but
 * the first), and stores all to out[]. check_switch() is what an RTOS does to a preempted task: it
 * saves the FP registers if the task has any in use, spoils all, and restores what it saved.
 */
void code_fp(const uint32_t *in, uint32_t *out) CHECK_OPTIONAL;
extern const uintptr_t code_fp_points[] CHECK_OPTIONAL;
void check_switch(void);

/* Ways in which exceptions store FP registers, ended by one without a name; the first is that after
 * reset. */
struct check_fp_way {
	const char *name;
	uint16_t stack; /* bytes that it takes more than the first */
	uint32_t bits;  /* the architecture's own */
};
extern const struct check_fp_way check_fp_ways[];
bool check_take_fp_way(const struct check_fp_way *way); /* from now on; false: this core does not */

/* The firmware's own fault handler, installed by check_take_faults(): notes the PC, then lets the
 * access succeed or skips. */
struct check_fault {
	unsigned count, vector;
	uintptr_t pc, arg0;
	uint32_t status;
	uint32_t insn; /* what the handler found at the PC, and skipped as its first halfword says;
	                * 0 beforehand: it skips 2 bytes
	                */
};
extern volatile struct check_fault check_fault;
/* also in the vectors of particular faults, where the core has such */
void check_take_faults(bool every_vector);
#define CHECK_FIXED 77u /* what a load from place_unmapped gives after the handler */
/* Faults that have nothing to do with probes; false: this core has no such thing. The handler
 * counts each. */
bool check_escalation(void);  /* one that looks like a breakpoint's trap but for the instruction */
bool check_stack_error(void); /* one whose frame could not be stored */

extern unsigned check_failed;
void check(bool good, const char *what);

static inline uintptr_t address_of(const void *label)
{
	return (uintptr_t)label & ~(uintptr_t)1;
}

#endif
