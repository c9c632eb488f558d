/* SPDX-License-Identifier: MIT */
/*
 * Thumb instructions to verdicts: the variant's tables of {mask, match}, one after the other; the
 * first row that matches decides.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5 (encodings), A7 (instructions),
 * A3.4 (exclusives).
 *
 * Whatever reads or writes the PC is simulated or rewritten (rewrite.c), or leaves from a slot if
 * it only writes it; all else runs in a slot, so that nothing here needs to know what it does: MSR,
 * MRS, CPS, SVC, WFI, barriers, FP and coprocessors do there what they do in place, faults
 * included. What is refused, and why:
 *
 *   TL_EUNDEF  undefined and unpredictable encodings, UDF
 *              it is no code, or faults by design: what it does is nobody's to say
 *   TL_EBRK    BKPT
 *              the firmware's own: it belongs to a debugger
 *   TL_EEXCL   LDREX* to STREX*, LDAEX* to STLEX*
 *              the trap clears the monitor: the loop would never end
 *   TL_EMASK   CPSID f, MSR FAULTMASK in an IT block
 *              the breakpoint that must follow in the slot locks the core up; out of a block they
 *              run, with nothing behind them (TL_INSN_NO_TRAP)
 *   TL_EINSN   SVC on Armv6-M
 *              its handler would find the slot for its caller; elsewhere it is taken where it
 *              stands (call.c)
 *   TL_EINSN   SG
 *              a call from Non-secure code must find it at its address, or faults
 *   TL_EINSN   BLXNS
 *              stacks its return address where nothing can put it right: the call would come back
 *              to a slot that may serve another probe by then
 *   TL_EINSN   BXNS in an IT block
 *              as MSR FAULTMASK: the other state never comes to the breakpoint
 *   TL_EINSN   LDC (literal)
 *              reads a coprocessor's registers from beside the PC; no compiler emits it but as
 *              VLDR, which takes its literal along
 */
#include <stddef.h>

#include "error.h"
#include "isa.h"
#include "rows.h"
#include "thumb.h"

/* clang-format off */

