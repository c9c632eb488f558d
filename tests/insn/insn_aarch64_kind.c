/* SPDX-License-Identifier: MIT */
/*
 * What kind of instruction a case has, and whether it can be proved by running it: see
 * insn_aarch64.h.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C4.1 (encoding index),
 * C6.2 (instructions).
 *
 * What cannot:
 *   SP as a destination where what it gets is no stack: traps need one. Stores that take it to an
 *   address that is no word's: of that word a part is below it, which is anybody's.
 *   Loads from below SP: what is there is anybody's, and a trap writes it.
 *   Branches to the case itself, which would not end, and to where there is no landing.
 *   BC.<c> where the core has not got it: it is simulated as B.<c>, and does not fault.
 *   Literals where no landings are, or of the case itself, which is read with its breakpoint; and
 *   those of EL0, which may not read text: at that fault the slot has the register written.
 *   VBAR_EL1 made something that is no vector table.
 *   PAN set: what EL0 may use the agent may not then, and of this board that is its memory.
 *   System registers that count, map memory, or trap.
 */
#include "aarch64/a64.h"
#include "insn_aarch64.h"

bool case_is(const struct insn_case *c, uint32_t mask, uint32_t match)
{
	return (c->bits & mask) == match;
}

static int32_t signed_field(uint32_t bits, unsigned low, unsigned width)
{
	return (int32_t)(bits << (32 - low - width)) >> (32 - width);
}

/* ---- system registers ---- */

bool case_is_system(const struct insn_case *c)
{
	return case_is(c, 0xffd00000, 0xd5100000);
}

bool case_reads_system(const struct insn_case *c)
{
	return case_is(c, 0xfff00000, 0xd5300000);
}

unsigned case_system(const struct insn_case *c)
{
	return 1 << 15 | field(c->bits, 5, 15);
}

bool case_is_wfi(const struct insn_case *c)
{
	return c->bits == 0xd503207f;
}

/* ---- memory ---- */

static bool is_literal(const struct insn_case *c)
{
	return case_is(c, 0x3b000000, 0x18000000);
}

static bool uses_memory(const struct insn_case *c)
{
	return case_is(c, 0x0a000000, 0x08000000) && !is_literal(c);
}

/* DC, IC, AT, TLBI: an address, or nothing. */
static bool is_sys(const struct insn_case *c)
{
	return case_is(c, 0xfff80000, 0xd5080000);
}

unsigned case_base(const struct insn_case *c)
{
	if (is_sys(c) && field(c->bits, 0, 5) != 31)
		return field(c->bits, 0, 5);
	return uses_memory(c) ? field(c->bits, 5, 5) : NO_REG;
}

static bool is_scaled(const struct insn_case *c)
{
	return case_is(c, 0x3b000000, 0x39000000);
}

uint32_t case_scaled(const struct insn_case *c)
{
	bool is_q = case_is(c, 0xc4800000, 0x04800000);

	return is_scaled(c) ? field(c->bits, 10, 12) << (is_q ? 4 : c->bits >> 30) : 0;
}

unsigned case_index(const struct insn_case *c)
{
	bool is = case_is(c, 0x3b200c00, 0x38200800) || /* str, ldr, register offset */
	          case_is(c, 0x3fe00000, 0x0b200000) || /* add, sub, extended */
	          case_is(c, 0xbe800000, 0x0c800000);   /* ld1 and the like, post-indexed */

	return is && field(c->bits, 16, 5) != 31 ? field(c->bits, 16, 5) : NO_REG;
}

/* Pairs; single ones, and tags, by imm9. */
static bool is_pair(const struct insn_case *c)
{
	return case_is(c, 0x3a000000, 0x28000000);
}

static bool is_unscaled(const struct insn_case *c)
{
	return case_is(c, 0x3b200000, 0x38000000) || case_is(c, 0x3f200c00, 0x19000000) ||
	       case_is(c, 0xff200000, 0xd9200000);
}

static bool is_signed_load(const struct insn_case *c)
{
	return case_is(c, 0xff200400, 0xf8200400); /* ldraa, ldrab */
}

static bool is_below(const struct insn_case *c)
{
	if (is_pair(c))
		return signed_field(c->bits, 15, 7) < 0 && field(c->bits, 23, 2) != 1;
	if (is_unscaled(c))
		return signed_field(c->bits, 12, 9) < 0 && field(c->bits, 10, 2) != 1;
	return is_signed_load(c) && c->bits >> 22 & 1;
}

/* Of pairs and single ones, bit 22; of LDRSW and the like bit 23 without it. */
static bool loads(const struct insn_case *c)
{
	if (is_pair(c))
		return c->bits >> 22 & 1;
	if (case_is(c, 0x04000000, 0x04000000)) /* FP */
		return c->bits >> 22 & 1;
	return c->bits >> 22 & 3 || is_signed_load(c) || case_is(c, 0xff000000, 0xd9000000);
}

