/* SPDX-License-Identifier: MIT */
/*
 * The state that a case starts from, on RISC-V: at random, but for what its instruction needs to
 * get somewhere. See insn_riscv.h.
 */
#include "insn_riscv.h"
#include "riscv/riscv.h"

extern const char tl_vectors[];

static uintptr_t random_word(void)
{
#if __riscv_xlen == 64
	return (uintptr_t)insn_random() << 32 | insn_random();
#else
	return insn_random();
#endif
}

static uintptr_t data_pointer(void)
{
	uintptr_t p = scratch_base() + SCRATCH_DATA + insn_random() % 512;

	return insn_chance(4) ? p : p & ~(uintptr_t)7;
}

static uintptr_t stack_pointer(void)
{
	return scratch_base() + SCRATCH_SP + 16 * (insn_random() % 32);
}

static uintptr_t nowhere(void)
{
	return 0xa0000000u | (insn_random() & 0x1ffffff8);
}

static uintptr_t landing(void)
{
	return code_start() + CODE_LANDINGS + (insn_random() & 0x7ffe);
}

static uintptr_t number(void)
{
	static const uintptr_t edges[] = {
	        0,           1,          UINTPTR_MAX >> 1, ~(UINTPTR_MAX >> 1),
	        UINTPTR_MAX, 0x7fffffff, 0x80000000,       0xffffffff};

	switch (insn_random() % 4) {
	case 0:
		return edges[insn_random() % 8];
	case 1:
		return insn_random() % 256 - 64;
	default:
		return random_word();
	}
}

static uintptr_t *reg(struct cpu *cpu, unsigned x)
{
	return &cpu->ra + (x - 1);
}

/* SP is as it is. */
static void set_reg(struct cpu *cpu, unsigned x, uintptr_t value)
{
	if (x && x != SP && x != NO_REG)
		*reg(cpu, x) = value;
}

/* ---- at random ---- */

static uintptr_t draw_mode(void)
{
	switch (insn_random() % 8) {
	case 0:
		return 0;
	case 1:
		return MSTATUS_MPP_S;
	default:
		return MSTATUS_MPP;
	}
}

static uintptr_t draw_mstatus(void)
{
	uintptr_t v = insn_random() & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPIE |
	                               MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR);

	if (insn_chance(4))
		v |= insn_random() & (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR);
	return v | draw_mode();
}

static uintptr_t draw_mtvec(void)
{
	return (uintptr_t)(insn_chance(2) ? tl_vectors : riscv_vectors) | insn_chance(4);
}

static void draw_csrs(struct cpu *cpu)
{
	cpu->mstatus = draw_mstatus();
	cpu->mscratch = number();
	cpu->mtvec = draw_mtvec();
	cpu->mie = MEI | (insn_random() & (SSI | STI | SEI));
	cpu->mideleg = insn_random() & (SSI | STI | SEI);
	cpu->mcounteren = insn_random() & 7;
	cpu->stvec = random_word() & ~(uintptr_t)3;
	cpu->scounteren = insn_random() & 7;
	cpu->sscratch = number();
	cpu->sepc = landing();
	cpu->scause = insn_random() % 16;
	cpu->stval = number();
}

/* Numbers, infinities and what is not a number; some of them in single precision, boxed. */
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
		return 0xffffffff00000000 | low;
	}
}

static void draw_fp(struct cpu *cpu)
{
	uint64_t *f = (uint64_t *)(void *)&cpu->ft0;

	for (unsigned i = 0; i < 32; i++)
		f[i] = fp_number();
	cpu->fcsr = insn_random() & 0x9f;
	if (insn_chance(8))
		cpu->fcsr |= 0x60;
}

/* ---- what the instruction needs ---- */

/*
 * Nothing may be pending that would be taken, as the timer may be. What is written to mstatus
 * leaves XLEN and vectors alone; what is written to mtvec is as good as what was there.
 */
static void suit_csr(const struct insn_case *c, struct cpu *cpu)
{
	enum { XLEN_AND_VS = ~0x7ff9ff }; /* of mstatus */
	unsigned x = case_csr_immediate(c) ? NO_REG : case_rs1(c);

	switch (case_csr(c)) {
	case CSR_MSTATUS:
	case CSR_SSTATUS:
		set_reg(cpu, x, insn_random() & ~(uint32_t)XLEN_AND_VS);
		break;
	case CSR_MTVEC:
		set_reg(cpu, x, case_csr_kind(c) == CSR_WRITE ? draw_mtvec() : insn_random() % 2);
		break;
	case CSR_MIE:
	case CSR_SIE:
		set_reg(cpu, x, random_word() & ~(uintptr_t)MTI);
		break;
	case CSR_MIP:
	case CSR_SIP:
		cpu->mie = MEI;
		break;
	case CSR_MSCRATCH:
	case CSR_SSCRATCH:
		if (field(c->bits, 7, 5) == SP)
			cpu->mscratch = cpu->sscratch = stack_pointer();
		break;
	}
	if (c->how & HOW_MRET)
		set_reg(cpu, c->how & HOW_REG, landing());
}

static void suit_jump(const struct insn_case *c, struct cpu *cpu)
{
	uintptr_t to = insn_chance(8) ? nowhere() : landing() + insn_chance(4);

	set_reg(cpu, case_rs1(c), to - case_jalr_offset(c));
}

static void suit_branch(const struct insn_case *c, struct cpu *cpu)
{
	unsigned a = field(c->bits, 15, 5), b = field(c->bits, 20, 5);

	if (insn_chance(3))
		set_reg(cpu, a, b ? *reg(cpu, b) : 0);
}

static void suit(const struct insn_case *c, struct cpu *cpu)
{
	enum { WFI = 0x10500073, SRET = 0x10200073 };

	set_reg(cpu, case_base(c), insn_chance(8) ? nowhere() : data_pointer());
	switch (c->row->op) {
	case RISCV_JALR:
	case RISCV_C_JR:
	case RISCV_C_JALR:
		suit_jump(c, cpu);
		return;
	case RISCV_BRANCH:
		suit_branch(c, cpu);
		return;
	case RISCV_C_BZ:
		if (insn_chance(2))
			set_reg(cpu, 8 + field(c->bits, 7, 3), 0);
		return;
	case RISCV_CSR:
		suit_csr(c, cpu);
		return;
	}
	if (c->bits == WFI) { /* what is pending wakes it, and is not taken; else it is illegal */
		if ((cpu->mstatus & MSTATUS_MPP) == MSTATUS_MPP) {
			cpu->mie |= SSI;
			cpu->mip = SSI;
			cpu->mstatus &= ~(uintptr_t)MSTATUS_MPIE;
		} else {
			cpu->mstatus |= MSTATUS_TW;
		}
	}
	if (case_is(c, 0x7f, 0x53) || case_is(c, 0x6003, 0x2000)) /* FP is more often on than off */
		cpu->mstatus |= insn_chance(2) ? MSTATUS_FS : 0;
	if (case_is_mv_to_sp(c))
		set_reg(cpu, field(c->bits, 2, 5), stack_pointer());
	if (c->bits == SRET && insn_chance(8))
		cpu->sepc = nowhere();
}

void case_draw_state(struct insn_case *c)
{
	struct cpu *cpu = cpu_of(&c->from);

	for (unsigned x = 1; x < 32; x++)
		*reg(cpu, x) = number();
	cpu->sp = stack_pointer();
	cpu->pc = c->start;
	draw_csrs(cpu);
	draw_fp(cpu);
	suit(c, cpu);
}
