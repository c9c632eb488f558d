/* SPDX-License-Identifier: MIT */
/*
 * Slots: the displaced instruction, then a jump back or a breakpoint.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A7.7.43 (LDR literal). `ldr.w pc, [pc, #]` is the one jump that
 * reaches all of memory and changes no register:
 *
 *   0  insn, 2 bytes              0  insn, 4 bytes
 *   2  ldr.w pc, [pc, #4]         4  ldr.w pc, [pc, #0]
 *   8  .word (addr + 2) | 1       8  .word (addr + 4) | 1
 */
#include <stddef.h>

#include "isa.h"
#include "thumb.h"

enum {
	LITERAL = 8 /* offset of the address that the jump back loads; slots are word-aligned */
};

static uint8_t *put(uint8_t *out, uint32_t halfword)
{
	out[0] = (uint8_t)halfword;
	out[1] = (uint8_t)(halfword >> 8);
	return out + 2;
}

unsigned thumb_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr, uintptr_t slot, bool boosted,
                          uint8_t *out)
{
	uint8_t *p = out;

	(void)slot;
	for (unsigned at = 0; at < isa->slot_size; at += 2)
		put(out + at, THUMB_BRK_SLOT);
	if (insn->len == 4)
		p = put(p, insn->bits >> 16);
	p = put(p, insn->bits);
	if (!boosted)
		return insn->len;

	if (!(insn->flags & TL_INSN_LEAVES)) {
		uint32_t back = (uint32_t)(addr + insn->len) | 1;
		uint32_t base = (insn->len + 4u) & ~3u; /* the PC as the jump reads it, from the slot's start */

		p = put(p, 0xf8df);
		put(p, 0xf000 | (LITERAL - base));
		p = put(out + LITERAL, back);
		put(p, back >> 16);
	}
	return 0;
}
