/* SPDX-License-Identifier: MIT */
/*
 * The state that a case starts from, on AArch64: at random, but for what its instruction needs to
 * get somewhere. See insn_aarch64.h.
 */
#include "aarch64/a64.h"
#include "insn_aarch64.h"

extern const char tl_vectors[];

static uint64_t random_word(void)
{
	return (uint64_t)insn_random() << 32 | insn_random();
}

static uint64_t data_pointer(void)
{
	uint64_t p = (uintptr_t)a64_scratch + SCRATCH_DATA + insn_random() % 512;

	return insn_chance(4) ? p : p & ~(uint64_t)15;
}

static uint64_t stack_pointer(void)
{
	return (uintptr_t)a64_scratch + SCRATCH_SP + 16 * (insn_random() % 32);
}

/* Where the board has nothing; what is not mapped. */
static uint64_t nowhere(void)
{
	return (insn_chance(2) ? 0x60000000 : 0x500000000) | (insn_random() & 0x1fffff8);
}

static uint64_t landing(void)
{
	return code_start() + CODE_LANDINGS + (insn_random() & 0x7ffc);
}

static uint64_t number(void)
{
	static const uint64_t edges[] = {0,          1,          INT64_MAX,  (uint64_t)INT64_MIN,
	                                 UINT64_MAX, 0x7fffffff, 0x80000000, 0xffffffff};

	switch (insn_random() % 4) {
	case 0:
		return edges[insn_random() % 8];
	case 1:
		return insn_random() % 256 - (uint64_t)64;
	default:
		return random_word();
	}
}

/* SP is as it is. */
static void set_reg(struct cpu *cpu, unsigned n, uint64_t value)
{
	if (n < SP)
		(&cpu->x0)[n] = value;
}

/* ---- at random ---- */

static uint64_t draw_pstate(void)
{
	static const uint8_t modes[] = {EL0, EL1T, EL1H, EL1H, EL1H, EL1H, EL1H, EL1H};

	return modes[insn_random() % 8] | (insn_random() & PSTATE_DAIF) |
	       (random_word() & PSTATE_NZCV);
}

static uint64_t draw_vectors(void)
{
	return (uintptr_t)(insn_chance(2) ? tl_vectors : a64_vectors);
}

static void draw_system(struct cpu *cpu)
{
	cpu->pstate = draw_pstate();
	cpu->cpacr_el1 = insn_chance(16) ? insn_random() & CPACR_FPEN : CPACR_FPEN;
	cpu->tpidr_el0 = number();
	cpu->tpidrro_el0 = number();
	cpu->tpidr_el1 = number();
	cpu->contextidr_el1 = insn_random();
	cpu->par_el1 = 1;
	cpu->csselr_el1 = insn_random() & 3;
	cpu->cntkctl_el1 = insn_random() & 3;
	cpu->vbar_el1 = draw_vectors();
}

/* Numbers, infinities and what is not a number, in double and in single precision. */
static uint64_t fp_number(void)
{
	static const uint32_t edges[] = {0,          0x80000000, 0x3f800000, 0x7f800000,
	                                 0xff800000, 0x7fc00000, 0x00000001, 0x3ff00000};
	uint32_t low = insn_chance(4) ? edges[insn_random() % 8] : insn_random();

	switch (insn_random() % 4) {
	case 0:
		return (uint64_t)edges[insn_random() % 8] << 32 | low;
	case 1:
		return (uint64_t)(0x3ff00000 + (insn_random() & 0x803fffff)) << 32 | low;
	default:
		return random_word();
	}
}

static void draw_fp(struct cpu *cpu)
{
	enum { FPSR = 0x9f, FPCR = 0x07c00000 }; /* QC and exceptions; rounding, and how of NaNs */
	uint64_t *v = &cpu->v0;

	for (unsigned i = 0; i < 64; i++)
		v[i] = fp_number();
	cpu->fpsr = insn_random() & FPSR;
	cpu->fpcr = insn_chance(2) ? 0 : insn_random() & FPCR;
}

