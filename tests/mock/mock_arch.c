/* SPDX-License-Identifier: MIT */
/*
 * mock64, the target half: arch.h over the mock machine. Also holds the agent to the contract: what may not be done in a trap
 * ends the program.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "error.h"
#include "mock_cpu.h"
#include "trapline.h"

const struct tl_isa *const tl_arch_isa = &mock64;

_Static_assert(sizeof(struct mock_regs) <= TL_ARCH_REGS_SIZE, "TL_ARCH_REGS_SIZE");
_Static_assert(TL_REG_PC == PC && TL_REG_SP == SP && TL_REG_LR == LR, "TL_REG_");

extern const char __start_tl_text[], __stop_tl_text[];

static void (*chain[MOCK_VECTORS])(void);

static const struct mock_regs *mock_regs(const struct tl_regs *regs)
{
	return (const struct mock_regs *)(const void *)regs;
}

void tl_arch_init(void)
{
	memset(chain, 0, sizeof chain);
}

/* ---- the interrupt lock ---- */

uintptr_t tl_arch_lock(void)
{
	bool was = mock_cpu.irq_off;

	mock_cpu.irq_off = true;
	return was;
}

void tl_arch_unlock(uintptr_t was)
{
	mock_cpu.irq_off = was;
	if (!was && mock_cpu.pending)
		mock_deliver();
}

/* ---- text and memory ---- */

int tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	uint8_t *to = mock_memory(addr, n, MOCK_WRITE);

	assert(n >= 1 && n <= 4);
	assert(!mock_cpu.in_trap || bytes[0] != MOCK_BRK);
	if (!to)
		return -TL_EROM;
	if (!mock_ignores_writes(addr))
		memcpy(to, bytes, n);
	return memcmp(to, bytes, n) ? -TL_EROM : 0;
}

/* The agent's own code is native, and yet text. */
bool tl_arch_executable(uintptr_t addr)
{
	return mock_memory(addr, 1, MOCK_FETCH) ||
	       addr - (uintptr_t)__start_tl_text < (uintptr_t)(__stop_tl_text - __start_tl_text);
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	const uint8_t *from = mock_memory(addr, n, MOCK_READ);

	assert(!mock_cpu.in_trap);
	if (!from)
		return -TL_EFAULT;
	memcpy(to, from, n);
	return 0;
}

int tl_arch_write(uintptr_t addr, const void *from, unsigned n)
{
	uint8_t *to = mock_memory(addr, n, MOCK_WRITE);

	assert(!mock_cpu.in_trap);
	if (!to)
		return -TL_EFAULT;
	if (!mock_ignores_writes(addr))
		memcpy(to, from, n);
	return 0;
}

/* ---- contexts and the dispatcher ---- */

bool tl_arch_base_level(void)
{
	return !mock_cpu.depth && !mock_cpu.regs.process && !mock_cpu.tasks;
}

struct tl_context tl_arch_context(const struct tl_regs *regs)
{
	const struct mock_regs *m = mock_regs(regs);

	return (struct tl_context){
	        .key = m->exception << 1 | m->process,
	        .sp = m->r[SP],
	        .shared = m->process,
	};
}

struct tl_regs *tl_arch_dispatch(struct tl_regs *regs)
{
	struct mock_regs *m = (struct mock_regs *)(void *)regs;
	uintptr_t saved = (m->r[SP] - sizeof *m) & ~(uintptr_t)15;

	assert(mock_cpu.in_trap);
	if (!mock_memory(saved, sizeof *m, MOCK_WRITE))
		return NULL;
	memcpy((void *)saved, m, sizeof *m);
	m->r[R0] = m->r[SP] = saved;
	m->r[PC] = MOCK_DISPATCHER;
	m->r[FLAGS] = 0;
	return (struct tl_regs *)saved;
}

struct tl_regs *tl_arch_dispatched(const struct tl_regs *regs)
{
	const struct mock_regs *m = mock_regs(regs);

	return m->r[PC] == MOCK_RESUME ? (struct tl_regs *)m->r[R4] : NULL;
}

void tl_arch_restore(struct tl_regs *regs, const struct tl_regs *saved)
{
	memcpy(regs, saved, sizeof(struct mock_regs));
}

/* The access that a simulation could not make: the fault abandons the C code above it, as the exception would. */
void tl_arch_raise(uintptr_t addr, unsigned bytes)
{
	if (mock_memory(addr, bytes, MOCK_READ))
		return;
	mock_cpu.regs.r[PC] = MOCK_RAISE;
	mock_cpu.regs.r[SP] -= 64;
	mock_cpu.fault = addr;
	mock_trap(TL_CAUSE_BUS);
	mock_unwind(mock_cpu.regs.r[PC], mock_cpu.regs.r[SP]);
}

bool tl_arch_raised(const struct tl_regs *regs)
{
	return mock_regs(regs)->r[PC] == MOCK_RAISE;
}

/* ---- returns: mock_cpu.c runs the trampoline, which is no code ---- */

void tl_return_trampoline(void)
{
	abort();
}

uintptr_t tl_arch_hook(const struct tl_look *look, void *probe, uintptr_t resume)
{
	struct mock_regs *m = look->frame;
	uintptr_t addr = tl_return_hook(probe, m->r[SP], m->r[LR]);

	if (!addr)
		return 0;
	m->r[LR] = addr;
	return resume;
}

bool tl_arch_returned(const struct tl_regs *regs)
{
	return mock_regs(regs)->r[PC] == (uintptr_t)tl_return_trampoline;
}

void tl_arch_return_to(struct tl_regs *regs, uintptr_t addr)
{
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	m->r[PC] = m->r[LR] = addr;
}

bool tl_arch_at_breakpoint(const struct tl_regs *regs)
{
	const uint8_t *code = mock_memory(mock_regs(regs)->r[PC], 2, MOCK_FETCH);

	return code && code[0] == MOCK_BRK;
}

bool tl_arch_untrappable(void)
{
	return mock_cpu.untrappable;
}

void tl_arch_capture(struct tl_regs *regs)
{
	memcpy(regs, &mock_cpu.regs, sizeof mock_cpu.regs);
}

/* ---- the firmware's own handlers: 3 hard fault, 4 memory, 5 bus, 6 usage, 12 debug monitor, as on Cortex-M ---- */

int tl_chain_handler(unsigned vector, void (*handler)(void))
{
	if ((vector < 3 || vector > 6) && vector != 12)
		return -TL_EINVAL;
	chain[vector] = handler;
	return 0;
}

void (*mock_chained(unsigned cause))(void)
{
	static const uint8_t vector[] = {
	        [TL_CAUSE_BREAK] = 12, [TL_CAUSE_FAULT] = 3, [TL_CAUSE_BUS] = 5, [TL_CAUSE_MEMORY] = 4, [TL_CAUSE_USAGE] = 6};

	return chain[vector[cause]];
}
