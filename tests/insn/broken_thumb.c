/* SPDX-License-Identifier: MIT */
/*
 * How Cortex-M's pure half can be broken: see broken.h.
 */
#include "broken.h"
#include "thumb/rows.h"
#include "thumb/thumb.h"

int __real_thumb_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
int __wrap_thumb_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
slot_build_fn __real_thumb_slot_build, __wrap_thumb_slot_build;
bool __real_thumb_skip(const struct tl_insn *insn, struct tl_regs *regs);
bool __wrap_thumb_skip(const struct tl_insn *insn, struct tl_regs *regs);
int __real_thumb_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                          struct tl_sim_fault *fault);
int __wrap_thumb_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                          struct tl_sim_fault *fault);

/* What a simulation did, to be spoilt: the registers before and after it. */
struct did {
	const struct tl_insn *insn;
	struct thumb_regs was, *now;
	tl_read_fn *read;
};

static void it_stays(struct did *d)
{
	d->now->xpsr = (d->now->xpsr & ~THUMB_XPSR_IT) | (d->was.xpsr & THUMB_XPSR_IT);
}

static void lr_even(struct did *d)
{
	d->now->lr &= ~1u;
}

static void pc_unaligned(struct did *d)
{
	d->read(d->was.pc + 4 + 4 * (d->insn->bits & 0xff), &d->now->r[d->insn->bits >> 8 & 7], 4);
}

static void not_doubled(struct did *d)
{
	d->now->pc = d->was.pc + 4 + ((d->now->pc - d->was.pc - 4) / 4) * 2;
}

static void sp_off(struct did *d)
{
	d->now->sp -= 4;
}

static void inverted(struct did *d)
{
	uint32_t next = d->was.pc + 2, bits = d->insn->bits;

	d->now->pc =
	        d->now->pc == next ? next + 2 + ((bits & 0x200) >> 3 | (bits >> 2 & 0x3e)) : next;
}

static void flags_lost(struct did *d)
{
	d->now->xpsr &= ~(THUMB_XPSR_N | THUMB_XPSR_Z);
}

static void stays_thumb(struct did *d)
{
	d->now->xpsr |= THUMB_XPSR_T;
}

static void second_lost(struct did *d)
{
	uint32_t second = d->insn->bits >> 8 & 15;

	d->now->r[second] = d->was.r[second];
}

static void base_kept(struct did *d)
{
	uint32_t n = d->insn->bits >> 16 & 15;

	d->now->r[n] = d->was.r[n];
}

static void unsigned_load(struct did *d)
{
	uint32_t *t = &d->now->r[d->insn->bits >> 12 & 15];

	if (d->insn->bits >> 24 & 1)
		*t &= d->insn->bits >> 21 & 1 ? 0xffff : 0xff;
}

static void sign_lost(struct did *d)
{
	d->now->pc = d->was.pc + 4 + ((d->now->pc - d->was.pc - 4) & 0xfff);
}

const struct breakage breakages[] = {
        {"ITSTATE is not advanced", 0xf800, 0xa000, .spoil = it_stays, .needs_it = true},
        {"BL leaves bit 0 of LR clear", 0xf800d000, 0xf000d000, .spoil = lr_even},
        {"LDR literal does not align the PC", 0xf800, 0x4800, .spoil = pc_unaligned},
        {"TBB and TBH do not double the entry", 0xfff0ffe0, 0xe8d0f000, .spoil = not_doubled},
        {"POP {..., PC} leaves SP 4 too low", 0xff00, 0xbd00, .spoil = sp_off},
        {"CBZ is CBNZ", 0xf500, 0xb100, .spoil = inverted},
        {"ADR clears N and Z", 0xfbff8000, 0xf20f0000, .spoil = flags_lost},
        {"BX does not leave Thumb state", 0xff87, 0x4700, .spoil = stays_thumb},
        {"LDRD literal loads one register", 0xff7f0000, 0xe95f0000, .spoil = second_lost},
        {"LDM with PC writes no base back", 0xffd0e000, 0xe8908000, .spoil = base_kept},
        {"LDRSB literal extends by zeros", 0xfe5f0000, 0xf81f0000, .spoil = unsigned_load},
        {"B<c>.W goes forward by 4 KB at most", 0xf800d000, 0xf0008000, .spoil = sign_lost},
        {"a slot loses the second halfword", 0xfbe08000, 0xf1000000, .slot = SLOT_HALF},
        {"a slot goes back a halfword too far on", 0xc000, 0x0000, .slot = SLOT_BACK_FAR},
        {"a slot never ends in a breakpoint", 0xe000, 0x6000, .slot = SLOT_BOOSTED},
        {"a slot has another literal", 0xff3f0e00, 0xed1f0a00, .slot = SLOT_LITERAL},
        {"a rewritten B<c> has another target", 0xf000, 0xd000, .slot = SLOT_OTHER},
        {"a rewritten LDR has another literal", 0xf800, 0x4800, .slot = SLOT_OTHER},
        {"a rewritten BL returns elsewhere", 0xf800d000, 0xf000d000, .slot = SLOT_NEXT},
        {"false lanes of IT blocks execute", 0xfc00, 0x4000, .never_skips = true, .needs_it = true},
        {"ADR runs in a slot", 0xf800, 0xa000, .always_slot = true},
        {"ADR is refused, and no case is left", 0xf800, 0xa000, .never_decodes = true},
};

const unsigned nbreakages = sizeof breakages / sizeof *breakages;

int __wrap_thumb_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	return broken_decode(__real_thumb_decode(isa, text, insn), insn);
}

int __wrap_thumb_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                            uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	int at = broken_slot_build(__real_thumb_slot_build, isa, insn, addr, slot, boosted, read,
	                           out);

	if (breakage()->slot == SLOT_LITERAL && insn->op == THUMB_VLDR)
		out[15] ^= 1;
	if (breakage()->slot == SLOT_OTHER)
		out[THUMB_OTHER] ^= 4;
	if (breakage()->slot == SLOT_NEXT)
		out[THUMB_NEXT] ^= 2;
	return at;
}

bool __wrap_thumb_skip(const struct tl_insn *insn, struct tl_regs *regs)
{
	return !breakage()->never_skips && __real_thumb_skip(insn, regs);
}

int __wrap_thumb_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                          struct tl_sim_fault *fault)
{
	struct did d = {insn, *(const struct thumb_regs *)regs, (struct thumb_regs *)regs, read};
	int error = __real_thumb_simulate(insn, regs, read, fault);

	if (!error && breakage()->spoil)
		breakage()->spoil(&d);
	return error;
}
