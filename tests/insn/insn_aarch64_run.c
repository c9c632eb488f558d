/* SPDX-License-Identifier: MIT */
/*
 * Runs of cases on AArch64: see insn.h. A case starts by ERET, at EL1 or EL0, and ends at a landing
 * or in a fault, wherever that is.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: D1.4 (exceptions), D17.2
 * (system registers).
 */
#include <stddef.h>
#include <string.h>

#include "aarch64.h"
#include "arch.h"
#include "insn_aarch64.h"

_Static_assert(offsetof(struct cpu, x30) == CPU_X(30) &&
                       offsetof(struct cpu, sp_el1) == CPU_SP_EL1 &&
                       offsetof(struct cpu, sp_el0) == CPU_SP_EL0 &&
                       offsetof(struct cpu, pc) == CPU_PC,
               "CPU_X");
_Static_assert(offsetof(struct cpu, pstate) == CPU_PSTATE && offsetof(struct cpu, fpsr) == CPU_FPSR,
               "CPU_PSTATE");
_Static_assert(offsetof(struct cpu, fpcr) == CPU_FPCR &&
                       offsetof(struct cpu, cpacr_el1) == CPU_CPACR,
               "CPU_FPCR");
_Static_assert(offsetof(struct cpu, v0) == CPU_Q(0) && offsetof(struct cpu, v31) == CPU_Q(31),
               "CPU_Q");

struct cpu a64_ended;
uint64_t a64_home;
uint32_t a64_scratch[SCRATCH_SIZE / 4] __attribute__((aligned(4096)));

void a64_enter(const struct cpu *from);

static struct cpu home; /* the proof's own registers of the system */

#define READ(name, to) __asm volatile("mrs %0, " #name : "=r"(to))
#define WRITE(name, value)                                                                         \
	__asm volatile("msr " #name ", %0\n\tisb" ::"r"((uint64_t)(value)) : "memory")
#define LOAD(name) WRITE(name, from->name);
#define TAKE(name)                                                                                 \
	READ(name, a64_ended.name);                                                                \
	WRITE(name, home.name);
#define READ_OF_HOME(name) READ(name, home.name);

/* ---- memory ---- */

uint32_t code_filling(uintptr_t addr)
{
	for (unsigned site = 0; site < CODE_SITES; site++)
		if (addr == code_site(site))
			return NOP;
	return LANDING | ((uint32_t)(addr >> 2) * 2654435761u >> 24) << 5;
}

bool is_landing(uintptr_t addr)
{
	return addr - code_start() < CODE_SIZE && !(addr & 3) && code_filling(addr) != NOP &&
	       *(const uint32_t *)addr == code_filling(addr);
}

static void memory_init(void)
{
	for (uintptr_t at = code_start(); at < code_start() + CODE_SIZE; at += 4)
		*(uint32_t *)at = code_filling(at);
	insn_scratch_init((uintptr_t)a64_scratch, SCRATCH_SIZE, insn_random);
}

/* ---- signed pointers ---- */

bool a64_signs(void)
{
	enum { APA_API = 0xff0 };
	uint64_t features;

	READ(id_aa64isar1_el1, features);
	return features & APA_API;
}

uint64_t a64_sign(uint64_t pointer, uint64_t modifier, bool by_key_b)
{
	if (!a64_signs())
		return pointer;
	if (by_key_b)
		__asm(".arch armv8.3-a\n\tpacib %0, %1" : "+r"(pointer) : "r"(modifier));
	else
		__asm(".arch armv8.3-a\n\tpacia %0, %1" : "+r"(pointer) : "r"(modifier));
	return pointer;
}

static void keys_init(void)
{
	const uint64_t keys = (uint64_t)3 << 30; /* A and B, for code */
	uint64_t control;

	if (!a64_signs())
		return;
	WRITE(S3_0_C2_C1_0, 0x0123456789abcdef); /* APIAKeyLo_EL1, …Hi…, APIBKey… */
	WRITE(S3_0_C2_C1_1, 0xfedcba9876543210);
	WRITE(S3_0_C2_C1_2, 0x0f1e2d3c4b5a6978);
	WRITE(S3_0_C2_C1_3, 0x8796a5b4c3d2e1f0);
	READ(sctlr_el1, control);
	WRITE(sctlr_el1, control | keys);
}

/* ---- in and out ---- */

enum { BELOW_STACK = 4096 }; /* bytes that traps and handlers use */

static void collect(const struct cpu *from, bool bare)
{
	const struct insn_stack stacks[] = {{from->sp_el1, a64_ended.sp_el1, BELOW_STACK},
	                                    {0, 0, 0}};
	struct insn_changes changes = insn_scratch_collect(stacks, bare);

	a64_ended.changed = changes.words;
	a64_ended.changes = changes.digest;
	a64_ended.changed_at = changes.at;
	a64_ended.changed_to = changes.to;
}

/* FAR is of faults of fetches and data, and of a PC that is not aligned. */
static bool has_far(const struct cpu *cpu)
{
	return class_of(cpu) >= CLASS_FETCH_EL0 && class_of(cpu) <= CLASS_DATA;
}

void insn_run(const struct insn_case *c, bool bare, struct insn_state *to)
{
	const struct cpu *from = const_cpu_of(&c->from);
	uintptr_t lock = tl_arch_lock();
	uint64_t masks;

	READ(daif, masks);
	INSN_AARCH64_SYSTEM(LOAD)
	tl_a64_set_software(c->how & HOW_WAKE);
	a64_enter(from);
	tl_a64_set_software(false);
	READ(esr_el1, a64_ended.esr);
	READ(far_el1, a64_ended.far);
	INSN_AARCH64_SYSTEM(TAKE)
	WRITE(daif, masks);
	tl_arch_unlock(lock);
	a64_ended.pstate &= ~(uint64_t)PSTATE_BTYPE;
	if (!has_far(&a64_ended))
		a64_ended.far = 0;
	collect(from, bare);
	memset(to, 0, sizeof *to);
	memcpy(to, &a64_ended, sizeof a64_ended);
}

void insn_init(void)
{
	INSN_AARCH64_SYSTEM(READ_OF_HOME)
	keys_init();
	memory_init();
}
