/* SPDX-License-Identifier: MIT */
/*
 * Slots: the displaced instruction, then a jump back or a breakpoint.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A7.7.43 (LDR literal), A7.7.236 (VLDR). `ldr.w pc, [pc, #]` is
 * the one jump that reaches all of memory and changes no register. Armv6-M has none such, and borrows 8 bytes of stack:
 *
 *   0  insn, 2 bytes              0  insn, 4 bytes              0  insn, 2 or 4 bytes
 *   2  ldr.w pc, [pc, #4]         4  ldr.w pc, [pc, #0]         .  push {r0, r1}
 *   8  .word (addr + 2) | 1       8  .word (addr + 4) | 1       .  ldr  r0, [pc, #4]
 *                                                               .  str  r0, [sp, #4]
 *                                                               .  pop  {r0, pc}
 *                                                              12  .word (addr + 2 or 4) | 1
 *
 * An unboosted slot has its breakpoint over the first halfword of the jump, and the rest of it still there: a slot may change
 * from one to the other while a context is suspended within the jump.
 *
 * VLDR (literal) takes its literal along. A double leaves no room for a jump back: it always ends in a breakpoint.
 *
 *   0  vldr  Sd, [pc, #8]         0  vldr  Dd, [pc, #4]
 *   4  ldr.w pc, [pc, #0]         4  bkpt
 *   8  .word (addr + 4) | 1       8  .word literal, literal + 4
 *  12  .word literal
 */
#include <stddef.h>

#include "isa.h"
#include "rows.h"
#include "thumb.h"

enum {
	BACK = 8,      /* offset of the address that the jump back loads; slots are word-aligned */
	BACK_V6M = 12, /* on Armv6-M */
	SINGLE = 12,   /* offset of a literal */
	DOUBLE = 8
};

static uint8_t *put(uint8_t *out, uint32_t halfword)
{
	out[0] = (uint8_t)halfword;
	out[1] = (uint8_t)(halfword >> 8);
	return out + 2;
}

static void put_word(uint8_t *out, uint32_t word)
{
	put(put(out, word), word >> 16);
}

/* Brings the literal of VLDR into the slot, and its address into the instruction's bits. */
static int move_literal(uint32_t *bits, uintptr_t addr, tl_read_fn *read, uint8_t *out)
{
	unsigned at = *bits & THUMB_VLDR_DOUBLE ? DOUBLE : SINGLE;
	uint32_t offset = (*bits & 0xff) << 2, pc = ((uint32_t)addr + 4) & ~3u;

	int error = read(*bits >> 23 & 1 ? pc + offset : pc - offset, out + at, THUMB_SLOT_SIZE - at);
	*bits = (*bits & ~0xffu) | 1u << 23 | (at - 4) >> 2;
	return error;
}

static void jump_back(const struct thumb_variant *variant, unsigned len, uint32_t to, uint8_t *out)
{
	if (variant->ldr_pc) {
		uint32_t base = (len + 4) & ~3u; /* the PC as the jump reads it, from the slot's start */

		put(put(out + len, 0xf8df), 0xf000 | (BACK - base));
		put_word(out + BACK, to | 1);
	} else {
		put(put(put(put(out + len, 0xb403), 0x4801), 0x9001), 0xbd01);
		put_word(out + BACK_V6M, to | 1);
	}
}

int thumb_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr, uintptr_t slot, bool boosted,
                     tl_read_fn *read, uint8_t *out)
{
	uint32_t bits = insn->bits;
	int error = 0;

	(void)slot;
	for (unsigned at = 0; at < isa->slot_size; at += 2)
		put(out + at, THUMB_BRK_SLOT);
	if (insn->op == THUMB_VLDR)
		error = move_literal(&bits, addr, read, out);
	if (error)
		return error;
	put(insn->len == 4 ? put(out, bits >> 16) : out, bits);
	if (!(insn->flags & (TL_INSN_LEAVES | TL_INSN_UNBOOSTED)))
		jump_back(isa->variant, insn->len, (uint32_t)(addr + insn->len), out);
	if (boosted && !(insn->flags & TL_INSN_UNBOOSTED))
		return 0;
	put(out + insn->len, THUMB_BRK_SLOT);
	return insn->len;
}
