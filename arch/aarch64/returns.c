/* SPDX-License-Identifier: MIT */
/*
 * May a function's return be hooked? Follows the code from its entry for as long as x30 holds the
 * return address, both ways of branches, and refuses
 *   - what reads x30 for anything but to keep it on the stack, to sign it, or to return: setjmp(),
 *     context switches, __builtin_return_address();
 *   - what takes x30 from the stack without having put it there: places within a function;
 *   - what reads a temporary register that it never wrote: trap handlers, which save them;
 *   - what returns from a trap: x30 belongs to the code that it interrupted;
 *   - what keeps x30 farther in the stack than the agent looks for it: GCC has it at the bottom of
 *     a frame.
 *
 * Follows the Procedure Call Standard for the Arm 64-bit Architecture (AAPCS64), 6.1.1.
 */
#include "a64.h"
#include "error.h"
#include "rows.h"
#include "walk.h"

/* x9 to x15: nobody passes anything in these. */
#define TEMPORARIES (0x7fu << 9)
#define LR          (1u << A64_LR)

int32_t a64_goes(const struct tl_insn *insn)
{
	bool is_branch = insn->op == A64_B || insn->op == A64_BCOND || insn->op == A64_CB ||
	                 insn->op == A64_TB;

	return insn->verdict == TL_SIMULATE && is_branch ? a64_offset(insn) : 0;
}

struct walk {
	const struct tl_tables *tables;
	uint32_t written; /* registers */
	int32_t sp;       /* from where it was; INT32_MIN: nobody knows */
	bool kept;        /* x30 is on the stack */
};

/* RET, RETAA, RETAB */
static bool is_return(uint32_t bits)
{
	return bits == 0xd65f03c0 || (bits & 0xfffffbff) == 0xd65f0bff;
}

static bool keeps_near(const struct walk *w, const struct a64_use *use)
{
	return w->sp != INT32_MIN && w->sp + use->at >= -A64_KEEPS_WITHIN && w->sp + use->at < 0;
}

static void move_sp(struct walk *w, int32_t by)
{
	if (by)
		w->sp = w->sp == INT32_MIN || by == INT32_MIN ? INT32_MIN : w->sp + by;
}

static void step(void *walk, const uint8_t *bytes, unsigned n, struct tl_step *to)
{
	struct walk *w = walk;
	struct tl_insn insn;
	struct a64_use use;
	bool no_code, reads_lr, unwritten, leaves;

	to->len = 0;
	if (a64_lookup(w->tables, bytes, n, &insn) < 0)
		return;
	use = a64_use_of(insn.bits);
	no_code = insn.verdict == TL_REJECT && insn.op == TL_EUNDEF;
	leaves = insn.verdict != TL_REJECT && (insn.op == A64_B || insn.op == A64_BR);
	move_sp(w, use.moves_sp);
	reads_lr = use.reads & LR && !is_return(insn.bits) && !(use.keeps && keeps_near(w, &use));
	unwritten = use.reads & TEMPORARIES & ~w->written;
	w->kept |= use.keeps;
	w->written |= use.writes;
	to->len = insn.len;
	to->refused = !no_code && (reads_lr || unwritten || (use.fetches && !w->kept) ||
	                           insn.bits == 0xd50320ff || /* XPACLRI */
	                           a64_trap_state(&insn).returns);
	to->jumps = a64_goes(&insn);
	to->leads = no_code || use.writes & LR || leaves || is_return(insn.bits);
	if (to->leads && !w->kept) /* elsewhere it has not begun to use the stack */
		w->sp = 0;
}

int a64_returns(const struct tl_isa *isa, const struct tl_text *text)
{
	struct walk walk = {.tables = isa->variant};

	return tl_walk(text, step, &walk);
}
