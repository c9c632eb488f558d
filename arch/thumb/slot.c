/* SPDX-License-Identifier: MIT */
/*
 * Slots: the displaced instruction, then a jump back or a breakpoint.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A7.7.43 (LDR literal). `ldr.w pc,
 * [pc, #]` is the one jump that reaches all of memory and changes no register. Armv6-M has none
 * such, and borrows 8 bytes of stack:
 *
 *   0  insn, 2 bytes              0  insn, 4 bytes              0  insn, 2 or 4 bytes
 *   2  ldr.w pc, [pc, #4]         4  ldr.w pc, [pc, #0]         .  push {r0, r1}
 *   8  .word (addr + 2) | 1       8  .word (addr + 4) | 1       .  ldr  r0, [pc, #4]
 *                                                               .  str  r0, [sp, #4]
 *                                                               .  pop  {r0, pc}
 *                                                              12  .word (addr + 2 or 4) | 1
 *
 * An SVC is in its slot only to fault: where it can be taken it is taken at its address. The fault
 * has its PC behind it, where a NOP is, and never a breakpoint, which it would look like.
 *
 * What reads or writes the PC stands there rewritten, if that can be: rewrite.c, rewrite_v6m.c.
 *
 * An unboosted slot has its breakpoint over the first halfword of the jump, and the rest of it
 * still there: a slot may change from one to the other while a context is suspended within the
 * jump.
 */
#include <stddef.h>

#include "error.h"
#include "isa.h"
#include "rows.h"
#include "thumb.h"

enum { NOP = 0xbf00, BKPT = 0xbe00, SEMIHOSTING = 0xab };

uint8_t *thumb_put(uint8_t *out, uint32_t halfword)
{
	out[0] = (uint8_t)halfword;
	out[1] = (uint8_t)(halfword >> 8);
	return out + 2;
}

/* B.W, encoding T4 (A7.7.12): 16 MiB either way. */
bool thumb_jump(uintptr_t from, uintptr_t to, uint8_t *out)
{
	enum { REACH = 1 << 24 };
	uint32_t offset = (uint32_t)(to - from - 4), s = offset >> 24 & 1;
	uint32_t j1 = (offset >> 23 ^ s ^ 1) & 1, j2 = (offset >> 22 ^ s ^ 1) & 1;

	if (to - from - 4 + REACH >= 2 * (uintptr_t)REACH)
		return false;
	thumb_put(thumb_put(out, 0xf000 | s << 10 | (offset >> 12 & 0x3ff)),
	          0x9000 | j1 << 13 | j2 << 11 | (offset >> 1 & 0x7ff));
	return true;
}

/* SVC's handler reads its number from the text: the breakpoint has it, too, unless debuggers take
 * that for a call to them. */
unsigned thumb_breakpoint(const struct tl_insn *insn, uint8_t *out)
{
	uint32_t number = insn->bits & 0xff;

	thumb_put(out,
	          insn->op == THUMB_SVC && number != SEMIHOSTING ? BKPT | number : THUMB_BRK_POINT);
	return 2;
}

static bool wants_nop(const struct tl_insn *insn)
{
	return insn->op == THUMB_SVC;
}

int thumb_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                     uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	const struct thumb_variant *variant = isa->variant;
	uint32_t bits = insn->bits, back = (uint32_t)(addr + insn->len) | 1;
	uint8_t *start = out;
	int error = 0;

	(void)slot;
	for (unsigned at = 0; at < THUMB_SLOT_SIZE; at += 2)
		thumb_put(out + at, THUMB_BRK_SLOT);
	if (insn->verdict == TL_SIMULATE)
		return variant->rewrite(insn, (uint32_t)addr, read, out);
	if (insn->op == THUMB_VLDR)
		error = variant->take_literal(&bits, (uint32_t)addr, read, out);
	if (error)
		return error;
	out = thumb_put(insn->len == 4 ? thumb_put(out, bits >> 16) : out, bits);
	if (wants_nop(insn))
		out = thumb_put(out, NOP);
	if (!(insn->flags & TL_INSN_LEAVES)) {
		const uint16_t *jump = variant->jump[out - start == 4];
		uint8_t *at = out;

		for (unsigned i = 0; i < THUMB_JUMP && jump[i]; i++)
			at = thumb_put(at, jump[i]);
		thumb_put(thumb_put(start + variant->back, back), back >> 16);
	}
	if (boosted || insn->op == THUMB_SVC)
		return 0;
	if (insn->flags & TL_INSN_NO_TRAP)
		return -TL_EMASK;
	thumb_put(out, THUMB_BRK_SLOT);
	return (int)(out - start);
}
