/* SPDX-License-Identifier: MIT */
/*
 * RISC-V instructions to verdicts: the variant's tables of {mask, match}, one after the other; the
 * first row that matches decides.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 (RV32/64G listings), 16.8 (RVC
 * listings), 8.3 (LR/SC); volume II, 20211203: 3.1 (CSRs), 3.3 (ECALL, EBREAK, MRET, WFI); Bit
 * Manipulation 1.0.0. Decoded are IMAFDC, Zicsr, Zifencei, Zba, Zbb, Zbs and what machine and
 * supervisor mode have.
 *
 * Whatever reads or writes the PC is simulated or rewritten (rewrite.c), or leaves from a slot if
 * it only writes it; all else runs in a slot, so that nothing here needs to know what it does: CSR
 * instructions, fences, WFI, SRET, FP and atomics do there what they do in place, faults and ECALL
 * included (for those the target half puts mepc right). HINTs run there too. What is refused, and
 * why:
 *
 *   TL_EUNDEF  reserved encodings, URET
 *              no code, or the core faults
 *   TL_EUNDEF  extensions that are not decoded: vector, hypervisor, Zfh, Zc* and the like
 *              no row says that they leave the PC alone
 *   TL_EINSN   custom-0 to custom-3; shifts of RV32C by 32 up
 *              the core's maker decides what they do: they may read the PC
 *   TL_EBRK    EBREAK, C.EBREAK
 *              the firmware's own: it belongs to a debugger
 *   TL_EEXCL   LR to SC
 *              a trap breaks the reservation: the loop would never end
 *   TL_ETRAP   MRET; reading mepc, mcause, mtval, or mstatus, where these hold what will be read
 *              the probe's own trap writes mepc, mcause, mtval, MPP and MPIE, and cannot put them
 *              back: its return needs them itself
 *              (in supervisor mode, here and below: SRET, sepc, scause, stval, sstatus, stvec)
 *   TL_EMASK   writing mepc, mcause, mtval, or mstatus for what will be read; writing mtvec,
 *              medeleg
 *              boosted they run (TL_INSN_NO_TRAP); where no jump back reaches, the breakpoint that
 *              must follow would overwrite them, or go where the agent is not
 *
 * TL_ETRAP follows the text forwards from the instruction in a straight line, through calls and
 * branches that are not taken: if it reads a part of the state before it writes it, the probe would
 * change what it reads. That covers a handler's entry up to the last such read, and its way out
 * from the first write to MRET. A read of mstatus does not count, but by MRET: elsewhere it asks
 * whether interrupts are on, and MIE is behind a probe what it was before it, as are mtvec and
 * mscratch.
 *
 * What a line of text does not show, the host finds in whole functions (tl_isa.trap_use): handlers
 * that return without ever having written mepc, as gcc's interrupt("machine") makes them, and what
 * they call. Nobody finds calls by pointer from those, vectors made of jumps, and code that runs
 * with MPRV set.
 */
#include <stddef.h>

#include "error.h"
#include "isa.h"
#include "riscv.h"
#include "rows.h"

/*
 * Two bits tell 16 from 32; longer ones are in no standard extension, and refused, but a walk must
 * not fall out of step. What is longer than 64 bits is taken as halfwords: nobody knows better.
 */
unsigned riscv_insn_len(const uint8_t *bytes, unsigned n)
{
	if (n < 2)
		return 0;
	if ((bytes[0] & 0x03) != 0x03)
		return 2;
	if ((bytes[0] & 0x1c) != 0x1c)
		return 4;
	if (!(bytes[0] & 0x20))
		return 6;
	return bytes[0] & 0x40 ? 2 : 8;
}

static bool reserved_rounding(uint32_t bits)
{
	uint32_t rm = bits >> 12 & 7;

	return rm == 5 || rm == 6;
}

static struct tl_what find(const struct tl_tables *tables, const struct tl_insn *insn)
{
	static const struct tl_what undefined = {0, TL_REJECTED | TL_EUNDEF};
	struct tl_what what;

	if (insn->len == 2)
		return tl_find_narrow(tables, insn->bits);
	if (insn->len > 4)
		return undefined;
	what = tl_find_wide(tables, insn->bits >> 16, insn->bits & 0xffff);
	return what.check & RM && reserved_rounding(insn->bits) ? undefined : what;
}

int riscv_lookup(const struct riscv_variant *variant, const uint8_t *bytes, unsigned n,
                 struct tl_insn *insn)
{
	struct tl_what what;

	insn->bits = 0;
	insn->len = (uint8_t)riscv_insn_len(bytes, n);
	if (insn->len == 0 || insn->len > n)
		return -1;
	for (unsigned i = 0; i < insn->len && i < 4; i++)
		insn->bits |= (uint32_t)bytes[i] << 8 * i;
	what = find(&variant->tables, insn);
	if (riscv_returns_from_trap(insn, variant->mode))
		what = (struct tl_what){END, TL_REJECTED | TL_ETRAP};
	tl_decide(insn, what, what.op <= RISCV_CSR || what.check & LEAVE, FLAGS);
	return what.check;
}

/* Does the text go on behind this instruction? */
static bool goes_on(const struct tl_insn *insn, int check)
{
	return check >= 0 && !(check & END) &&
	       !(insn->verdict == TL_REJECT && insn->op == TL_EUNDEF);
}

/* Does a store-conditional follow before anything that would start or end its window? */
static bool in_exclusive(const struct riscv_variant *variant, const struct tl_text *text)
{
	struct tl_insn insn;

	for (unsigned n = 0, at = 0; n < RISCV_EXCL_INSNS; n++, at += insn.len) {
		int check = riscv_lookup(variant, text->bytes + at, text->after - at, &insn);
		if (!goes_on(&insn, check))
			return false;
		if (insn.verdict == TL_REJECT && insn.op == TL_EEXCL)
			return true;
	}
	return false;
}

/* Is something of the state that a trap overwrites read from `at` on, before it is written? */
static bool needs_trap_state(const struct riscv_variant *variant, const struct tl_text *text,
                             unsigned at)
{
	uint8_t written = 0;
	struct tl_insn insn;

	for (unsigned n = 0; n < RISCV_TRAP_INSNS; n++, at += insn.len) {
		int check = riscv_lookup(variant, text->bytes + at, text->after - at, &insn);
		if (check < 0)
			return false;
		struct tl_trap_use use = riscv_trap_state(&insn, variant->mode);
		if (!use.returns)
			use.reads &= (uint8_t)~RISCV_STATUS;
		if (use.reads & ~written)
			return true;
		written |= use.writes;
		if (!goes_on(&insn, check))
			return false;
	}
	return false;
}

int riscv_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	const struct riscv_variant *variant = isa->variant;

	if (riscv_lookup(variant, text->bytes, text->after, insn) < 0)
		return tl_reject(insn, insn->len ? TL_EALIGN : TL_EFAULT);
	if (insn->verdict == TL_REJECT)
		return tl_reject(insn, (enum tl_error)insn->op);
	if (in_exclusive(variant, text))
		return tl_reject(insn, TL_EEXCL);
	if (needs_trap_state(variant, text, 0))
		return tl_reject(insn, TL_ETRAP);
	if (insn->op == RISCV_CSR &&
	    (riscv_moves_traps(insn, variant->mode) || needs_trap_state(variant, text, insn->len)))
		insn->flags |= TL_INSN_NO_TRAP;
	return 0;
}
