/* SPDX-License-Identifier: MIT */
/*
 * mock64, the target half: arch.h over the mock machine. Also holds the agent to the contract: what
 * may not be done in a trap ends the program.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "debug.h"
#include "error.h"
#include "mock_board.h"
#include "mock_cpu.h"
#include "trapline.h"
#include "watchpoint.h"

const struct tl_isa *const tl_arch_isa = &mock64;
const unsigned tl_arch_regs_size = sizeof(struct mock_regs);

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

	assert(n <= 4);
	assert(!n || !mock_cpu.in_trap || bytes[0] != MOCK_BRK);
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

uintptr_t tl_arch_words(uintptr_t from, void *to, unsigned n)
{
	memcpy(to, (const void *)from, n * sizeof from);
	return from + n * sizeof from;
}

unsigned tl_arch_copy(uintptr_t addr, void *to, unsigned n)
{
	unsigned done = 0;

	if (!tl_arch_read(addr, to, n))
		return n;
	while (!tl_arch_read(addr + done, (uint8_t *)to + done, 1))
		done++;
	return done;
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	const uint8_t *from = mock_memory(addr, n, MOCK_READ);

	assert(!mock_cpu.in_trap);
	if (!from)
		return mock_ticks_text(addr, to, n) ? 0 : -TL_EFAULT;
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

/* ---- comparators ---- */

/* That which has the address, or, with TL_COMPARE_ON, is free; mock_cpu.comparators: none. */
static unsigned comparator(uintptr_t addr, bool free)
{
	unsigned i = 0;

	while (i < mock_cpu.comparators &&
	       (free ? mock_cpu.compared[i].used
	             : !mock_cpu.compared[i].used || mock_cpu.compared[i].addr != addr))
		i++;
	return i;
}

int tl_arch_compare(uintptr_t addr, enum tl_compare how)
{
	unsigned i = comparator(addr, false);

	assert(mock_cpu.irq_off || mock_cpu.in_trap);
	assert(!mock_cpu.in_trap || how < TL_COMPARE_ON);
	if (how >= TL_COMPARE_ON) {
		if (mock_cpu.comparators_taken)
			return -TL_EBUSY;
		if (!mock_cpu.comparators)
			return -TL_ENOSUP;
		if (i == mock_cpu.comparators)
			i = comparator(addr, true);
		if (i == mock_cpu.comparators)
			return -TL_EFULL;
	}
	if (i == mock_cpu.comparators || how == TL_COMPARE_TRY)
		return 0;
	mock_cpu.compared[i].addr = addr;
	mock_cpu.compared[i].used = how != TL_COMPARE_OFF;
	mock_cpu.compared[i].on = how == TL_COMPARE_ON;
	return 0;
}

bool tl_arch_left_over(const struct tl_regs *regs)
{
	bool any = false;

	for (unsigned i = 0; i < mock_cpu.comparators; i++)
		if (!mock_cpu.compared[i].used && mock_cpu.compared[i].on &&
		    mock_cpu.compared[i].addr == mock_regs(regs)->r[PC]) {
			mock_cpu.compared[i].on = false;
			any = true;
		}
	return any;
}

struct tl_comparators tl_arch_comparators(void)
{
	struct tl_comparators c = {.taken = mock_cpu.comparators_taken};

	for (unsigned i = 0; !c.taken && i < mock_cpu.comparators; i++) {
		c.count++;
		c.used += mock_cpu.compared[i].used;
	}
	return c;
}

/* ---- contexts and the dispatcher ---- */

bool tl_arch_base_level(void)
{
	return !mock_cpu.depth && !mock_cpu.regs.process && !mock_cpu.tasks;
}

enum tl_below tl_arch_below(void (*see)(uintptr_t word))
{
	(void)see;
	return mock_cpu.depth ? TL_BELOW_UNKNOWN : TL_BELOW_NOBODY;
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

struct tl_regs *tl_arch_dispatch(struct tl_regs *regs, void *stack)
{
	struct mock_regs *m = (struct mock_regs *)(void *)regs;
	uintptr_t top = stack ? (uintptr_t)stack : m->r[SP],
	          saved = (top - sizeof *m) & ~(uintptr_t)15;

	assert(mock_cpu.in_trap);
	assert(!stack || mock_cpu.irq_off);
	if (!stack && !mock_memory(saved, sizeof *m, MOCK_WRITE))
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

/* ---- for GDB: mock_cpu.c takes the trap of tl_arch_break() ---- */

void tl_arch_break(void)
{
	mock_break();
}

bool tl_arch_broke_in(const struct tl_regs *regs)
{
	return mock_regs(regs)->r[PC] == MOCK_BREAK;
}

enum tl_signal tl_arch_signal(const struct tl_regs *regs, unsigned cause)
{
	static const uint8_t signal[] = {[TL_CAUSE_FAULT] = 11,
	                                 [TL_CAUSE_BUS] = 10,
	                                 [TL_CAUSE_MEMORY] = 11,
	                                 [TL_CAUSE_USAGE] = 4};

