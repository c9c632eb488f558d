/* SPDX-License-Identifier: MIT */
/*
 * How RISC-V's pure half can be broken: see broken.h.
 */
#include <stddef.h>

#include "broken.h"
#include "riscv/riscv.h"

int __real_riscv_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
int __wrap_riscv_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
slot_build_fn __real_riscv_slot_build, __wrap_riscv_slot_build;
void __real_riscv_simulate(const struct tl_insn *insn, struct tl_regs *regs, unsigned xlen);
void __wrap_riscv_simulate(const struct tl_insn *insn, struct tl_regs *regs, unsigned xlen);

/* What a simulation did, to be spoilt: the registers before and after it. */
struct did {
	const struct tl_insn *insn;
	struct riscv_regs was, *now;
};

static uintptr_t *rd_of(struct did *d)
{
	unsigned rd = d->insn->bits >> 7 & 31;

	return rd ? &d->now->r[rd - 1] : NULL;
}

static void links_behind(struct did *d)
{
	if (rd_of(d))
		*rd_of(d) += 2;
}

static void from_next(struct did *d)
{
	if (rd_of(d))
		*rd_of(d) += d->insn->len;
}

/* The target is computed when rd has been written. */
static void links_first(struct did *d)
{
	unsigned rs1 = d->insn->bits >> 15 & 31;

	if (rs1 && rd_of(d) == &d->now->r[rs1 - 1])
		d->now->pc += *rd_of(d) - d->was.r[rs1 - 1];
}

static void inverted(struct did *d)
{
	uintptr_t next = d->was.pc + d->insn->len;

	d->now->pc = d->now->pc == next ? next + 16 : next;
}

static void always_taken(struct did *d)
{
	if (d->now->pc == d->was.pc + d->insn->len)
		d->now->pc += 16;
}

/* Backwards becomes forwards, by what the offset is without its sign. */
static void sign_lost(struct did *d)
{
	if (d->now->pc - d->was.pc > UINTPTR_MAX / 2)
		d->now->pc += 0x800;
}

static void ra_far(struct did *d)
{
	d->now->ra += 2;
}

static void ra_kept(struct did *d)
{
	d->now->ra = d->was.ra;
}

static void ra_written(struct did *d)
{
	d->now->ra = d->was.pc + d->insn->len;
}

const struct breakage breakages[] = {
        {"JAL links a halfword too far on", 0x7f, 0x6f, .spoil = links_behind},
        {"AUIPC adds to the address behind it", 0x7f, 0x17, .spoil = from_next},
        {"JALR links before it jumps", 0x707f, 0x67, .spoil = links_first},
        {"BEQ and BNE are inverted", 0x607f, 0x63, .spoil = inverted},
        {"BLT and the like always branch", 0x407f, 0x4063, .spoil = always_taken},
        {"C.J does not go back", 0xe003, 0xa001, .spoil = sign_lost},
        {"C.BEQZ and C.BNEZ are inverted", 0xc003, 0xc001, .spoil = inverted},
        {"C.JAL links a halfword too far on", 0xe003, 0x2001, .word = 4, .spoil = ra_far},
        {"C.JALR does not link", 0xf07f, 0x9002, .spoil = ra_kept},
        {"C.JR links, if it is simulated", 0xf07f, 0x8002, .spoil = ra_written},
        {"a slot loses the second halfword", 0x707f, 0x13, .slot = SLOT_HALF},
        {"a slot goes back a halfword too far on", 0xf003, 0x9002, .slot = SLOT_BACK_FAR},
        {"a slot never ends in a breakpoint", 0xfe00007f, 0x33, .slot = SLOT_BOOSTED},
        {"AUIPC runs in a slot", 0x7f, 0x17, .always_slot = true},
        {"a breakpoint follows a write of mepc", 0x107f, 0x1073, .traps_behind = true},
        {"LR.W is not refused", 0xf9f0707f, 0x1000202f, .always_decodes = true},
        {"LUI is refused, and no case is left", 0x7f, 0x37, .never_decodes = true},
};

const unsigned nbreakages = sizeof breakages / sizeof *breakages;

int __wrap_riscv_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	return broken_decode(__real_riscv_decode(isa, text, insn), insn);
}

int __wrap_riscv_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                            uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	return broken_slot_build(__real_riscv_slot_build, isa, insn, addr, slot, boosted, read,
	                         out);
}

void __wrap_riscv_simulate(const struct tl_insn *insn, struct tl_regs *regs, unsigned xlen)
{
	struct did d = {insn, *(const struct riscv_regs *)(const void *)regs,
	                (struct riscv_regs *)(void *)regs};

	__real_riscv_simulate(insn, regs, xlen);
	if (breakage()->spoil)
		breakage()->spoil(&d);
}
