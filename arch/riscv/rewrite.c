/* SPDX-License-Identifier: MIT */
/*
 * Slots for what reads or writes the PC: other instructions that do the same from there, change
 * nothing else, and go on by themselves.
 *
 *   b<c>, c.b<c>z      jal rd, c.jal          jalr rd, n(rs), c.jalr    auipc rd
 *   0  b<c> 1f         0  auipc rd, …         0  auipc rd, …            0  auipc rd, …
 *   .  j    next       4  addi  rd, rd, …     4  addi  rd, rd, …        4  addi  rd, rd, …
 *   1: j    target     8  j     target        8  jr    n(rs)            8  j     next
 *
 * There are none where `j` (slot.c) does not reach, nor for what needs a register that it writes.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 2.4, 2.5 (encodings), 16.4
 * (compressed).
 */
#include "error.h"
#include "isa.h"
#include "riscv.h"

enum { RA = 1, SP = 2, TP = 4, AUIPC = 0x17, ADDI = 0x13, JALR = 0x67 };

/* Puts `value` into register `rd`, at `at` in 8 bytes: 2 GiB either way. Not into what an interrupt
 * between the two would use. */
static bool load(const struct tl_isa *isa, uint8_t *out, unsigned rd, uintptr_t at, uintptr_t value)
{
	uintptr_t offset = value - at;
	uint32_t low = (uint32_t)offset;

	if (isa->word == 8 && offset + 0x80000800 > UINT32_MAX)
		return false;
	riscv_put(out, AUIPC | rd << 7 | ((low + 0x800) & 0xfffff000), 4);
	riscv_put(out + 4, ADDI | rd << 7 | rd << 15 | low << 20, 4);
	return rd < SP || rd > TP;
}

/* A branch over the jump behind it, if it is taken. */
static bool branch(const struct tl_insn *insn, uintptr_t addr, uintptr_t slot, uint8_t *out)
{
	uint32_t len = insn->len, over = len == 4 ? (insn->bits & 0x01fff07f) | 8 << 7
	                                          : (insn->bits & 0xe383) | 3 << 3;

	riscv_put(out, over, len);
	return riscv_jump(slot + len, addr + len, out + len) &&
	       riscv_jump(slot + len + 4, addr + (uintptr_t)(intptr_t)riscv_offset(insn),
	                  out + len + 4);
}

static bool call(const struct tl_isa *isa, const struct tl_insn *insn, unsigned rd, uintptr_t addr,
                 uintptr_t slot, uint8_t *out)
{
	uintptr_t target = addr + (uintptr_t)(intptr_t)riscv_offset(insn);
	unsigned at = rd ? 8 : 0;

	return (!rd || load(isa, out, rd, slot, addr + insn->len)) &&
	       riscv_jump(slot + at, target, out + at);
}

/* `jr`: the same without a link, of 4 bytes. */
static bool call_register(const struct tl_isa *isa, const struct tl_insn *insn, unsigned rd,
                          uint32_t jr, uintptr_t addr, uintptr_t slot, uint8_t *out)
{
	riscv_put(out + 8, jr, 4);
	return rd != (jr >> 15 & 31) && load(isa, out, rd, slot, addr + insn->len);
}

static bool rewrite(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                    uintptr_t slot, uint8_t *out)
{
	uint32_t bits = insn->bits;
	unsigned rd = bits >> 7 & 31;

	switch (insn->op) {
	case RISCV_AUIPC:
		return load(isa, out, rd, slot,
		            addr + (uintptr_t)(intptr_t)(int32_t)(bits & 0xfffff000)) &&
		       riscv_jump(slot + 8, addr + 4, out + 8);
	case RISCV_JAL:
		return call(isa, insn, rd, addr, slot, out);
	case RISCV_C_J:
		return call(isa, insn, 0, addr, slot, out);
	case RISCV_C_JAL:
		return call(isa, insn, RA, addr, slot, out);
	case RISCV_JALR:
		return call_register(isa, insn, rd, (bits & 0xfffff000) | JALR, addr, slot, out);
	case RISCV_C_JALR:
		return call_register(isa, insn, RA, rd << 15 | JALR, addr, slot, out);
	case RISCV_BRANCH:
	case RISCV_C_BZ:
		return branch(insn, addr, slot, out);
	}
	return false;
}

int riscv_rewrite(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                  uintptr_t slot, uint8_t *out)
{
	return rewrite(isa, insn, addr, slot, out) ? 0 : -TL_EINSN;
}