/* ---- what the instruction needs ---- */

/* What is written leaves memory mapped, and traps where they are. */
static void suit_system(const struct insn_case *c, struct cpu *cpu)
{
	unsigned t = field(c->bits, 0, 5), other = c->how & HOW_REG;
	bool returns = c->how & HOW_ERET;
	uint64_t pstate = draw_pstate();

	if (case_reads_system(c))
		return;
	switch (case_system(c)) {
	case VBAR_EL1:
		set_reg(cpu, t, draw_vectors());
		break;
	case CPACR_EL1:
		set_reg(cpu, t, insn_random() & CPACR_FPEN);
		break;
	case CSSELR_EL1:
	case CNTKCTL_EL1:
		set_reg(cpu, t, insn_random() & 3);
		break;
	case ELR_EL1:
		set_reg(cpu, t, returns ? landing() : number());
		set_reg(cpu, other, returns ? pstate : (&cpu->x0)[other]);
		break;
	case SPSR_EL1:
		set_reg(cpu, t, returns ? pstate : number());
		set_reg(cpu, other, returns ? landing() : (&cpu->x0)[other]);
		break;
	}
}

/* RETAA, RETAB; BRAAZ, BRABZ; BRAA, BRAB: a signature of that key. */
static void suit_signed_jump(const struct insn_case *c, struct cpu *cpu)
{
	bool returns = case_is(c, 0xfffffbff, 0xd65f0bff), zero = !(c->bits >> 24 & 1);
	unsigned n = returns ? LR : field(c->bits, 5, 5), m = field(c->bits, 0, 5);
	uint64_t modifier;

	if (m == n && !returns)
		return;
	modifier = returns || (!zero && m == SP) ? *sp_of(cpu) : zero ? 0 : (&cpu->x0)[m];
	set_reg(cpu, n, a64_sign(landing(), modifier, c->bits >> 10 & 1));
}

static void suit_jump(const struct insn_case *c, struct cpu *cpu)
{
	uint64_t to = insn_chance(8) ? nowhere() : landing() + (insn_chance(4) ? 2 : 0);

	if (case_is(c, 0xfe9ff800, 0xd61f0800))
		suit_signed_jump(c, cpu);
	else
		set_reg(cpu, field(c->bits, 5, 5), to);
}

static void suit_memory(const struct insn_case *c, struct cpu *cpu)
{
	uint64_t to = insn_chance(8) ? nowhere() : data_pointer();
	int32_t by;

	set_reg(cpu, case_base(c), to - case_scaled(c));
	if (case_index(c) != case_base(c))
		set_reg(cpu, case_index(c), insn_random() % 256);
	if (case_moves_to_sp(c, &by))
		set_reg(cpu, field(c->bits, 5, 5), stack_pointer() - (uint64_t)(int64_t)by);
}

static void suit(const struct insn_case *c, struct cpu *cpu)
{
	suit_memory(c, cpu);
	if (case_is_system(c))
		suit_system(c, cpu);
	if (case_is(c, 0xfe000000, 0xd6000000))
		suit_jump(c, cpu);
	if (c->row->op == A64_CB && insn_chance(2))
		set_reg(cpu, field(c->bits, 0, 5), 0);
	if (c->how & HOW_WAKE)
		cpu->pstate |= PSTATE_I;
}

void case_draw_state(struct insn_case *c)
{
	struct cpu *cpu = cpu_of(&c->from);

	for (unsigned n = 0; n < SP; n++)
		(&cpu->x0)[n] = number();
	cpu->sp_el1 = stack_pointer();
	cpu->sp_el0 = stack_pointer() + SCRATCH_SP_EL0 - SCRATCH_SP;
	cpu->pc = c->start;
	draw_system(cpu);
	draw_fp(cpu);
	suit(c, cpu);
}
