/* SPDX-License-Identifier: MIT */
/*
 * What reads or writes the PC. Only literals read memory. Where it goes on there is no trace of a
 * jump (BTYPE): a landing pad need not be there.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C6.2, J1.1
 * (ConditionHolds).
 */
#include "a64.h"
#include "error.h"
#include "isa.h"

enum { ZR = 31, BTYPE = 3 << 10 };
enum { N = 31, Z = 30, C = 29, V = 28 }; /* bits of PSTATE */

static int32_t sign_extend(uint32_t value, unsigned width)
{
	uint32_t sign = 1u << (width - 1);

	value &= (sign << 1) - 1;
	return (int32_t)((value ^ sign) - sign);
}

int32_t a64_offset(const struct tl_insn *insn)
{
	uint32_t bits = insn->bits;

	switch (insn->op) {
	case A64_B:
	case A64_BL:
		return sign_extend(bits << 2, 28);
	case A64_BCOND:
	case A64_CB:
	case A64_LITERAL:
	case A64_FP_LITERAL:
	case A64_PRFM_LITERAL:
		return sign_extend(bits >> 5 << 2, 21);
	case A64_TB:
		return sign_extend(bits >> 5 << 2, 16);
	case A64_ADR:
	case A64_ADRP: /* pages */
		return sign_extend((bits >> 5 & 0x7ffff) << 2 | (bits >> 29 & 3), 21);
	}
	return 0;
}

static uintptr_t get(const struct a64_regs *r, unsigned n)
{
	return n == ZR ? 0 : r->r[n];
}

static void set(struct a64_regs *r, unsigned n, uintptr_t value)
{
	if (n != ZR)
		r->r[n] = value;
}

static bool flag(const struct a64_regs *r, unsigned bit)
{
	return r->cpsr >> bit & 1;
}

/* Bit 0 inverts, but for AL and NV. */
static bool holds(const struct a64_regs *r, unsigned condition)
{
	bool is;

	switch (condition >> 1) {
	case 0: /* EQ */
		is = flag(r, Z);
		break;
	case 1: /* CS */
		is = flag(r, C);
		break;
	case 2: /* MI */
		is = flag(r, N);
		break;
	case 3: /* VS */
		is = flag(r, V);
		break;
	case 4: /* HI */
		is = flag(r, C) && !flag(r, Z);
		break;
	case 5: /* GE */
		is = flag(r, N) == flag(r, V);
		break;
	case 6: /* GT */
		is = flag(r, N) == flag(r, V) && !flag(r, Z);
		break;
	default:
		return true;
	}
	return is != (condition & 1);
}

static bool taken(const struct a64_regs *r, const struct tl_insn *insn)
{
	uint32_t bits = insn->bits;
	uintptr_t value = get(r, bits & 31);
	bool nonzero;

	if (insn->op == A64_BCOND)
		return holds(r, bits & 15);
	if (insn->op == A64_TB)
		nonzero = value >> ((bits >> 31 << 5) + (bits >> 19 & 31)) & 1;
	else
		nonzero = bits >> 31 ? value : (uint32_t)value;
	return nonzero == (bits >> 24 & 1);
}

static int load(const struct tl_insn *insn, struct a64_regs *r, tl_read_fn *read,
                struct tl_sim_fault *fault)
{
	uintptr_t addr = r->pc + (uintptr_t)(intptr_t)a64_offset(insn);
	bool is_signed = insn->bits >> 31;
	unsigned n = insn->bits >> 30 == 1 ? 8 : 4;
	uint64_t value = 0;

	if (read(addr, &value, n)) {
		*fault = (struct tl_sim_fault){.addr = addr, .bytes = (uint8_t)n};
		return -TL_EFAULT;
	}
	if (is_signed)
		value = (uint64_t)(int64_t)(int32_t)value;
	set(r, insn->bits & 31, value);
	return 0;
}

int a64_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                 struct tl_sim_fault *fault)
{
	struct a64_regs *r = a64_regs(regs);
	uintptr_t pc = r->pc, next = pc + insn->len, n = get(r, insn->bits >> 5 & 31);
	uintptr_t offset = (uintptr_t)(intptr_t)a64_offset(insn);
	int err = 0;

	switch (insn->op) {
	case A64_ADR:
		set(r, insn->bits & 31, pc + offset);
		break;
	case A64_ADRP:
		set(r, insn->bits & 31, (pc & ~(uintptr_t)0xfff) + (offset << 12));
		break;
	case A64_LITERAL:
		err = load(insn, r, read, fault);
		break;
	case A64_BL:
		r->x30 = next;
		next = pc + offset;
		break;
	case A64_BLR:
		r->x30 = next;
		next = n;
		break;
	case A64_BR:
		next = n;
		break;
	case A64_B:
		next = pc + offset;
		break;
	default: /* branches */
		next = taken(r, insn) ? pc + offset : next;
		break;
	}
	if (err)
		return err;
	r->cpsr &= ~(uintptr_t)BTYPE;
	r->pc = next;
	return 0;
}