	(void)regs;
	return (enum tl_signal)signal[cause];
}

void tl_arch_interrupted(void (*see)(uintptr_t pc))
{
	(void)see;
}

uintptr_t tl_arch_entry(const struct tl_regs *regs)
{
	(void)regs;
	return 0;
}

uintptr_t tl_arch_goes_to(const struct tl_regs *regs)
{
	return mock_regs(regs)->r[PC];
}

/* Two registers that are the machine's, one of them read-only. */
static const struct tl_system_reg system_regs[] = {{"irq_off", NULL, 40, 32},
                                                   {"count", NULL, 41, 64}};

const struct tl_reg_feature tl_arch_features[] = {
        {"org.trapline.mock.system", system_regs, 2, false, 0}, {NULL, NULL, 0, false, 0}};

int tl_arch_system_reg(struct tl_regs *regs, uintptr_t *lock, unsigned gdb, uint64_t *value,
                       bool write)
{
	(void)regs;
	if (gdb == 41) {
		*value = mock_cpu.count;
		return write ? -1 : 0;
	}
	if (write)
		*lock = *value & 1;
	else
		*value = *lock;
	return 0;
}

int tl_arch_context_reg(const struct tl_regs *regs, unsigned gdb, uint64_t *value)
{
	uintptr_t lock = 7;

	if (gdb == 41 && mock_cpu.no_count)
		return -1;
	return tl_arch_system_reg((struct tl_regs *)(uintptr_t)regs, &lock, gdb, value, false);
}

/* One comparator. mock_cpu.c does not look at it: that it traps is tested on the target. */
static uintptr_t watched;

int tl_arch_watch(enum tl_access kind, uintptr_t addr, unsigned bytes)
{
	if (kind == TL_ACCESS_NONE || bytes > sizeof addr)
		return -TL_EINVAL;
	if (watched)
		return -TL_EFULL;
	watched = addr;
	return 0;
}

void tl_arch_unwatch(enum tl_access kind, uintptr_t addr)
{
	if (kind == TL_ACCESS_NONE || watched == addr)
		watched = 0;
}

void tl_arch_watch_hold(bool hold)
{
	(void)hold;
}

bool tl_arch_watched(const struct tl_regs *regs, enum tl_access *kind, uintptr_t *addr)
{
	(void)regs, (void)kind, (void)addr;
	return false;
}

/* The access that a simulation could not make: the fault abandons the C code above it, as the
 * exception would. */
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

/* ---- jump probes: mock_cpu.c does what pads do ---- */

const struct tl_arch_pads tl_arch_pads = {MOCK_PADS, MOCK_PADS + TL_POINTS *TL_PAD_SIZE};

/* ---- returns: mock_cpu.c runs the trampoline, which is no code ---- */

void tl_return_trampoline(void)
{
	abort();
}

uintptr_t tl_arch_hook(uintptr_t resume, const struct tl_look *look, void *probe)
{
	struct mock_regs *m = look->frame;

	return TL_RETURN ? tl_return_hook(resume, m->r[SP], probe, &m->r[LR]) : 0;
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

bool tl_arch_call(struct tl_regs *regs, const struct tl_insn *insn)
{
	(void)regs, (void)insn;
	return false;
}

bool tl_arch_at_breakpoint(const struct tl_regs *regs)
{
	const uint8_t *code = mock_memory(mock_regs(regs)->r[PC], 2, MOCK_FETCH);

	return code && code[0] == MOCK_BRK;
}

bool tl_arch_in_user(const struct tl_regs *regs)
{
	(void)regs;
	return false;
}

bool tl_arch_unprivileged(const struct tl_regs *regs)
{
	return mock_regs(regs)->process && mock_cpu.unprivileged;
}

uintptr_t tl_arch_other_stack(const struct tl_regs *regs)
{
	return mock_regs(regs)->exception ? mock_cpu.other_sp : 0;
}

struct tl_root tl_arch_root(unsigned n)
{
	return (struct tl_root){mock_cpu.roots[n], n ? TL_ETRAP : TL_EPRIO, !n};
}

bool tl_arch_untrappable(void)
{
	return mock_cpu.untrappable;
}

bool tl_arch_trap_guarded(void)
{
	return mock_cpu.guarded;
}

void tl_arch_capture(struct tl_regs *regs)
{
	memcpy(regs, &mock_cpu.regs, sizeof mock_cpu.regs);
}

/* ---- the firmware's own handlers: 3 hard fault, 4 memory, 5 bus, 6 usage, 12 debug monitor, as on
 * Cortex-M ---- */

int tl_chain_handler(unsigned vector, void (*handler)(void))
{
	if ((vector < 3 || vector > 6) && vector != 12)
		return -TL_EINVAL;
	chain[vector] = handler;
	return 0;
}

void (*mock_chained(unsigned cause))(void)
{
	static const uint8_t vector[] = {[TL_CAUSE_BREAK] = 12,
	                                 [TL_CAUSE_FAULT] = 3,
	                                 [TL_CAUSE_BUS] = 5,
	                                 [TL_CAUSE_MEMORY] = 4,
	                                 [TL_CAUSE_USAGE] = 6};

	return chain[vector[cause]];
}