/* The 16-bit instructions of all variants: A5.2 */
#define BITS NARROW
const struct tl_narrow thumb_narrow[] = {
	/* 00.. .... .... ....  shift, add, subtract, move, compare */
		SLOT(0xc000, 0x0000, 0),
	/* 0100 00.. .... ....  data processing */
		SLOT(0xfc00, 0x4000, 0),
	/* 0100 0100 1111 1111  add pc, pc */
		REJECT(0xffff, 0x44ff, 0, TL_EUNDEF),
	/* 0100 0100 1... .111  add pc, Rm */
		SIMULATE(0xff87, 0x4487, END, THUMB_ADDHI),
	/* 0100 0100 .111 1...  add Rd, pc */
		SIMULATE(0xff78, 0x4478, 0, THUMB_ADDHI),
	/* 0100 0100 .... ....  add Rd, Rm */
		SLOT(0xff00, 0x4400, 0),
	/* 0100 0101 1... .111  cmp pc, Rm */
		REJECT(0xff87, 0x4587, 0, TL_EUNDEF),
	/* 0100 0101 .111 1...  cmp Rn, pc */
		REJECT(0xff78, 0x4578, 0, TL_EUNDEF),
	/* 0100 0101 .... ....  cmp Rn, Rm */
		SLOT(0xff00, 0x4500, 0),
	/* 0100 0110 1111 1111  mov pc, pc */
		SIMULATE(0xffff, 0x46ff, END, THUMB_MOVHI),
	/* 0100 0110 .111 1...  mov Rd, pc */
		SIMULATE(0xff78, 0x4678, 0, THUMB_MOVHI),
	/* 0100 0110 1... .111  mov pc, Rm */
		LEAVES(0xff87, 0x4687, 0, THUMB_MOVHI),
	/* 0100 0110 .... ....  mov Rd, Rm */
		SLOT(0xff00, 0x4600, 0),
	/* 0100 0111 0111 1000  bx pc */
		SIMULATE(0xffff, 0x4778, END, THUMB_BX),
	/* 0100 0111 0... .000  bx Rm */
		LEAVES(0xff87, 0x4700, 0, THUMB_BX),
	/* 0100 0111 1111 1000  blx pc */
		REJECT(0xffff, 0x47f8, 0, TL_EUNDEF),
	/* 0100 0111 1... .000  blx Rm */
		SIMULATE(0xff87, 0x4780, 0, THUMB_BLX),
	/* 0100 1... .... ....  ldr Rt, [pc, #] */
		SIMULATE(0xf800, 0x4800, 0, THUMB_LDRLIT),
	/* 0101 .... .... ....  load, store (register) */
		SLOT(0xf000, 0x5000, 0),
	/* 011. .... .... ....  ldr, str, ldrb, strb (immediate) */
		SLOT(0xe000, 0x6000, 0),
	/* 100. .... .... ....  ldrh, strh, and by sp */
		SLOT(0xe000, 0x8000, 0),
	/* 1010 0... .... ....  adr Rd */
		SIMULATE(0xf800, 0xa000, 0, THUMB_ADR),
	/* 1010 1... .... ....  add Rd, sp, # */
		SLOT(0xf800, 0xa800, 0),
	/* 1011 0000 .... ....  add, sub sp, # */
		SLOT(0xff00, 0xb000, 0),
	/* 1011 .0.1 .... ....  cbz, cbnz */
		SIMULATE(0xf500, 0xb100, 0, THUMB_CBZ),
	/* 1011 0010 .... ....  sxth, sxtb, uxth, uxtb */
		SLOT(0xff00, 0xb200, 0),
	/* 1011 0100 0000 0000  push {} */
		REJECT(0xffff, 0xb400, 0, TL_EUNDEF),
	/* 1011 010. .... ....  push */
		SLOT(0xfe00, 0xb400, 0),
	/* 1011 0110 0111 00.1  cpsid f, cpsid if */
		SLOT_AS(0xfffd, 0xb671, 0, THUMB_LAST),
	/* 1011 0110 011. 00..  cps */
		SLOT(0xffec, 0xb660, 0),
	/* 1011 1010 0... ....  rev, rev16 */
		SLOT(0xff80, 0xba00, 0),
	/* 1011 1010 11.. ....  revsh */
		SLOT(0xffc0, 0xbac0, 0),
	/* 1011 1100 0000 0000  pop {} */
		REJECT(0xffff, 0xbc00, 0, TL_EUNDEF),
	/* 1011 1100 .... ....  pop */
		SLOT(0xff00, 0xbc00, 0),
	/* 1011 1101 .... ....  pop {..., pc} */
		RETURNS(0xff00, 0xbd00, 0, THUMB_POP),
	/* 1011 1110 .... ....  bkpt */
		REJECT(0xff00, 0xbe00, 0, TL_EBRK),
	/* 1011 1111 .... 0000  nop, yield, wfe, wfi, sev, hints */
		SLOT(0xff0f, 0xbf00, 0),
	/* 1011 1111 1111 ....  it nv */
		REJECT(0xfff0, 0xbff0, 0, TL_EUNDEF),
	/* 1011 1111 .... ....  it */
		SIMULATE(0xff00, 0xbf00, 0, THUMB_IT),
	/* 1100 .... 0000 0000  ldm, stm {} */
		REJECT(0xf0ff, 0xc000, 0, TL_EUNDEF),
	/* 1100 .... .... ....  ldm, stm */
		SLOT(0xf000, 0xc000, 0),
	/* 1101 1110 .... ....  udf */
		REJECT(0xff00, 0xde00, 0, TL_EUNDEF),
	/* 1101 1111 .... ....  svc */
		SLOT_AS(0xff00, 0xdf00, 0, THUMB_SVC),
	/* 1101 .... .... ....  b<c> */
		SIMULATE(0xf000, 0xd000, 0, THUMB_BCC),
	/* 1110 0... .... ....  b */
		SIMULATE(0xf800, 0xe000, END, THUMB_B),
	UNDEFINED,
};
#undef BITS

/* clang-format on */

