/* SPDX-License-Identifier: MIT */
/*
 * A64 instructions to verdicts: the table of {mask, match} in table.c; the first row that matches
 * decides.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: B2.9 (exclusives), C6
 * (instructions), D1.4 (what an exception writes).
 *
 * What reads or writes the PC is simulated or rewritten (rewrite.c), or leaves from a slot if it
 * only writes it; all else runs in a slot, so that nothing here needs to know what it does: system
 * registers, barriers, hints, atomics, SIMD and SVE do there what they do in place, faults and SVC
 * included (for those the target half puts ELR right). What is refused, and why:
 *
 *   TL_EUNDEF  what is allocated to nothing, as far as the table tells; UDF, DCPS, TSTART, SME
 *              no code, the core faults, or no row says that it leaves the PC alone
 *   TL_EINSN   BLRAA and the like
 *              signed pointers: neither simulated, nor run elsewhere with the right x30
 *   TL_EINSN   MOVPRFX, CPY*, SET*
 *              the next instruction must follow at once
 *   TL_EBRK    BRK, HLT
 *              the firmware's own: it belongs to a debugger
 *   TL_EEXCL   LDXR to STXR
 *              a trap clears the monitor: the loop would never end
 *   TL_ETRAP   ERET; reading ELR_EL1, SPSR_EL1, ESR_EL1, FAR_EL1, where these hold what will be
 *              read
 *              the probe's own trap writes them, and cannot put them back: its return needs them
 *              itself
 *   TL_EMASK   writing these for what will be read; writing VBAR_EL1
 *              boosted they run (TL_INSN_NO_TRAP); where no jump back reaches, the breakpoint that
 *              must follow would overwrite them, or go where the agent is not
 *
 * TL_ETRAP follows the text forwards from the instruction in a straight line, through calls and
 * branches that are not taken: if it reads a part of the state before it writes it, the probe would
 * change what it reads. That covers a handler's entry up to the last such read, and its way out
 * from the first write to ERET. DAIF, SPSel and the stack pointers are behind a probe what they
 * were before it. What a line of text does not show, the host finds in whole functions
 * (tl_isa.trap_use).
 */
#include <stddef.h>

#include "a64.h"
#include "error.h"
#include "isa.h"
#include "rows.h"

unsigned a64_insn_len(const uint8_t *bytes, unsigned n)
{
	(void)bytes;
	return n < 4 ? 0 : 4;
}

int a64_lookup(const struct tl_tables *tables, const uint8_t *bytes, unsigned n,
               struct tl_insn *insn)
{
	struct tl_what what;

	insn->bits = 0;
	insn->len = (uint8_t)a64_insn_len(bytes, n);
	if (!insn->len)
		return -1;
	insn->bits = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	             (uint32_t)bytes[3] << 24;
	what = tl_find_wide(tables, insn->bits >> 16, insn->bits & 0xffff);
	tl_decide(insn, what, what.op <= A64_PRFM_LITERAL || what.check & LEAVE, FLAGS);
	return what.check;
}

/* Does the text go on behind this instruction? */
static bool goes_on(const struct tl_insn *insn, int check)
{
	return check >= 0 && !(check & END) &&
	       !(insn->verdict == TL_REJECT && insn->op == TL_EUNDEF);
}

/* Does a store-exclusive follow before anything that would start or end its window? */
static bool in_exclusive(const struct tl_tables *tables, const struct tl_text *text)
{
	struct tl_insn insn;

	for (unsigned n = 0, at = 0; n < A64_EXCL_INSNS; n++, at += insn.len) {
		int check = a64_lookup(tables, text->bytes + at, text->after - at, &insn);
		if (!goes_on(&insn, check))
			return false;
		if (insn.verdict == TL_REJECT && insn.op == TL_EEXCL)
			return true;
	}
	return false;
}

/* Is something of the state that a trap overwrites read from `at` on, before it is written? */
static bool needs_trap_state(const struct tl_tables *tables, const struct tl_text *text,
                             unsigned at)
{
	uint8_t written = 0;
	struct tl_insn insn;

	for (unsigned n = 0; n < A64_TRAP_INSNS; n++, at += insn.len) {
		int check = a64_lookup(tables, text->bytes + at, text->after - at, &insn);
		if (check < 0)
			return false;
		struct tl_trap_use use = a64_trap_state(&insn);
		if (use.reads & ~written)
			return true;
		written |= use.writes;
		if (!goes_on(&insn, check))
			return false;
	}
	return false;
}

int a64_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	const struct tl_tables *tables = isa->variant;

	if (a64_lookup(tables, text->bytes, text->after, insn) < 0)
		return tl_reject(insn, TL_EFAULT);
	if (insn->verdict == TL_REJECT)
		return tl_reject(insn, (enum tl_error)insn->op);
	if (in_exclusive(tables, text))
		return tl_reject(insn, TL_EEXCL);
	if (needs_trap_state(tables, text, 0))
		return tl_reject(insn, TL_ETRAP);
	if (insn->op == A64_SYSREG &&
	    (a64_moves_traps(insn) || needs_trap_state(tables, text, insn->len)))
		insn->flags |= TL_INSN_NO_TRAP;
	return 0;
}
