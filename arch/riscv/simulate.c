/* SPDX-License-Identifier: MIT */
/*
 * What reads or writes the PC. Nothing of it reads memory, nothing fails: with compressed
 * instructions every target is aligned.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 2.4 (AUIPC), 2.5 (jumps,
 * branches), 16.4 (compressed).
 */
#include "isa.h"
#include "riscv.h"

/* One simulation. Registers of fewer bits than a word have are kept with the rest of the word 0. */
struct sim {
	uint32_t bits;
	struct riscv_regs *regs;
	uintptr_t next; /* where to go on */
	unsigned spare; /* bits of a word above those of a register */
};

static uint32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return bits >> low & ((1u << width) - 1);
}

static uintptr_t sign_extend(uint32_t value, unsigned width)
{
	uintptr_t sign = (uintptr_t)1 << (width - 1);

	return (value ^ sign) - sign;
}

static uintptr_t get(const struct sim *s, uint32_t x)
{
	return x ? s->regs->r[x - 1] : 0;
}

static void set(struct sim *s, uint32_t x, uintptr_t value)
{
	if (x)
		s->regs->r[x - 1] = value << s->spare >> s->spare;
}

static uint32_t rd(const struct sim *s)
{
	return field(s->bits, 7, 5);
}

/* The long offset of JAL, and of C.J and C.JAL. */
static uintptr_t imm_j(uint32_t bits)
{
	return sign_extend(field(bits, 31, 1) << 20 | field(bits, 12, 8) << 12 |
	                           field(bits, 20, 1) << 11 | field(bits, 21, 10) << 1,
	                   21);
}

static uintptr_t imm_cj(uint32_t bits)
{
	return sign_extend(field(bits, 12, 1) << 11 | field(bits, 8, 1) << 10 |
	                           field(bits, 9, 2) << 8 | field(bits, 6, 1) << 7 |
	                           field(bits, 7, 1) << 6 | field(bits, 2, 1) << 5 |
	                           field(bits, 11, 1) << 4 | field(bits, 3, 3) << 1,
	                   12);
}

static uintptr_t imm_b(uint32_t bits)
{
	return sign_extend(field(bits, 31, 1) << 12 | field(bits, 7, 1) << 11 |
	                           field(bits, 25, 6) << 5 | field(bits, 8, 4) << 1,
	                   13);
}

static uintptr_t imm_cb(uint32_t bits)
{
	return sign_extend(field(bits, 12, 1) << 8 | field(bits, 5, 2) << 6 |
	                           field(bits, 2, 1) << 5 | field(bits, 10, 2) << 3 |
	                           field(bits, 3, 2) << 1,
	                   9);
}

int32_t riscv_offset(const struct tl_insn *insn)
{
	switch (insn->op) {
	case RISCV_JAL:
		return (int32_t)imm_j(insn->bits);
	case RISCV_C_J:
	case RISCV_C_JAL:
		return (int32_t)imm_cj(insn->bits);
	case RISCV_BRANCH:
		return (int32_t)imm_b(insn->bits);
	case RISCV_C_BZ:
		return (int32_t)imm_cb(insn->bits);
	}
	return 0;
}

static void link_and_jump(struct sim *s, uint32_t link, uintptr_t target)
{
	set(s, link, s->next);
	s->next = target & ~(uintptr_t)1;
}

/* Bit 0 of funct3 inverts, bit 1 is unsigned, bit 2 is for less than. */
static bool taken(const struct sim *s)
{
	uint32_t funct3 = field(s->bits, 12, 3);
	uintptr_t a = get(s, field(s->bits, 15, 5)) << s->spare, b = get(s, field(s->bits, 20, 5))
	                                                             << s->spare;
	bool is = a == b;

	if (funct3 & 4)
		is = funct3 & 2 ? a < b : (intptr_t)a < (intptr_t)b;
	return is != (funct3 & 1);
}

static bool c_taken(const struct sim *s)
{
	bool zero = get(s, 8 + field(s->bits, 7, 3)) == 0, want_nonzero = field(s->bits, 13, 1);

	return zero != want_nonzero;
}

void riscv_simulate(const struct tl_insn *insn, struct tl_regs *tl_regs, unsigned xlen)
{
	enum { RA = 1 };
	struct riscv_regs *regs = riscv_regs(tl_regs);
	uintptr_t pc = regs->pc;
	struct sim s = {insn->bits, regs, pc + insn->len, 8 * sizeof(uintptr_t) - xlen};

	switch (insn->op) {
	case RISCV_AUIPC:
		set(&s, rd(&s), pc + sign_extend(insn->bits & 0xfffff000, 32));
		break;
	case RISCV_JAL:
		link_and_jump(&s, rd(&s), pc + imm_j(insn->bits));
		break;
	case RISCV_JALR:
		link_and_jump(&s, rd(&s),
		              get(&s, field(insn->bits, 15, 5)) +
		                      sign_extend(insn->bits >> 20, 12));
		break;
	case RISCV_BRANCH:
		s.next = taken(&s) ? pc + imm_b(insn->bits) : s.next;
		break;
	case RISCV_C_J:
		s.next = pc + imm_cj(insn->bits);
		break;
	case RISCV_C_JAL:
		link_and_jump(&s, RA, pc + imm_cj(insn->bits));
		break;
	case RISCV_C_JR:
		link_and_jump(&s, 0, get(&s, rd(&s)));
		break;
	case RISCV_C_JALR:
		link_and_jump(&s, RA, get(&s, rd(&s)));
		break;
	case RISCV_C_BZ:
		s.next = c_taken(&s) ? pc + imm_cb(insn->bits) : s.next;
		break;
	}
	regs->pc = s.next << s.spare >> s.spare;
}
