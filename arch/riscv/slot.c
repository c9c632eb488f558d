/* SPDX-License-Identifier: MIT */
/*
 * Slots: the displaced instruction, then a jump back or a breakpoint.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 2.5: `jal x0` changes no register and
 * reaches 1 MiB. Nothing that reaches farther leaves all registers alone: where text and slots are
 * farther apart, every slot ends in a breakpoint.
 *
 *   0  insn, 2 or 4 bytes
 *      jal x0, addr + 2 or 4, if it reaches; c.ebreak over its first halfword if it is to trap
 *      c.ebreak …
 *
 * What reads or writes the PC stands there rewritten, if that can be: rewrite.c.
 */
#include "error.h"
#include "isa.h"
#include "riscv.h"

enum { JAL_REACH = 1 << 20 };

uint8_t *riscv_put(uint8_t *out, uint32_t value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		*out++ = (uint8_t)value;
	return out;
}

/*
 * As long as what it replaces: a handler that skips an instruction tells its length by the first
 * halfword. With interrupts locked out nobody fetches it half written.
 */
unsigned riscv_breakpoint(const struct tl_insn *insn, uint8_t *out)
{
	riscv_put(out, insn->len == 4 ? RISCV_BRK_WIDE : RISCV_BRK, insn->len);
	return insn->len;
}

bool riscv_jump(uintptr_t from, uintptr_t to, uint8_t *out)
{
	uint32_t offset = (uint32_t)(to - from);

	if (to - from + JAL_REACH >= 2 * JAL_REACH)
		return false;
	riscv_put(out,
	          0x6f | (offset & 0xff000) | (offset >> 11 & 1) << 20 |
	                  (offset >> 1 & 0x3ff) << 21 | (offset >> 20 & 1) << 31,
	          4);
	return true;
}

int riscv_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                     uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	bool reaches;

	(void)read;
	for (unsigned at = 0; at < RISCV_SLOT_SIZE; at += 2)
		riscv_put(out + at, RISCV_BRK, 2);
	if (insn->verdict == TL_SIMULATE)
		return riscv_rewrite(isa, insn, addr, slot, out);
	out = riscv_put(out, insn->bits, insn->len);
	reaches = riscv_jump(slot, addr, out); /* from behind the one to behind the other */
	if (boosted && (reaches || insn->flags & TL_INSN_LEAVES))
		return 0;
	if (insn->flags & TL_INSN_NO_TRAP)
		return -TL_EMASK;
	riscv_put(out, RISCV_BRK, 2);
	return insn->len;
}
