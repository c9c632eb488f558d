/* SPDX-License-Identifier: MIT */
/*
 * The state that a case starts from, on Cortex-M: at random, but for what its instruction needs to
 * get somewhere. See insn_thumb.h.
 */
#include "insn_thumb.h"
#include "thumb/thumb.h"

static uint32_t small(void)
{
	return insn_random() % 256;
}

static uint32_t data_pointer(void)
{
	uint32_t p = scratch_base() + SCRATCH_DATA + insn_random() % 512;

	return insn_chance(4) ? p : p & ~3u;
}

static uint32_t landing(void)
{
	return (code_base() + 128 + insn_random() % 0x8000) | 1;
}

/* For addresses: two in three are pointers, the others offsets. */
static uint32_t address_part(void)
{
	switch (insn_random() % 6) {
	case 0:
		return small();
	case 1:
		return insn_chance(4) ? 0 - small() % 64 : small() % 64;
	default:
		return data_pointer();
	}
}

/* For all else. */
static uint32_t number(void)
{
	static const uint32_t edges[] = {0,          1,      0x7fffffff, 0x80000000,
	                                 0xffffffff, 0xffff, 0x8000,     0x80};

	switch (insn_random() % 4) {
	case 0:
		return edges[insn_random() % 8];
	case 1:
		return small();
	default:
		return insn_random();
	}
}

static void set_reg(struct cpu *cpu, unsigned r, uint32_t value)
{
	if (r < SP)
		(&cpu->r0)[r] = value;
	else if (r == LR)
		cpu->lr = value;
}

static uint32_t stack_pointer(uint32_t offset)
{
	return scratch_base() + offset + 4 * (insn_random() % 32);
}

static void draw_core(struct insn_case *c, struct cpu *cpu)
{
	bool memory = case_uses_memory(c);

	for (unsigned r = 0; r <= LR; r++)
		set_reg(cpu, r, memory ? address_part() : number());
	cpu->xpsr = (insn_random() & 0xf8000000) | THUMB_XPSR_T;
#ifdef __ARM_FEATURE_DSP
	cpu->xpsr |= insn_random() & 0x000f0000;
#endif
	cpu->msp = stack_pointer(SCRATCH_MSP);
	cpu->psp = stack_pointer(SCRATCH_PSP);
	cpu->primask = insn_chance(4);
#if __ARM_ARCH > 6
	cpu->basepri = insn_chance(4) ? insn_random() & 0xff : 0;
#endif
	switch (insn_random() % 3) {
	case 0:
		cpu->exc_return = EXC_RETURN_HANDLER;
		break;
	case 1:
		cpu->exc_return = EXC_RETURN_MSP;
		cpu->control = insn_chance(4) ? CONTROL_NPRIV : 0;
		break;
	default:
		cpu->exc_return = EXC_RETURN_PSP;
		cpu->control = CONTROL_SPSEL | (insn_chance(4) ? CONTROL_NPRIV : 0);
	}
}

/* Numbers, infinities and what is not a number; half of them in single, half in double
   precision. */
static uint32_t fp_number(void)
{
	static const uint32_t edges[] = {0,          0x80000000, 0x3f800000, 0x7f800000,
	                                 0xff800000, 0x7fc00000, 0x00000001, 0x3ff00000};

	switch (insn_random() % 4) {
	case 0:
		return edges[insn_random() % 8];
	case 1:
		return 0x3f000000 + (insn_random() & 0x80ffffff);
	default:
		return insn_random();
	}
}

static void draw_fp(struct cpu *cpu)
{
	for (unsigned i = 0; i < 32; i++)
		(&cpu->s0)[i] = fp_number();
	cpu->fpscr = insn_random() & 0xf7c0009f;
	if (insn_chance(4))
		cpu->fpscr = 0;
	if (!insn_chance(4))
		cpu->exc_return &= ~EXC_RETURN_BASIC;
}

/* What the instruction needs to go somewhere, to stay in its stack, to wake up. */
static void suit(struct insn_case *c, struct cpu *cpu)
{
	unsigned m = c->row->len == 2 ? case_high_m(c) : field(c->bits, 0, 4),
	         n = field(c->bits, 16, 4);

	switch (c->row->op) {
	case THUMB_BX:
	case THUMB_BLX:
		set_reg(cpu, m, insn_chance(8) ? landing() & ~1u : landing());
		return;
	case THUMB_CBZ:
		if (insn_chance(2))
			set_reg(cpu, field(c->bits, 0, 3), 0);
		return;
	case THUMB_TB:
		set_reg(cpu, m, insn_chance(8) ? data_pointer() : small());
		set_reg(cpu, n, data_pointer());
		return;
	case THUMB_LDRPC:
		set_reg(cpu, m, small() & ~3u);
		set_reg(cpu, n, data_pointer() & ~3u);
		return;
	case THUMB_LDM:
		set_reg(cpu, n, data_pointer());
		return;
	}
	if ((case_is_high(c, 0x4600) && case_high_d(c) == PC) || case_is_bxns(c))
		set_reg(cpu, m, landing());
	else if (case_is_high(c, 0x4600) && case_high_d(c) == SP)
		set_reg(cpu, m, stack_pointer(SCRATCH_PSP) + small() % 4);
	else if (case_is_high(c, 0x4400) && case_high_d(c) >= SP && case_high_d(c) != LR)
		set_reg(cpu, m, 64 + small());
	else if (case_adds_register_to_sp(c) ||
	         case_is(c, 0xfe1f0fc0, 0xf81d0000)) /* LDR [sp, Rm] */
		set_reg(cpu, m, small());
	else if (case_is(c, 0xfff0d0fe, 0xf3808008))
		set_reg(cpu, n,
		        stack_pointer(c->bits & 1 ? SCRATCH_PSP : SCRATCH_MSP) + small() % 4);
	else if (case_is(c, 0xfff0d07e, 0xf380800a)) /* MSR of a stack limit, of Armv8-M */
		set_reg(cpu, n, scratch_base());
	else if (case_is(c, 0xffff, 0xbf30) || case_is(c, 0xffffffff, 0xf3af8003)) { /* WFI */
		c->how |= HOW_WAKE;
		cpu->primask = 1;
		cpu->basepri = 0;
	}
}

void case_draw_state(struct insn_case *c)
{
	struct cpu *cpu = cpu_of(&c->from);

	cpu->exc_return = EXC_RETURN_MSP;
	draw_core(c, cpu);
	if (has_fp())
		draw_fp(cpu);
	suit(c, cpu);
#if __ARM_ARCH > 6
	if (insn_chance(2))
		c->how |= HOW_EVERY_VECTOR;
#endif
}