static bool loads_below_sp(const struct insn_case *c)
{
	return case_base(c) == SP && is_below(c) && loads(c);
}

/* ---- SP ---- */

/* ADD, SUB of an immediate, which set no flags. */
static bool is_add(const struct insn_case *c)
{
	return case_is(c, 0x3f800000, 0x11000000);
}

static int32_t added(const struct insn_case *c)
{
	int32_t by = (int32_t)field(c->bits, 10, 12) << (c->bits >> 22 & 1 ? 12 : 0);

	return c->bits >> 30 & 1 ? -by : by;
}

bool case_moves_to_sp(const struct insn_case *c, int32_t *by)
{
	bool is = field(c->bits, 0, 5) == SP && field(c->bits, 5, 5) != SP;

	*by = is_add(c) ? added(c) : 0;
	return is && (is_add(c) || case_is(c, 0xfffffc1f, 0x927cec1f)); /* and sp, xN, -16 */
}

/* Bits 4:0 are SP, not ZR. */
static bool writes_sp(const struct insn_case *c)
{
	return is_add(c) || case_is(c, 0x3fe00000, 0x0b200000) || /* extended */
	       case_is(c, 0xbfc0c000, 0x91800000) ||              /* addg, subg */
	       (case_is(c, 0x1f800000, 0x12000000) &&             /* and, orr, eor, immediate */
	        !case_is(c, 0x60000000, 0x60000000)) ||
	       case_is(c, 0xffe0fc00, 0x9ac01000); /* irg */
}

/* SP goes a little up or down, or becomes another stack pointer: its source is suited to it. */
static bool keeps_a_stack(const struct insn_case *c)
{
	int32_t by;

	if (case_moves_to_sp(c, &by))
		return true;
	if (field(c->bits, 5, 5) != SP)
		return false;
	return (is_add(c) && !(c->bits >> 22 & 1)) || case_is(c, 0x3fe00000, 0x0b200000);
}

static bool spoils_sp(const struct insn_case *c)
{
	bool by_register = case_is(c, 0xbe800000, 0x0c800000) && case_index(c) != NO_REG,
	     splits = is_unscaled(c) && field(c->bits, 10, 2) == 3 && field(c->bits, 12, 2);

	if (uses_memory(c))
		return case_base(c) == SP && (by_register || splits);
	return writes_sp(c) && field(c->bits, 0, 5) == SP && !keeps_a_stack(c);
}

/* ---- where it goes, and what it reads ---- */

static struct tl_insn as_insn(const struct insn_case *c)
{
	return (struct tl_insn){.bits = c->bits, .len = 4, .op = c->row->op};
}

static bool goes_astray(const struct insn_case *c)
{
	const struct tl_insn insn = as_insn(c);
	uintptr_t offset;

	switch (c->row->op) {
	case A64_B:
	case A64_BL:
	case A64_BCOND:
	case A64_CB:
	case A64_TB:
		offset = (uintptr_t)(intptr_t)a64_offset(&insn);
		return offset < 4 || !is_landing(c->addr + offset);
	}
	return false;
}

/* Simulated, it is B.<c>. */
static bool is_bc_without_feature(const struct insn_case *c)
{
	uint64_t features;

	__asm volatile("mrs %0, S3_0_C0_C6_2" : "=r"(features)); /* ID_AA64ISAR2_EL1 */
	return case_is(c, 0xff000010, 0x54000010) && !(features >> 20 & 15);
}

/* Its eight bytes or sixteen, too. */
static bool reads_astray(const struct insn_case *c)
{
	enum { CASE = 12 }; /* with its tail */
	const struct tl_insn insn = as_insn(c);
	uintptr_t at = c->addr + (uintptr_t)(intptr_t)a64_offset(&insn);

	if (!is_literal(c) || case_is(c, 0xff000000, 0xd8000000)) /* prfm */
		return false;
	return at - code_start() >= CODE_SIZE - 16 || at + 16 - c->addr < 16 + CASE ||
	       (const_cpu_of(&c->from)->pstate & MODE) == EL0;
}

/* ---- what it writes ---- */

static bool moves_vectors(const struct insn_case *c)
{
	return case_is_system(c) && !case_reads_system(c) && case_system(c) == VBAR_EL1 &&
	       field(c->bits, 0, 5) == 31;
}

static bool sets_pan(const struct insn_case *c)
{
	return case_is(c, 0xfffff0ff, 0xd500409f);
}

bool case_can_be_proved(const struct insn_case *c)
{
	return !spoils_sp(c) && !loads_below_sp(c) && !goes_astray(c) && !reads_astray(c) &&
	       !moves_vectors(c) && !sets_pan(c) && !is_bc_without_feature(c);
}
