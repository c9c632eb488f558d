/* SPDX-License-Identifier: MIT */
/*
 * Slots: the displaced instruction, then a jump back or a breakpoint.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487, C6.2: B changes no
 * register and reaches 128 MiB. Where text and slots are farther apart, every slot ends in a
 * breakpoint.
 *
 *   0  insn
 *   4  b addr + 4, if it reaches; brk if it is to trap
 *   8  brk …
 *
 * What reads or writes the PC stands there rewritten, if that can be: rewrite.c. Loads of literals
 * into FP registers are where they are, with another offset. No slot reads its own memory, so that
 * it may be mapped for execution alone.
 */
#include "a64.h"
#include "error.h"
#include "isa.h"

enum { B = 0x14000000, B_REACH = 1 << 27 };

void a64_put(uint8_t *out, uint32_t bits)
{
	for (unsigned i = 0; i < 4; i++, bits >>= 8)
		out[i] = (uint8_t)bits;
}

unsigned a64_breakpoint(const struct tl_insn *insn, uint8_t *out)
{
	a64_put(out, A64_BRK(A64_BRK_OF_POINT));
	return insn->len;
}

bool a64_branch(uintptr_t from, uintptr_t to, uint8_t *out)
{
	if (to - from + B_REACH >= 2 * (uintptr_t)B_REACH)
		return false;
	a64_put(out, B | ((uint32_t)(to - from) >> 2 & 0x03ffffff));
	return true;
}

/* The instruction as it stands in the slot; 0: it cannot. */
static uint32_t displaced(const struct tl_insn *insn, uintptr_t addr, uintptr_t slot)
{
	enum { NOP = 0xd503201f };
	uint32_t bits;

	if (insn->op != A64_FP_LITERAL && insn->op != A64_PRFM_LITERAL)
		return insn->bits;
	bits = a64_literal_at(insn, addr, slot);
	return bits || insn->op == A64_FP_LITERAL ? bits : NOP;
}

int a64_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                   uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	uint32_t bits;
	bool reaches;

	(void)isa, (void)read;
	for (unsigned at = 0; at < A64_SLOT_SIZE; at += 4)
		a64_put(out + at, A64_BRK(A64_BRK_OF_SLOT));
	if (insn->verdict == TL_SIMULATE)
		return a64_rewrite(insn, addr, slot, out);
	bits = displaced(insn, addr, slot);
	if (!bits)
		return -TL_EINSN;
	a64_put(out, bits);
	reaches = !(insn->flags & TL_INSN_LEAVES) && boosted &&
	          a64_branch(slot + 4, addr + 4, out + 4);
	if (boosted && (reaches || insn->flags & TL_INSN_LEAVES))
		return 0;
	return insn->flags & TL_INSN_NO_TRAP ? -TL_EMASK : insn->len;
}
