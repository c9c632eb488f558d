/* SPDX-License-Identifier: MIT */
/*
 * The mock machine: memory, the interpreter, exceptions. See mock_cpu.h.
 */
#include "mock_cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "debug.h"
#include "probe/jump.h"

struct mock_cpu mock_cpu;

struct mock_native {
	jmp_buf env;
	struct mock_native *outer;
};

/* ---- memory ---- */

enum { R = 1 << MOCK_READ, W = 1 << MOCK_WRITE, X = 1 << MOCK_FETCH, PAGE = 0x1000 };

static const struct region {
	uintptr_t base, size;
	unsigned access;
} regions[] = {
        {MOCK_FLASH, PAGE, R | W | X},
        {MOCK_TEXT, MOCK_TEXT_SIZE, R | W | X},
        {MOCK_RAM, MOCK_RAM_SIZE, R | W},
        {MOCK_PAGE, PAGE, R | W},
        {(uintptr_t)tl_slots, sizeof tl_slots, R | W | X},
};

static void fatal(const char *what)
{
	if (mock_cpu.on_fatal)
		mock_cpu.on_fatal();
	fprintf(stderr, "# mock: %s at pc %#lx after %lu instructions\n", what,
	        (unsigned long)mock_cpu.regs.r[PC], mock_cpu.count);
	abort();
}

uint8_t *mock_memory(uintptr_t addr, unsigned n, enum mock_access access)
{
	for (unsigned i = 0; i < sizeof regions / sizeof *regions; i++) {
		const struct region *r = &regions[i];

		if (addr - r->base >= r->size || n > r->base + r->size - addr)
			continue;
		return r->access >> access & 1 && (r->base != MOCK_PAGE || mock_cpu.page)
		               ? (uint8_t *)addr
		               : NULL;
	}
	return NULL;
}

bool mock_ignores_writes(uintptr_t addr)
{
	return addr - MOCK_FLASH < PAGE ||
	       (mock_cpu.text_is_rom && addr - MOCK_TEXT < MOCK_TEXT_SIZE);
}

