/* SPDX-License-Identifier: MIT */
/*
 * Slots for what reads or writes the PC: other instructions that do the same from there, change
 * nothing else, and go on by themselves.
 *
 *   b.<c>, cb<c>, tb<c>   bl               blr xN            adr, adrp xD     ldr xD, literal
 *   0  b.<c> 1f           0  adrp x30, …   0  adrp x30, …    0  adrp xD, …    0  adrp xD, …
 *   4  b     next         4  add x30, …    4  add  x30, …    4  add  xD, …    4  add  xD, …
 *   8  1: b  target       8  b   target    8  br   xN        8  b    next     8  ldr  xD, [xD]
 *                                                                             12 b    next
 *
 * There are none where B (slot.c) or ADRP does not reach, 128 MiB and 4 GiB, nor for what needs a
 * register that it writes.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C6.2.
 */
#include "a64.h"
#include "error.h"
#include "isa.h"

enum { ADRP = 0x90000000u, ADD = 0x91000000, BR = 0xd61f0000, LDR_X = 0xf9400000, ZR = 31 };
enum { LDR_W = 0xb9400000u, LDRSW = 0xb9800000u };

/* Puts `value` into register `d`, by two instructions. Not into one that is none. */
static bool load(unsigned d, uintptr_t at, uintptr_t value, uint8_t *out)
{
	intptr_t pages = (intptr_t)((value & ~(uintptr_t)0xfff) - (at & ~(uintptr_t)0xfff)) >> 12;
	uint32_t low = (uint32_t)pages;

	if (d == ZR || pages < -(1 << 20) || pages >= 1 << 20)
		return false;
	a64_put(out, ADRP | (low & 3) << 29 | (low >> 2 & 0x7ffff) << 5 | d);
	a64_put(out + 4, ADD | (uint32_t)(value & 0xfff) << 10 | d << 5 | d);
	return true;
}

/* A branch over the jump behind it, if it is taken: 8 bytes on. */
static bool branch(const struct tl_insn *insn, uintptr_t addr, uintptr_t target, uintptr_t slot,
                   uint8_t *out)
{
	uint32_t field = insn->op == A64_TB ? 0x3fff << 5 : 0x7ffff << 5;

	a64_put(out, (insn->bits & ~field) | 2 << 5);
	return a64_branch(slot + 4, addr + 4, out + 4) && a64_branch(slot + 8, target, out + 8);
}

static bool literal(const struct tl_insn *insn, uintptr_t addr, uintptr_t target, uintptr_t slot,
                    uint8_t *out)
{
	unsigned d = insn->bits & 31;
	uint32_t how = insn->bits >> 31 ? LDRSW : insn->bits >> 30 ? LDR_X : LDR_W;

	a64_put(out + 8, how | d << 5 | d);
	return load(d, slot, target, out) && a64_branch(slot + 12, addr + 4, out + 12);
}

static bool rewrite(const struct tl_insn *insn, uintptr_t addr, uintptr_t slot, uint8_t *out)
{
	uintptr_t target = addr + (uintptr_t)(intptr_t)a64_offset(insn), next = addr + insn->len;
	unsigned n = insn->bits >> 5 & 31, d = insn->bits & 31;

	switch (insn->op) {
	case A64_ADR:
		return load(d, slot, target, out) && a64_branch(slot + 8, next, out + 8);
	case A64_ADRP:
		target = (addr & ~(uintptr_t)0xfff) + ((uintptr_t)(intptr_t)a64_offset(insn) << 12);
		return load(d, slot, target, out) && a64_branch(slot + 8, next, out + 8);
	case A64_LITERAL:
		return literal(insn, addr, target, slot, out);
	case A64_B:
		return a64_branch(slot, target, out);
	case A64_BL:
		return load(A64_LR, slot, next, out) && a64_branch(slot + 8, target, out + 8);
	case A64_BLR:
		a64_put(out + 8, BR | n << 5);
		return n != A64_LR && load(A64_LR, slot, next, out);
	default: /* branches */
		return branch(insn, addr, target, slot, out);
	}
}

int a64_rewrite(const struct tl_insn *insn, uintptr_t addr, uintptr_t slot, uint8_t *out)
{
	return rewrite(insn, addr, slot, out) ? 0 : -TL_EINSN;
}

uint32_t a64_literal_at(const struct tl_insn *insn, uintptr_t addr, uintptr_t slot)
{
	enum { REACH = 1 << 20, FIELD = 0x7ffff << 5 };
	uintptr_t offset = addr + (uintptr_t)(intptr_t)a64_offset(insn) - slot;

	if (offset + REACH >= 2 * REACH)
		return 0;
	return (insn->bits & ~(uint32_t)FIELD) | ((uint32_t)offset << 3 & FIELD);
}
