/* SPDX-License-Identifier: MIT */
/*
 * Slots for what reads or writes the PC: other instructions that do the same from anywhere, change
 * nothing else, and go on by themselves. Two words behind them say where: `next` is (addr + 2 or 4)
 * | 1, and `other` the target, the value or the literal's address.
 *
 *   b<c>, cbz                     bl                           ldr*, ldrd Rt, [pc, #]
 *   0  b<c>  6                    0  ldr.w lr, [next]          0  ldr.w Rt, [other]
 *   2  ldr.w pc, [next]           4  ldr.w pc, [other]         4  ldr*  Rt, [Rt]
 *   6  ldr.w pc, [other]                                       .  ldr.w pc, [next]
 *                                 blx  Rm
 *   b                             0  ldr.w lr, [next]          adr, mov Rd, pc
 *   0  ldr.w pc, [other]          4  bx    Rm                  0  ldr.w Rd, [other]
 *                                                              4  ldr.w pc, [next]
 *
 * In an IT block nothing but its last instruction may write the PC. So what falls through has no
 * slot if it may be in one. Branches are the last, and behind the slot's first instruction the
 * block is over.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A7.3.3 (IT), A7.7 (encodings).
 */
#include "error.h"
#include "rows.h"
#include "thumb.h"

#if TL_DECODE

enum { SP = 13, LR = 14, PC = 15, OVER = 6 };

/* ldr.w Rt, [word]: 4 bytes at `at`. */
static void load(uint8_t *slot, unsigned at, uint32_t t, unsigned word)
{
	thumb_put(thumb_put(slot + at, 0xf8df), t << 12 | (word - ((at + 4) & ~3u)));
}

/* B<c> or CBZ, of 2 bytes, to OVER. */
static uint32_t over(const struct tl_insn *insn)
{
	if (insn->op == THUMB_CBZ)
		return (insn->bits & 0xf907) | (OVER - 4) / 2 << 3;
	return 0xd000 | (insn->len == 4 ? insn->bits >> 22 & 15 : insn->bits >> 8 & 15) << 8 |
	       (OVER - 4) / 2;
}

static int jump(const struct tl_insn *insn, uint32_t addr, uint8_t *slot)
{
	switch (insn->op) {
	case THUMB_BCC:
	case THUMB_BCCW:
	case THUMB_CBZ:
		thumb_put(slot, over(insn));
		load(slot, 2, PC, THUMB_NEXT);
		load(slot, OVER, PC, THUMB_OTHER);
		break;
	case THUMB_B:
	case THUMB_BW:
		load(slot, 0, PC, THUMB_OTHER);
		break;
	case THUMB_BLX:
		if ((insn->bits >> 3 & 15) == LR)
			return -TL_EINSN;
		load(slot, 0, LR, THUMB_NEXT);
		thumb_put(slot + 4, insn->bits & ~0x80u);
		return 0;
	case THUMB_BL:
		load(slot, 0, LR, THUMB_NEXT);
		load(slot, 4, PC, THUMB_OTHER);
		break;
	default:
		return -TL_EINSN;
	}
	thumb_put_word(slot + THUMB_OTHER, (addr + (uint32_t)thumb_branch(insn)) | 1);
	return 0;
}

/* The load by register Rt, in which its address is; 0: none. */
static uint32_t load_of(const struct tl_insn *insn, uint32_t t)
{
	switch (insn->op) {
	case THUMB_LDRLIT:
		return 0x6800 | t << 3 | t;
	case THUMB_LDRWL:
		return (insn->bits & 0xff700000) | 0x00800000 | t << 16 | t << 12;
	case THUMB_LDRDL:
		return (insn->bits & 0xff00) | 0xe9d00000 | t << 16;
	}
	return 0;
}

/* What falls through. SP is never loaded in two steps: between them an interrupt would use it. */
static int straight(const struct tl_insn *insn, uint32_t addr, tl_read_fn *read, uint8_t *slot)
{
	uint32_t t = thumb_relative_to(insn), other = thumb_relative(insn, addr),
	         by = load_of(insn, t);
	uint8_t literal[8], *at = slot + 4;

	if (t == SP || t == PC || insn->flags & TL_INSN_PREDICATED)
		return -TL_EINSN;
	if (by && read(other, literal, insn->op == THUMB_LDRDL ? 8 : 1))
		return -TL_EINSN; /* it faults, and shall look as it does in place */
	load(slot, 0, t, THUMB_OTHER);
	if (by)
		at = thumb_put(insn->len == 4 ? thumb_put(at, by >> 16) : at, by);
	load(slot, (unsigned)(at - slot), PC, THUMB_NEXT);
	thumb_put_word(slot + THUMB_OTHER, other);
	return 0;
}

int thumb_rewrite(const struct tl_insn *insn, uint32_t addr, tl_read_fn *read, uint8_t *slot)
{
	thumb_put_word(slot + THUMB_NEXT, (addr + insn->len) | 1);
	switch (insn->op) {
	case THUMB_LDRLIT:
	case THUMB_LDRWL:
	case THUMB_LDRDL:
	case THUMB_ADR:
	case THUMB_ADRW:
	case THUMB_MOVHI:
		return straight(insn, addr, read, slot);
	}
	return jump(insn, addr, slot);
}

#endif