static uint32_t halfword(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

unsigned thumb_insn_len(const uint8_t *bytes, unsigned n)
{
	if (n < 2)
		return 0;
	return halfword(bytes) >= 0xe800 ? 4 : 2;
}

static bool sane(uint32_t bits, uint32_t check)
{
	static const uint8_t shift[] = {16, 12, 8, 0};

	for (unsigned i = 0; i < sizeof shift; i++)
		if ((check >> i & 1) && (bits >> shift[i] & 15) == 15)
			return false;
	if (check & LIST) {
		uint32_t list = bits & 0xffff;
		bool writeback = bits >> 21 & 1;
		return (list & (list - 1)) != 0 && !(writeback && (list >> (bits >> 16 & 15) & 1));
	}
	return true;
}

int thumb_lookup(const struct tl_tables *tables, const uint8_t *bytes, unsigned n,
                 struct tl_insn *insn)
{
	struct tl_what what;

	insn->len = (uint8_t)thumb_insn_len(bytes, n);
	if (insn->len == 0 || insn->len > n)
		return -1;
	insn->bits = halfword(bytes);
	if (insn->len == 2) {
		what = tl_find_narrow(tables, insn->bits);
	} else {
		uint32_t low = halfword(bytes + 2);

		what = tl_find_wide(tables, insn->bits, low);
		insn->bits = insn->bits << 16 | low;
		if (!sane(insn->bits, what.check))
			what = (struct tl_what){0, TL_REJECTED | TL_EUNDEF};
	}
	tl_decide(insn, what, what.op <= THUMB_VLDR || what.check & LEAVE, FLAGS);
	return what.check;
}

/* A7.7.38 */
unsigned thumb_it_lanes(uint32_t bits)
{
	unsigned lanes = 4;

	if (bits >> 8 != 0xbf || !(bits & 15))
		return 0;
	for (; !(bits & 1); bits >>= 1)
		lanes--;
	return lanes;
}

/*
 * May an IT before the instruction cover it? A halfword that looks like one may be the second half
 * of something else; but if it is one, then instructions follow it one by one, and one of its block
 * starts here or it does not cover us.
 */
static bool predicated(const struct tl_isa *isa, const struct tl_text *text)
{
	for (unsigned back = 2; back <= isa->text_before && back <= text->before; back += 2) {
		unsigned lanes = thumb_it_lanes(halfword(text->bytes - back));

		for (unsigned at = back - 2; lanes; lanes--) {
			if (at == 0)
				return true;
			unsigned len = thumb_insn_len(text->bytes - at, at);
			if (len > at)
				break;
			at -= len;
		}
	}
	return false;
}

/* Does a store-exclusive follow before anything that would start or end its window? A3.4.4 */
static bool in_exclusive(const struct tl_tables *tables, const struct tl_text *text,
                         bool is_predicated)
{
	unsigned lanes = is_predicated ? 4 : 0; /* in them, branches and returns may fall through */
	struct tl_insn insn;

	for (unsigned n = 0, at = 0; n < THUMB_EXCL_INSNS; n++, at += insn.len) {
		int check = thumb_lookup(tables, text->bytes + at, text->after - at, &insn);
		if (check < 0)
			return false;
		bool rejected = insn.verdict == TL_REJECT;
		if (rejected && insn.op == TL_EEXCL && !(check & END))
			return true;
		if (lanes)
			lanes--;
		else if (check & END || (rejected && insn.op == TL_EUNDEF))
			return false;
		if (insn.len == 2 && thumb_it_lanes(insn.bits))
			lanes = thumb_it_lanes(insn.bits);
	}
	return false;
}

int thumb_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	const struct tl_tables *tables = isa->variant;

	if (thumb_lookup(tables, text->bytes, text->after, insn) < 0) {
		insn->bits = 0;
		return tl_reject(insn, insn->len ? TL_EALIGN : TL_EFAULT);
	}
	if (insn->verdict == TL_REJECT)
		return tl_reject(insn, (enum tl_error)insn->op);
	if (predicated(isa, text))
		insn->flags |= TL_INSN_PREDICATED;
	if (in_exclusive(tables, text, insn->flags & TL_INSN_PREDICATED))
		return tl_reject(insn, TL_EEXCL);
	if (insn->op == THUMB_SVC)
		insn->flags |= TL_INSN_CALLS;
	if (insn->op == THUMB_LAST) {
		if (insn->flags & TL_INSN_PREDICATED)
			return tl_reject(insn, insn->flags & TL_INSN_LEAVES ? TL_EINSN : TL_EMASK);
		insn->flags |= TL_INSN_NO_TRAP;
	}
	return 0;
}
