/* SPDX-License-Identifier: MIT */
/*
 * Runs of cases on RISC-V: see insn.h. A case starts by MRET, in any mode, and ends at a landing or
 * in a fault, wherever that is.
 *
 * Follows the RISC-V Instruction Set Manual, volume II, 20211203: 3.1.6 (mstatus), 3.7 (PMP).
 */
#include <stddef.h>
#include <string.h>

#include "arch.h"
#include "insn_riscv.h"

_Static_assert(offsetof(struct cpu, t6) == CPU_X(31) && offsetof(struct cpu, pc) == CPU_PC,
               "CPU_X");
_Static_assert(offsetof(struct cpu, ft0) == CPU_F(0) && offsetof(struct cpu, ft11) == CPU_F(31),
               "CPU_F");
_Static_assert(offsetof(struct cpu, fcsr) == CPU_FCSR &&
                       offsetof(struct cpu, mstatus) == CPU_MSTATUS,
               "CPU_FCSR");

_Alignas(8) struct cpu riscv_ended;
uintptr_t riscv_home;

void riscv_enter(const struct cpu *from);

static struct cpu home; /* the proof's own CSRs */

#define READ(name) __asm volatile("csrr %0, " #name : "=r"(home.name))
#define LOAD(name) __asm volatile("csrw " #name ", %0" ::"r"(from->name));
#define TAKE(name)                                                                                 \
	__asm volatile("csrrw %0, " #name ", %1" : "=r"(riscv_ended.name) : "r"(home.name));
#define READ_OF_HOME(csr) READ(csr);

/* ---- memory ---- */

uint16_t code_filling(uintptr_t addr)
{
	for (unsigned site = 0; site < CODE_SITES; site++)
		if (addr == code_site(site))
			return C_NOP;
	return LANDING;
}

bool is_landing(uintptr_t addr)
{
	uint16_t text;

	return !tl_arch_read(addr, &text, sizeof text) && text == LANDING;
}

static void memory_init(void)
{
	for (uintptr_t at = code_start(); at < code_start() + CODE_SIZE; at += 2)
		*(uint16_t *)at = code_filling(at);
	insn_scratch_init(scratch_base(), SCRATCH_SIZE, insn_random);
}

/* ---- in and out ---- */

enum { BELOW_STACK = 4096 }; /* bytes that traps and handlers use */

static void collect(const struct cpu *from, bool bare)
{
	const struct insn_stack stacks[] = {{from->sp, riscv_ended.sp, BELOW_STACK}, {0, 0, 0}};
	struct insn_changes changes = insn_scratch_collect(stacks, bare);

	riscv_ended.changed = changes.words;
	riscv_ended.changes = changes.digest;
	riscv_ended.changed_at = changes.at;
	riscv_ended.changed_to = changes.to;
}

void insn_run(const struct insn_case *c, bool bare, struct insn_state *to)
{
	const struct cpu *from = const_cpu_of(&c->from);
	uintptr_t lock = tl_arch_lock();

	INSN_RISCV_CSRS(LOAD)
	riscv_enter(from);
	__asm volatile("csrr %0, mcause" : "=r"(riscv_ended.mcause));
	__asm volatile("csrr %0, mtval" : "=r"(riscv_ended.mtval));
	INSN_RISCV_CSRS(TAKE)
	__asm volatile("csrw mstatus, %0" ::"r"(home.mstatus & ~(uintptr_t)MSTATUS_MIE) : "memory");
	tl_arch_unlock(lock);
	collect(from, bare);
	memset(to, 0, sizeof *to);
	memcpy(to, &riscv_ended, sizeof riscv_ended);
}

void insn_init(void)
{
	enum { ALL_OF_MEMORY = 0x1f };

	INSN_RISCV_CSRS(READ_OF_HOME)
	READ(mstatus);
	__asm volatile("csrw pmpaddr0, %0\n\tcsrw pmpcfg0, %1" ::"r"(UINTPTR_MAX),
	               "r"(ALL_OF_MEMORY));
	memory_init();
}
