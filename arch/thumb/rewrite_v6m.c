/* SPDX-License-Identifier: MIT */
/*
 * Armv6-M: slots for what reads or writes the PC, as in rewrite.c. No instruction loads the PC from
 * anywhere but the stack, of which 8 bytes are borrowed; none loads LR.
 *
 *   b<c>                      bl                        b
 *   0  push {r0, r1}          0  push {r0, r1}          0  push {r0, r1}
 *   2  ldr  r0, [other]       2  ldr  r0, [next]        2  ldr  r0, [other]
 *   4  b<c> 8                 4  mov  lr, r0            4  str  r0, [sp, #4]
 *   6  ldr  r0, [next]        6  ldr  r0, [other]       6  pop  {r0, pc}
 *   8  str  r0, [sp, #4]      8  str  r0, [sp, #4]
 *  10  pop  {r0, pc}         10  pop  {r0, pc}
 *
 *   blx  Rm                   ldr  Rt, [pc, #]          adr, mov Rd, pc
 *   0  push {r0}              0  ldr  Rt, [other]       0  ldr  Rd, [other]
 *   2  ldr  r0, [next]        2  ldr  Rt, [Rt]          2  as b, to next
 *   4  mov  lr, r0            4  as b, to next
 *   6  pop  {r0}
 *   8  bx   Rm
 *
 * Follows the Armv6-M Architecture Reference Manual, DDI 0419E: A6.7 (encodings).
 */
#include "error.h"
#include "rows.h"
#include "thumb.h"

#if TL_DECODE

enum {
	LR = 14,
	PUSH_R0 = 0xb401,
	PUSH_R0_R1 = 0xb403,
	POP_R0 = 0xbc01,
	POP_R0_PC = 0xbd01,
	STR_R0_SP_4 = 0x9001,
	MOV_LR_R0 = 0x4686
};

/* ldr Rt, [word]: 2 bytes at `at`. */
static void load(uint8_t *slot, unsigned at, uint32_t t, unsigned word)
{
	thumb_put(slot + at, 0x4800 | t << 8 | (word - ((at + 4) & ~3u)) / 4);
}

/* To the word, from `at`. */
static void jump(uint8_t *slot, unsigned at, unsigned word)
{
	thumb_put(slot + at, PUSH_R0_R1);
	load(slot, at + 2, 0, word);
	thumb_put(thumb_put(slot + at + 4, STR_R0_SP_4), POP_R0_PC);
}

/* To `other`, with the instruction and a load of `next` before that or behind it. */
static void jump_with(uint8_t *slot, uint32_t insn, bool before)
{
	jump(slot, 4, THUMB_NEXT);
	thumb_put(slot, PUSH_R0_R1);
	load(slot, 2, 0, before ? THUMB_NEXT : THUMB_OTHER);
	thumb_put(slot + 4, insn);
	load(slot, 6, 0, before ? THUMB_OTHER : THUMB_NEXT);
}

static int call(uint8_t *slot, uint32_t bits)
{
	if ((bits >> 3 & 15) == LR)
		return -TL_EINSN;
	thumb_put(slot, PUSH_R0);
	load(slot, 2, 0, THUMB_NEXT);
	thumb_put(thumb_put(thumb_put(slot + 4, MOV_LR_R0), POP_R0), bits & ~0x80u);
	return 0;
}

static int straight(const struct tl_insn *insn, uint32_t addr, tl_read_fn *read, uint8_t *slot)
{
	bool loads = insn->op == THUMB_LDRLIT;
	uint32_t t = thumb_relative_to(insn), other = thumb_relative(insn, addr);
	uint8_t literal[4];

	if (t >= 8 || (loads && read(other, literal, sizeof literal)))
		return -TL_EINSN;
	load(slot, 0, t, THUMB_OTHER);
	if (loads)
		thumb_put(slot + 2, 0x6800 | t << 3 | t);
	jump(slot, loads ? 4 : 2, THUMB_NEXT);
	thumb_put_word(slot + THUMB_OTHER, other);
	return 0;
}

int thumb_rewrite_v6m(const struct tl_insn *insn, uint32_t addr, tl_read_fn *read, uint8_t *slot)
{
	uint32_t bits = insn->bits;

	thumb_put_word(slot + THUMB_NEXT, (addr + insn->len) | 1);
	thumb_put_word(slot + THUMB_OTHER, (addr + (uint32_t)thumb_branch(insn)) | 1);
	switch (insn->op) {
	case THUMB_BCC:
		jump_with(slot, bits & 0xff00, false);
		return 0;
	case THUMB_BL:
		jump_with(slot, MOV_LR_R0, true);
		return 0;
	case THUMB_B:
		jump(slot, 0, THUMB_OTHER);
		return 0;
	case THUMB_BLX:
		return call(slot, bits);
	case THUMB_LDRLIT:
	case THUMB_ADR:
	case THUMB_MOVHI:
		return straight(insn, addr, read, slot);
	}
	return -TL_EINSN;
}

#endif
