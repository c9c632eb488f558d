/* SPDX-License-Identifier: MIT */
/*
 * How AArch64's pure half can be broken: see broken.h.
 */
#include "aarch64/a64.h"
#include "broken.h"

int __real_a64_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
int __wrap_a64_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
slot_build_fn __real_a64_slot_build, __wrap_a64_slot_build;
int __real_a64_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                        struct tl_sim_fault *fault);
int __wrap_a64_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                        struct tl_sim_fault *fault);

/* What a simulation did, to be spoilt: the registers before and after it. */
struct did {
	const struct tl_insn *insn;
	struct a64_regs was, *now;
};

static unsigned rd_of(const struct did *d)
{
	return d->insn->bits & 31;
}

static void links_here(struct did *d)
{
	d->now->x30 -= 4;
}

/* The target is read when x30 has been written. */
static void links_first(struct did *d)
{
	if ((d->insn->bits >> 5 & 31) == A64_LR)
		d->now->pc = d->now->x30;
}

static void from_unaligned(struct did *d)
{
	if (rd_of(d) != 31)
		d->now->r[rd_of(d)] += d->was.pc & 0xfff;
}

static void from_next(struct did *d)
{
	if (rd_of(d) != 31)
		d->now->r[rd_of(d)] += 4;
}

static void inverted(struct did *d)
{
	uintptr_t next = d->was.pc + 4;

	d->now->pc = d->now->pc == next ? next + 16 : next;
}

static void always_taken(struct did *d)
{
	if (d->now->pc == d->was.pc + 4)
		d->now->pc += 16;
}

/* Backwards becomes forwards. */
static void sign_lost(struct did *d)
{
	if (d->now->pc - d->was.pc > INTPTR_MAX)
		d->now->pc = d->was.pc + 0x1000;
}

static void unsigned_load(struct did *d)
{
	if (rd_of(d) != 31)
		d->now->r[rd_of(d)] &= 0xffffffff;
}

static void low_bits(struct did *d)
{
	if (rd_of(d) != 31)
		d->now->r[rd_of(d)] &= 0xffff;
}

static void flags_lost(struct did *d)
{
	d->now->cpsr &= ~((uintptr_t)0xf << 28);
}

static void links(struct did *d)
{
	d->now->x30 = d->was.pc + 4;
}

const struct breakage breakages[] = {
        {"BL links to itself", 0xfc000000, 0x94000000, .spoil = links_here},
        {"BLR links before it jumps", 0xfffffc1f, 0xd63f0000, .spoil = links_first},
        {"RET links, if it is simulated", 0xfffffc1f, 0xd65f0000, .spoil = links},
        {"ADRP does not align the PC", 0x9f000000, 0x90000000, .spoil = from_unaligned},
        {"ADR adds to the address behind it", 0x9f000000, 0x10000000, .spoil = from_next},
        {"CBZ is CBNZ", 0x7e000000, 0x34000000, .spoil = inverted},
        {"TBZ and TBNZ always branch", 0x7e000000, 0x36000000, .spoil = always_taken},
        {"B does not go back", 0xfc000000, 0x14000000, .spoil = sign_lost},
        {"B.<c> clears the flags", 0xff000000, 0x54000000, .spoil = flags_lost},
        {"LDRSW extends by zeros", 0xff000000, 0x98000000, .spoil = unsigned_load},
        {"LDR of a literal loads a halfword", 0xbf000000, 0x18000000, .spoil = low_bits},
        {"a slot loses the second halfword", 0x1f800000, 0x11000000, .slot = SLOT_HALF},
        {"a slot goes back an instruction too far on", 0x9fc00000, 0x12000000,
         .slot = SLOT_BACK_FAR},
        {"a slot never ends in a breakpoint", 0x7f000000, 0x1b000000, .slot = SLOT_BOOSTED},
        {"a slot has another literal", 0xbf000000, 0x1c000000, .slot = SLOT_LITERAL},
        {"a rewritten B.<c> has another target", 0xff000000, 0x54000000, .slot = SLOT_OTHER},
        {"a rewritten LDR has another literal", 0xbf000000, 0x18000000, .slot = SLOT_OTHER},
        {"a rewritten BL returns elsewhere", 0xfc000000, 0x94000000, .slot = SLOT_NEXT},
        {"ADRP runs in a slot", 0x9f000000, 0x90000000, .always_slot = true},
        {"LDXR is not refused", 0x3fe00000, 0x08400000, .always_decodes = true},
        {"MOVN is refused, and no case is left", 0xffc00000, 0x12800000, .never_decodes = true},
};

const unsigned nbreakages = sizeof breakages / sizeof *breakages;

int __wrap_a64_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	return broken_decode(__real_a64_decode(isa, text, insn), insn);
}

/* In the word at `at` of a slot, an immediate that starts at bit 5, or 10. */
static void change(uint8_t *out, unsigned at, uint32_t by)
{
	uint32_t word = out[at] | (uint32_t)out[at + 1] << 8 | (uint32_t)out[at + 2] << 16 |
	                (uint32_t)out[at + 3] << 24;

	a64_put(out + at, word ^ by);
}

int __wrap_a64_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                          uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	enum { LITERAL = 1 << 5, TARGET = 1, ADDED = 4 << 10 };
	int at =
	        broken_slot_build(__real_a64_slot_build, isa, insn, addr, slot, boosted, read, out);

	if (breakage()->slot == SLOT_LITERAL && insn->op == A64_FP_LITERAL)
		change(out, 0, LITERAL);
	if (breakage()->slot == SLOT_OTHER && insn->op == A64_BCOND)
		change(out, 8, TARGET);
	if (breakage()->slot == SLOT_OTHER && insn->op == A64_LITERAL)
		change(out, 4, ADDED);
	if (breakage()->slot == SLOT_NEXT)
		change(out, 4, ADDED);
	return at;
}

int __wrap_a64_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                        struct tl_sim_fault *fault)
{
	struct did d = {insn, *a64_regs_of(regs), a64_regs(regs)};
	int error = __real_a64_simulate(insn, regs, read, fault);

	if (!error && breakage()->spoil)
		breakage()->spoil(&d);
	return error;
}
