/* SPDX-License-Identifier: MIT */
/*
 * The mock machine: runs mock64 code in real memory at fixed addresses, takes exceptions, traps
 * into the agent. Everything is deterministic: time is the number of instructions run, interrupts
 * come where a test says.
 *
 * A C handler that the agent calls runs on the machine's own stack (setjmp, longjmp), while
 * mock_cpu.regs stands in the dispatcher: from there it may run mock code in the same context
 * (mock_call), be interrupted (mock_irq), or never return (mock_unwind).
 */
#ifndef MOCK_CPU_H
#define MOCK_CPU_H

#include <setjmp.h>

#include "mock_isa.h"

/* Addresses. */
#define MOCK_FLASH      ((uintptr_t)0x08000000) /* executable, ignores writes */
#define MOCK_TEXT       ((uintptr_t)0x10000000)
#define MOCK_RAM        ((uintptr_t)0x20000000)
#define MOCK_PAGE       ((uintptr_t)0x30000000) /* data; not mapped unless mock_cpu.page */
#define MOCK_TEXT_SIZE  0x4000
#define MOCK_RAM_SIZE   0x10000
#define MOCK_MAIN_STACK (MOCK_RAM + 0x8000) /* its top; grows down */
#define MOCK_PADS                                                                                  \
	(MOCK_TEXT + MOCK_TEXT_SIZE) /* of jump probes: no memory, mock_cpu.c does what they do */
#define MOCK_RETURN ((uintptr_t)0x0ffffff0) /* where what mock_call() runs returns to */
#define MOCK_DISPATCHER                                                                            \
	((uintptr_t)0x0fff0000) /* calls tl_trap(r0, TL_CAUSE_DISPATCH), falls through to: */
#define MOCK_RESUME ((uintptr_t)0x0fff0002) /* a breakpoint */
#define MOCK_BREAK  ((uintptr_t)0x0fff0020) /* tl_arch_break() */
#define MOCK_RAISE  ((uintptr_t)0x0fff0010) /* where tl_arch_raise() commits its access */

static inline uintptr_t mock_task_stack(unsigned task) /* its top; 0x1000 bytes */
{
	return MOCK_MAIN_STACK + 0x1000 * (task + 1);
}

enum { MOCK_VECTORS = 32, MOCK_COMPARATORS = 4 };

struct mock_native;
struct mock_cpu {
	struct mock_regs regs;
	unsigned long count; /* instructions run */
	unsigned long most;  /* more than these are fatal; 0: no end */
	/* where the machine locks up; must not return. NULL: the program ends */
	void (*on_fatal)(void);
	struct mock_regs frames[16];
	unsigned depth;                  /* exceptions under way */
	uintptr_t main_sp;               /* while a task runs */
	uintptr_t vectors[MOCK_VECTORS]; /* of interrupts: mock code that ends in RETI. The higher
	                                    number preempts */
	uint32_t pending;                /* interrupts that wait, bit n */
	unsigned long irq_at;            /* at this count … */
	unsigned irq_number;             /* … this interrupt comes; 0: none */
	bool irq_off;                    /* tl_arch_lock() */
	bool in_trap;
	bool no_count; /* contexts have no register `count` */
	bool halted;
	bool exclusive;
	unsigned comparators;   /* of code, MOCK_COMPARATORS at most, */
	bool comparators_taken; /* a debugger's */
	struct {
		uintptr_t addr;
		bool used, on;
	} compared[MOCK_COMPARATORS];
	bool page;          /* MOCK_PAGE is mapped */
	bool text_is_rom;   /* text ignores writes, as flash does */
	uintptr_t roots[2]; /* where code begins that no trap may come to: TL_EPRIO with what it
	                       calls, TL_ETRAP without */
	uintptr_t ticks;    /* mock code that stands for tl_port.ticks, as the agent reads it; 0: it
	                       calls nothing */
	bool ticks_runs;    /* and that is run when ticks is called: not to be in a trap */
	bool guarded;       /* loads may fault in a trap */
	bool untrappable;   /* a trap that is not ours goes where another would lock the core up */
	unsigned tasks;     /* suspended tasks: no base level */
	uintptr_t other_sp; /* of what handlers have interrupted; 0: it is on their stack */
	bool unprivileged;  /* tasks are: their returns trap */
	unsigned traps;     /* taken */
	unsigned cause;     /* of the last trap */
	uintptr_t fault;    /* address that could not be accessed */
	struct mock_native *native; /* C code of the agent under way */
};
extern struct mock_cpu mock_cpu;

void mock_reset(void); /* maps memory, clears all of it, stands at MOCK_TEXT on the main stack */
/* Runs from `pc` to HALT; false if that took more than `most` instructions. */
bool mock_run(uintptr_t pc, unsigned long most);
/* From C in a context of the mock: runs a function there, returns its r0. */
uintptr_t mock_call(uintptr_t function, uintptr_t arg);
void mock_break(void); /* the trap of tl_arch_break() */
/* The same in a task, on its own stack. */
uintptr_t mock_call_task(unsigned task, uintptr_t function, uintptr_t arg);
/* An interrupt, now (from C), or as soon as it may; or at an instruction count. */
void mock_irq(unsigned n);
void mock_irq_at(unsigned long count, unsigned n);
void mock_deliver(void); /* interrupts that wait, if they may */
/* From a handler: leaves it for good, as longjmp() would. */
__attribute__((noreturn)) void mock_unwind(uintptr_t pc, uintptr_t sp);

/* Memory as the core sees it: host pointer for an access, or NULL. */
enum mock_access { MOCK_READ, MOCK_WRITE, MOCK_FETCH };
uint8_t *mock_memory(uintptr_t addr, unsigned n, enum mock_access access);
bool mock_ignores_writes(uintptr_t addr);
/* A trap at mock_cpu.regs; on return the machine stands where it goes on. */
void mock_trap(unsigned cause);

/* mock_arch.c: the firmware's handler for a trap, NULL if it has none. */
void (*mock_chained(unsigned cause))(void);

#endif
