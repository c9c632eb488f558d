/* SPDX-License-Identifier: MIT */
/*
 * Cases for RISC-V, drawn row by row from the tables that the agent uses: see insn.h.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 and 16.8 (listings), 1.5
 * (lengths); volume II, 20211203: 2.2 (CSRs).
 *
 * What cannot be proved is said in insn_riscv_kind.c, and so is not drawn: the CSRs that count,
 * triggers, those of PMP and of the hypervisor.
 */
#include <string.h>

#include "arch.h"
#include "error.h"
#include "insn_riscv.h"
#include "riscv/rows.h"

/* ---- rows ---- */

enum { ECALL = 0x00000073 };

bool insn_row_faults(const struct insn_row *row)
{
	return row->match == ECALL && row->len == 4;
}

static bool decided_by(uint32_t bits, const struct insn_row *row)
{
	const uint8_t first[2] = {(uint8_t)bits, (uint8_t)(bits >> 8)};

	return tl_arch_isa->insn_len(first, sizeof first) == row->len &&
	       insn_row_decides(row, bits);
}

/* ---- encodings ---- */

/* Those there are but the ones named above, and some that there are not. */
static uint32_t draw_csr(void)
{
	static const uint16_t csrs[] = {
	        0x001, 0x002, 0x003, /* fflags, frm, fcsr */
	        0x100, 0x104, 0x105, 0x106, 0x140, 0x141, 0x142,
	        0x143, 0x144, 0x180,                             /* sstatus to satp */
	        0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x306, /* mstatus to mcounteren */
	        0x340, 0x341, 0x342, 0x343, 0x344,               /* mscratch to mip */
	        0xf11, 0xf12, 0xf13, 0xf14,                      /* mvendorid to mhartid */
	        0x004, 0x7ff, 0x9ff, 0xfff,
	};

	return csrs[insn_random() % (sizeof csrs / sizeof csrs[0])];
}

static bool is_of_trap(uint32_t csr)
{
	return csr >= CSR_MEPC && csr <= CSR_MTVAL;
}

/* Half of the jumps that reach far go to landings that are near. What a trap overwrites is not
 * read, for that is refused. */
static void steer(struct insn_case *c)
{
	enum { FAR = 0x801ff000, RD = 0xf80 };

	if (case_is_csr(c))
		c->bits = draw_csr() << 20 | (c->bits & 0xfffff);
	if (case_is_csr(c) && is_of_trap(case_csr(c)))
		c->bits &= ~(uint32_t)RD;
	if (c->row->op == RISCV_JAL && insn_chance(2))
		c->bits = insn_chance(2) ? c->bits | FAR : c->bits & ~(uint32_t)FAR;
}

/* What is written to state that a trap overwrites shows only if it is used at once. */
static void draw_tail(struct insn_case *c)
{
	uint32_t csr = case_csr(c), rd = field(c->bits, 7, 5), reg = 3 + insn_random() % 29;

	if (reg == rd || reg == case_rs1(c) || insn_chance(4))
		return;
	if (is_of_trap(csr))
		c->how = HOW_READ | reg;
	else if (csr == CSR_MSTATUS)
		c->how = HOW_MRET | reg;
}

/* ---- text ---- */

enum { TAIL = 8 }; /* bytes, at most */

/* Word `n` behind the instruction; 0: none is needed there. */
static uint32_t tail_word(const struct insn_case *c, unsigned n)
{
	enum { CSRRS = 0x2073, CSRW_MEPC = 0x34101073, MRET = 0x30200073 };
	uint32_t reg = c->how & HOW_REG;

	if (c->how & HOW_READ && n == 0)
		return CSRRS | case_csr(c) << 20 | reg << 7;
	if (c->how & HOW_MRET)
		return n == 0 ? CSRW_MEPC | reg << 15 : MRET;
	return 0;
}

/* The halfword at `addr`: the case's, or what is around it. */
static uint16_t text_at(const struct insn_case *c, uintptr_t addr)
{
	uintptr_t at = addr - c->addr, behind = at - c->row->len;
	uint32_t word = at < c->row->len ? c->bits
	                                 : (behind < TAIL ? tail_word(c, (unsigned)behind / 4) : 0);

	if (!word)
		return code_filling(addr);
	return (uint16_t)(word >> 8 * ((at < c->row->len ? at : behind) & 2));
}

static void write_text(const struct insn_case *c, bool place)
{
	uintptr_t end = c->addr + c->row->len + TAIL;

	for (uintptr_t at = c->addr; at < end; at += 2)
		*(volatile uint16_t *)at = place ? text_at(c, at) : code_filling(at);
	__asm volatile("fence.i" ::: "memory");
}

void insn_place(const struct insn_case *c)
{
	write_text(c, true);
}

void insn_remove(const struct insn_case *c)
{
	write_text(c, false);
}

static int decode(const struct insn_case *c, struct tl_insn *insn)
{
	uint16_t window[2 * RISCV_TRAP_INSNS];
	const struct tl_text text = {(uint8_t *)window, c->addr, 0, sizeof window};

	for (unsigned i = 0; i < sizeof window / 2; i++)
		window[i] = text_at(c, c->addr + 2 * i);
	return tl_arch_isa->decode(tl_arch_isa, &text, insn);
}

/* ---- cases ---- */

bool insn_draw(const struct insn_row *row, struct insn_case *c)
{
	unsigned site = insn_random() % CODE_SITES;
	struct tl_insn insn;

	memset(c, 0, sizeof *c);
	c->row = row;
	c->bits = row->match | (insn_random() & ~row->mask & (row->len == 4 ? ~0u : 0xffffu));
	c->addr = c->start = code_site(site);
	c->fires = true;
	steer(c);
	if (!decided_by(c->bits, row))
		return false;
	c->error = row->error;
	if (c->error)
		return decode(c, &insn) == c->error;
	if (case_is_csr(c))
		draw_tail(c);
	case_draw_state(c);
	if (!case_can_be_proved(c) || decode(c, &insn))
		return false;
	c->no_trap = insn.flags & TL_INSN_NO_TRAP;
	if (c->no_trap && !(insn.flags & TL_INSN_LEAVES) && is_far(site))
		c->error = -TL_EMASK; /* no jump back reaches: a breakpoint would have to follow */
	return true;
}

/* ---- verdicts ---- */

bool insn_faulted(const struct insn_case *c, const struct insn_state *after)
{
	const struct cpu *cpu = const_cpu_of(after);

	(void)c;
	return cpu->mcause != BREAKPOINT || !is_landing(cpu->pc);
}

bool insn_executed(const struct insn_case *c, const struct insn_state *after)
{
	return const_cpu_of(after)->pc != c->addr;
}

bool insn_uses_fp(const struct insn_state *state)
{
	return const_cpu_of(state)->mstatus & MSTATUS_FS;
}

/* A branch to where instructions are ends behind the NOP there. */
static bool leads_to(uintptr_t at, uintptr_t pc)
{
	return at == pc || (code_filling(at) == C_NOP && at + 2 == pc);
}

bool insn_sees(const struct insn_case *c, const struct insn_state *state, bool after,
               const struct tl_regs *tl_regs)
{
	const struct riscv_regs *regs = (const struct riscv_regs *)(const void *)tl_regs;
	const struct cpu *cpu = const_cpu_of(state);

	if (memcmp(regs->r, &cpu->ra, 31 * sizeof regs->r[0]))
		return false;
	return after ? leads_to(regs->pc, cpu->pc) : regs->pc == c->addr;
}

#define NAME(name) #name,
const char *const insn_words[INSN_WORDS] = {INSN_RISCV_WORDS(NAME)};
#undef NAME