void mock_reset(void)
{
	static bool mapped;

	for (unsigned i = 0; i < 4; i++) {
		void *at = (void *)regions[i].base;

		if (!mapped && mmap(at, regions[i].size, PROT_READ | PROT_WRITE,
		                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at)
			fatal("memory is taken");
		memset(at, 0, regions[i].size);
	}
	mapped = true;
	memset(&mock_cpu, 0, sizeof mock_cpu);
	mock_cpu.regs.r[PC] = MOCK_TEXT;
	mock_cpu.regs.r[SP] = MOCK_MAIN_STACK;
}

/* ---- exceptions ---- */

static bool may_interrupt(unsigned n)
{
	return mock_cpu.pending >> n & 1 && !mock_cpu.irq_off && !mock_cpu.in_trap &&
	       !mock_cpu.regs.masked && n > mock_cpu.regs.exception;
}

static void enter(unsigned n)
{
	struct mock_regs *m = &mock_cpu.regs;

	if (!mock_cpu.vectors[n] ||
	    mock_cpu.depth == sizeof mock_cpu.frames / sizeof *mock_cpu.frames)
		fatal("no vector");
	mock_cpu.pending &= ~(1u << n);
	mock_cpu.frames[mock_cpu.depth++] = *m;
	if (m->process)
		m->r[SP] = mock_cpu.main_sp;
	m->r[SP] = (m->r[SP] - 64) & ~(uintptr_t)15;
	m->process = 0;
	m->exception = n;
	m->r[PC] = mock_cpu.vectors[n];
	mock_cpu.exclusive = false;
}

/* True if an interrupt has been entered. */
static bool take_interrupt(void)
{
	for (unsigned n = MOCK_VECTORS - 1; n > 0; n--)
		if (may_interrupt(n)) {
			enter(n);
			return true;
		}
	return false;
}

static void leave(void)
{
	if (!mock_cpu.depth)
		fatal("return from no exception");
	mock_cpu.regs = mock_cpu.frames[--mock_cpu.depth];
	mock_cpu.exclusive = false;
}

void mock_trap(unsigned cause)
{
	struct mock_regs regs = mock_cpu.regs;
	struct tl_look look = {.frame = &regs};
	uintptr_t resume = 0;
	bool ours;
	void (*handler)(void);

	if (mock_cpu.in_trap || (cause == TL_CAUSE_BREAK && regs.masked))
		fatal("lockup");
	mock_cpu.traps++;
	mock_cpu.cause = cause;
	mock_cpu.exclusive = false;
	mock_cpu.in_trap = true;
	if (cause == TL_CAUSE_BREAK && mock_cpu.traps % 4) /* optional: now and then without */
		resume = tl_first_look(regs.r[PC], &look);
	if (resume && look.record)
		memcpy(look.record, regs.r, sizeof regs.r);
	if (resume & 1)
		resume = ((tl_recorded_fn *)look.record[-1])(resume);
	if (resume)
		regs.r[PC] = resume;
	ours = resume || tl_trap((struct tl_regs *)(void *)&regs, cause);
	mock_cpu.in_trap = false;
	mock_cpu.regs = regs;
	if (ours)
		return;
	handler = mock_chained(cause);
	if (!handler)
		fatal("a trap that nobody handles");
	handler();
}

/* ---- the interpreter ---- */

static bool fault(uintptr_t addr)
{
	mock_cpu.fault = addr;
	mock_trap(TL_CAUSE_BUS);
	return false;
}

static bool load(uintptr_t addr, uintptr_t *to)
{
	const uint8_t *from = mock_memory(addr, sizeof *to, MOCK_READ);

	if (!from)
		return fault(addr);
	memcpy(to, from, sizeof *to);
	return true;
}

static bool store(uintptr_t addr, uintptr_t value)
{
	uint8_t *to = mock_memory(addr, sizeof value, MOCK_WRITE);

	if (!to)
		return fault(addr);
	if (!mock_ignores_writes(addr))
		memcpy(to, &value, sizeof value);
	return true;
}

/* The result of an arithmetic instruction, with its flags. */
static uintptr_t result(uintptr_t v)
{
	mock_cpu.regs.r[FLAGS] = v ? 0 : MOCK_Z;
	return v;
}

static void execute(const uint8_t *code, unsigned len)
{
	struct mock_regs *m = &mock_cpu.regs;
	unsigned rd = code[1] >> 4, rs = code[1] & 0xf;
	intptr_t imm = len == 4 ? (int16_t)(code[2] | code[3] << 8) : 0;
	uintptr_t pc = m->r[PC], next = pc + len, value;

	switch (code[0]) {
	case MOCK_NOP:
	case MOCK_FAR:
		break;
	case MOCK_ADDZ:
		if (!(m->r[FLAGS] & MOCK_Z))
			break;
		/* fall through */
	case MOCK_ADD:
		m->r[rd] = result(m->r[rd] + m->r[rs]);
		break;
	case MOCK_MOV:
		m->r[rd] = m->r[rs];
		break;
	case MOCK_LI:
		m->r[rd] = (uintptr_t)imm;
		break;
	case MOCK_ADDI:
		m->r[rd] = result(m->r[rd] + (uintptr_t)imm);
		break;
	case MOCK_PUSH:
		if (!store(m->r[SP] - sizeof value, m->r[rd]))
			return;
		m->r[SP] -= sizeof value;
		break;
	case MOCK_POP:
		if (!load(m->r[SP], &value))
			return;
		m->r[SP] += sizeof value;
		m->r[rd] = value;
		break;
	case MOCK_POPRET:
		if (!load(m->r[SP], &next))
			return;
		m->r[SP] += sizeof value;
		break;
	case MOCK_RET:
		next = m->r[LR];
		break;
	case MOCK_CALLR:
		m->r[LR] = next;
		/* fall through */
	case MOCK_JR:
		next = m->r[rs];
		break;
	case MOCK_LDX:
	case MOCK_LD:
		if (!load(m->r[rs] + (uintptr_t)imm, &m->r[rd]))
			return;
		mock_cpu.exclusive = code[0] == MOCK_LDX;
		break;
	case MOCK_STX:
		if (mock_cpu.exclusive && !store(m->r[rs], m->r[rd]))
			return;
		m->r[FLAGS] = mock_cpu.exclusive ? MOCK_Z : 0;
		break;
	case MOCK_ST:
		if (!store(m->r[rs] + (uintptr_t)imm, m->r[rd]))
			return;
		break;
	case MOCK_MASKZ:
		if (!(m->r[FLAGS] & MOCK_Z))
			break;
		/* fall through */
	case MOCK_MASK:
	case MOCK_UNMASK:
		m->masked = code[0] != MOCK_UNMASK;
		break;
	case MOCK_CALL:
		m->r[LR] = next;
		/* fall through */
	case MOCK_B:
		next = pc + (uintptr_t)imm;
		break;
	case MOCK_BZ:
		if (m->r[FLAGS] & MOCK_Z)
			next = pc + (uintptr_t)imm;
		break;
	case MOCK_LDL:
		if (!load(pc + (uintptr_t)imm, &m->r[rd]))
			return;
		break;
	case MOCK_JM:
		if (!load(m->r[rs] + (uintptr_t)imm, &next))
			return;
		break;
	case MOCK_JL:
		if (!load(pc + (uintptr_t)imm, &next))
			return;
		break;
	case MOCK_HALT:
		mock_cpu.halted = true;
		break;
	case MOCK_RETI:
		leave();
		return;
	case MOCK_BRK:
		mock_trap(TL_CAUSE_BREAK);
		return;
	default:
		mock_trap(TL_CAUSE_USAGE);
		return;
	}
	m->r[PC] = next;
}

/* The dispatcher: calls the agent, which calls handlers. They may leave by longjmp: then the
 * registers have been set. */
static void run_dispatcher(void)
{
	struct mock_native native = {.outer = mock_cpu.native};
	uintptr_t saved = mock_cpu.regs.r[R0];

	mock_cpu.native = &native;
	if (!setjmp(native.env)) {
		tl_trap((struct tl_regs *)saved, TL_CAUSE_DISPATCH);
		mock_cpu.regs.r[R4] = saved;
		mock_cpu.regs.r[PC] = MOCK_RESUME;
	}
	mock_cpu.native = native.outer;
}

/* Where hooked functions return to: as the dispatcher, but without a trap if privileged. */
static void run_trampoline(void)
{
	struct mock_native native = {.outer = mock_cpu.native};
	struct mock_regs regs = mock_cpu.regs;
	bool irq_off = mock_cpu.irq_off;
	uintptr_t to = 0, *record = NULL;

	if (!TL_RETURN)
		fatal("a trampoline without return probes");
	if (regs.process && mock_cpu.unprivileged) {
		mock_trap(TL_CAUSE_BREAK);
		return;
	}
	mock_cpu.irq_off = true;
	if (TL_RETURN && mock_cpu.count % 4) /* optional: now and then without */
		to = tl_return_look(regs.r[SP]);
	if (TL_RETURN && mock_cpu.count % 4 && !to)
		to = tl_return_record(regs.r[SP], &record);
	if (to)
		mock_cpu.regs.r[PC] = mock_cpu.regs.r[LR] = to;
	if (record)
		memcpy(record, mock_cpu.regs.r, sizeof mock_cpu.regs.r);
	mock_cpu.irq_off = irq_off;
	if (to)
		return;
	mock_cpu.native = &native;
	mock_cpu.regs.r[SP] -= 256; /* the C code's */
	if (!setjmp(native.env)) {
		if (!tl_trap((struct tl_regs *)(void *)&regs, TL_CAUSE_RETURN))
			fatal("a return from no call");
		regs.r[SP] = mock_cpu.regs.r[SP] + 256;
		mock_cpu.regs = regs;
	}
	mock_cpu.native = native.outer;
}

/*
 * A pad, in two steps, so that interrupts may come before it keeps them out. Where a trap would
 * lock up it claims nothing; unprivileged code goes on to the place where it traps.
 */
static void run_pad(unsigned at)
{
	struct mock_regs regs = mock_cpu.regs;
	bool irq_off = mock_cpu.irq_off;
	uintptr_t pad = regs.r[PC];

	if (at == TL_PAD_TRAP) {
		mock_trap(TL_CAUSE_BREAK);
		return;
	}
	if (!at) {
		mock_cpu.regs.r[PC] +=
		        regs.process && mock_cpu.unprivileged ? TL_PAD_TRAP : TL_PAD_TRAP / 2;
		return;
	}
	mock_cpu.irq_off = true;
#if TL_FAST
	if (!regs.masked && tl_fast_claim(pad))
		mock_cpu.regs.r[PC] = tl_fast_hit(pad, (struct tl_regs *)(void *)&regs);
	else
		mock_cpu.regs.r[PC] = tl_fast_hit(pad, NULL);
#else
	(void)pad;
#endif
	mock_cpu.regs.r[LR] = regs.r[LR];
	mock_cpu.irq_off = irq_off;
}

void mock_unwind(uintptr_t pc, uintptr_t sp)
{
	mock_cpu.regs.r[PC] = pc;
	mock_cpu.regs.r[SP] = sp;
	longjmp(mock_cpu.native->env, 1);
}

/* Does a comparator trap? Not where the instruction's predicate is false. */
static bool is_compared(uintptr_t pc, const uint8_t *code)
{
	bool is = false;

	for (unsigned i = 0; i < mock_cpu.comparators; i++)
		is |= mock_cpu.compared[i].on && mock_cpu.compared[i].addr == pc;
	return is && (code[0] != MOCK_ADDZ || mock_cpu.regs.r[FLAGS] & MOCK_Z);
}

static void step(void)
{
	uintptr_t pc;
	const uint8_t *code;
	unsigned len;

	if (mock_cpu.irq_number && mock_cpu.count >= mock_cpu.irq_at) {
		mock_cpu.pending |= 1u << mock_cpu.irq_number;
		mock_cpu.irq_number = 0;
	}
	take_interrupt();
	mock_cpu.count++;
	if (mock_cpu.most && mock_cpu.count > mock_cpu.most)
		fatal("no end");
	pc = mock_cpu.regs.r[PC];
	if (pc == MOCK_DISPATCHER) {
		run_dispatcher();
		return;
	}
	if (pc == MOCK_RESUME || pc == MOCK_BREAK) {
		mock_trap(TL_CAUSE_BREAK);
		return;
	}
	if (pc - tl_arch_pads.first < tl_arch_pads.end - tl_arch_pads.first) {
		run_pad((unsigned)(pc - tl_arch_pads.first) % TL_PAD_SIZE);
		return;
	}
	if (pc == (uintptr_t)tl_return_trampoline) {
		run_trampoline();
		return;
	}
	code = mock_memory(pc, 2, MOCK_FETCH);
	len = code ? mock64.insn_len(code, 4) : 0;
	if (!code || !mock_memory(pc, len, MOCK_FETCH))
		fault(pc);
	else if (is_compared(pc, code))
		mock_trap(TL_CAUSE_BREAK);
	else
		execute(code, len);
}

bool mock_run(uintptr_t pc, unsigned long most)
{
	unsigned long end = mock_cpu.count + most;

	mock_cpu.regs.r[PC] = pc;
	mock_cpu.halted = false;
	while (!mock_cpu.halted && mock_cpu.count < end)
		step();
	return mock_cpu.halted;
}

/* Runs until the function called from exception depth `level` has returned. */
static uintptr_t run_call(const struct mock_regs *was)
{
	unsigned level = mock_cpu.depth;
	uintptr_t r0;

	mock_cpu.halted = false;
	while (!mock_cpu.halted && (mock_cpu.regs.r[PC] != MOCK_RETURN || mock_cpu.depth != level))
		step();
	r0 = mock_cpu.regs.r[R0];
	mock_cpu.regs = *was;
	return r0;
}

uintptr_t mock_call(uintptr_t function, uintptr_t arg)
{
	const struct mock_regs was = mock_cpu.regs;

	mock_cpu.regs.r[R0] = arg;
	mock_cpu.regs.r[SP] -= 64;
	mock_cpu.regs.r[LR] = MOCK_RETURN;
	mock_cpu.regs.r[PC] = function;
	return run_call(&was);
}

uintptr_t mock_call_task(unsigned task, uintptr_t function, uintptr_t arg)
{
	const struct mock_regs was = mock_cpu.regs;

	if (!was.process)
		mock_cpu.main_sp = was.r[SP];
	mock_cpu.regs = (struct mock_regs){.process = 1};
	mock_cpu.regs.r[R0] = arg;
	mock_cpu.regs.r[SP] = mock_task_stack(task);
	mock_cpu.regs.r[LR] = MOCK_RETURN;
	mock_cpu.regs.r[PC] = function;
	return run_call(&was);
}

void mock_break(void)
{
	mock_call(MOCK_BREAK, 0);
}

/* ---- interrupts ---- */

void mock_deliver(void)
{
	const struct mock_regs was = mock_cpu.regs;
	unsigned level = mock_cpu.depth;

	while (take_interrupt())
		while (!mock_cpu.halted && mock_cpu.depth != level)
			step();
	mock_cpu.regs = was;
}

void mock_irq(unsigned n)
{
	mock_cpu.pending |= 1u << n;
	mock_deliver();
}

void mock_irq_at(unsigned long count, unsigned n)
{
	mock_cpu.irq_at = count;
	mock_cpu.irq_number = n;
}
