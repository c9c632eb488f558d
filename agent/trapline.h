/* SPDX-License-Identifier: MIT */
/*
 * trapline: kprobes for bare metal. The only header that an application includes.
 *
 *     static const struct tl_port port = {
 *             .read = uart_read, .write = uart_write, .ticks = ticks, .tick_hz = 25000000};
 *     tl_init(&port);
 *     for (;;) { work(); tl_poll(); }
 *
 * Words and promises follow the Linux kernel's kprobes (Documentation/trace/kprobes.rst). Functions
 * return 0 or -TL_E… (errors.def) unless they say otherwise. "Context" below says where a function
 * may be called:
 *   base       thread level, privileged, or the lowest interrupt that polls the agent; not from
 *              within a probe handler
 *   any        also interrupts and probe handlers, at any priority at which a breakpoint can trap
 *
 * Nothing here blocks, allocates, or needs a libc.
 */
#ifndef TRAPLINE_H
#define TRAPLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "tl_config.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tl_regs; /* registers at a hit; read and written with tl_regs_get() and tl_regs_set() */

/*
 * The line to the host and the clock, as the firmware provides them. `read` or calls of tl_rx()
 * bring bytes in: one of the two, not both. Functions are called from tl_poll() and tl_tx_ready();
 * `ticks` also in traps, so that it cannot be probed, nor what it calls (TL_ENOPROBE). Best it
 * reads a counter and calls nothing: if what it runs cannot all be seen (a call by pointer, or more
 * than TL_GUARD pieces of code), it is called outside of traps, where it does no harm, but
 * snapshots take longer.
 */
struct tl_port {
	/* bytes taken, 0 if none; never blocks. NULL: tl_rx() is used */
	int (*read)(void *ctx, uint8_t *buf, int n);
	/* bytes accepted, 0 if busy; never blocks */
	int (*write)(void *ctx, const uint8_t *buf, int n);
	uint32_t (*ticks)(void *ctx); /* a free-running counter of 32 bits */
	uint32_t tick_hz; /* its rate, in Hz; must wrap no faster than tl_poll() is called */
	void *ctx;
	const char *board;    /* name that hosts show, or NULL */
	const void *build_id; /* the .note.gnu.build-id section (Elf32_Nhdr and on) if the linker
	                         script keeps it, or NULL */
	/* For GDB. As `read`, while the firmware is halted, interrupts locked out: only where
	   tl_rx() brings bytes in otherwise. NULL: the firmware cannot be halted. */
	int (*read_halted)(void *ctx, uint8_t *buf, int n);
	/* the memory map, NULL: not known; the last region has length 0 */
	const struct tl_region *memory;
	void (*reset)(void); /* as the reset button, or NULL */
	/* flash that may be written for probes of hosts that ask for it (`--flash`), or NULL; it
	   takes `build_id`, and an agent that is built with TL_FLASH=1 */
	const struct tl_flash *flash;
	/* Writes 1 to 4 bytes of text, or of tl_slots, which plain stores cannot reach since their
	   pages are mapped without the right to write: by another mapping, or with that right for
	   the moment. An aligned unit of 2 or 4 bytes by one store. 0, or anything else if it
	   failed; the agent reads back, and sees that fetches see it. Interrupts are locked out; it
	   may be a trap. So it is TL_NOPROBE, with all that it calls. NULL: by plain stores. An
	   agent that is built with TL_WRITE_TEXT=1 takes it: those of supervisor mode are. */
	int (*write_text)(uintptr_t addr, const void *from, unsigned n);
};

/*
 * A range of memory, for GDB; and for the values that hosts' probes record, which are read in
 * traps. Flash and ROM do not take software breakpoints. Devices may change when they are read:
 * that is for debuggers, or where a host names them. So they must be said to be devices, but for
 * what the architecture itself keeps code out of (Cortex-M: peripherals, external devices, system).
 */
enum { TL_DEVICE = 2 };
struct tl_region {
	uintptr_t start, length; /* bytes */
	uint8_t rom;             /* false: RAM; true; or TL_DEVICE */
};

/*
 * Flash that the agent may write, page by page, with breakpoints. What a page was is first copied
 * to another one, of those that are kept for that, and noted in a journal, so that it comes back
 * after a reset or a loss of power, whenever that happens (tl_flash_recover()). While a page is
 * written interrupts are locked out: tens of milliseconds on most chips, a second or two where
 * pages are large. All addresses are below 4 GiB.
 *
 * `erase` and `program` return 0, or anything else if it failed. They, what they call, and what
 * runs after a reset before tl_flash_recover() are not in `text`; best they are TL_NOPROBE, or in
 * RAM where flash cannot be read meanwhile. They use no variables, and call nothing of a C library.
 */
enum { TL_FLASH_UNIT = 16 };
struct tl_flash_area {
	uintptr_t start, end; /* behind the last byte; pages wholly within are written */
	uint32_t page;        /* bytes that are erased at once: a power of two from 256 on */
};
struct tl_flash {
	const struct tl_flash_area *text; /* code that may be probed; the last has end 0 */
	uintptr_t journal;                /* a page that is the agent's alone */
	uint32_t journal_size;            /* its bytes */
	uintptr_t copies;                 /* the first of the pages for copies, the agent's alone */
	uint32_t copy_size;               /* bytes of each: at least those of a page of text */
	uint8_t ncopies;                  /* so many pages can be changed at once: 1 to 255 */
	int (*erase)(uintptr_t page);     /* all of it to ones */
	/* erased bytes, or zeros over others; `at` and `n` are multiples of TL_FLASH_UNIT, `from`
	   of 4 */
	int (*program)(uintptr_t at, const void *from, unsigned n);
};

/* Takes the trap vectors and opens the line. Once, before interrupts hit probes. Context: base.
 * TL_EINVAL: no write or ticks. */
int tl_init(const struct tl_port *port);
/*
 * Puts back every page of flash that a reset or a loss of power has found changed. Once after each
 * reset, before anything in port->flash->text runs: best the first thing of all, since no variable
 * is used. Firmware that loses power while a page is erased may else not start. tl_init() does it
 * again. Returns the number of pages; -TL_EFLASH. With TL_FLASH=1 only. Context: interrupts locked
 * out, on any stack.
 */
int tl_flash_recover(const struct tl_port *port);
/* Serves the host: call it from the main loop or idle, at least every few milliseconds while a host
   is attached. Context: base. */
void tl_poll(void);
/* Bytes from the line, in order. Context: any, one at a time: usually the UART's receive
   interrupt. */
void tl_rx(const uint8_t *buf, int n);
/* The line can take more. Optional: the UART's transmit interrupt keeps the stream going while the
 * main loop is busy. Context: any. */
void tl_tx_ready(void);

/*
 * Firmware's own text on the same line: plain when no host is attached, in frames when one is.
 * Returns the bytes accepted, fewer than n when the buffer is full: call again after tl_poll().
 * Context: any, one at a time.
 */
int tl_console_write(const char *s, int n);
/* Text typed at the host, outside frames or with `trapline console`: bytes taken, 0 if none.
 * Context: any, one at a time. */
int tl_console_read(char *buf, int n);

/* What a trap was. Values above TL_CAUSE_FAULT are kinds of fault. */
enum tl_cause {
	TL_CAUSE_BREAK,    /* a breakpoint instruction at the PC */
	TL_CAUSE_DISPATCH, /* not a trap: the dispatcher runs in the interrupted context (arch.h) */
	TL_CAUSE_RETURN, /* not a trap: a function whose return is hooked has come to the trampoline
	                    (arch.h) */
	TL_CAUSE_FAULT,  /* a fault of a kind not known; a breakpoint, too, where the core does not
	                    tell (Armv6-M) */
	TL_CAUSE_BUS,    /* bus error, access fault */
	TL_CAUSE_MEMORY, /* protection, MPU or PMP */
	TL_CAUSE_USAGE,  /* undefined instruction, alignment, divide by zero, and the like */
};

/*
 * The agent's trap handler, for firmware that owns its vectors and saves `struct tl_regs` itself;
 * others need not call it. True: apply `regs` and resume. False: not ours; go on in the firmware's
 * own handler, with `regs` (a PC inside the agent's slots has been put back). Context: the trap.
 */
bool tl_trap(struct tl_regs *regs, unsigned cause);

/*
 * RISC-V: the same for a handler that has saved the registers in a way of its own, on the stack of
 * the code that the trap has come from, which is in the handler's own mode; a kernel's, say:
 *
 *     if (tl_trap_saved(frame->x + 1, &frame->epc, &frame->status, cause))
 *             return;
 *
 * `x1`: the registers x1 to x31, in that order; `epc`, `status`, `cause`: the CSRs of the mode,
 * without the letter for it. Each trap is passed, interrupts included, before anything else is
 * done. Those from user mode are not the agent's. True: put back what these now hold, and return
 * from the trap at once: below the stack pointer there may be what that leads to, which a further
 * call would overwrite. False: not the agent's. What runs before this is TL_NOPROBE. The vector is
 * the firmware's `tl_vectors`, and `tl_chained_trap` as well. tests/hil/kernel/kernel.c is an
 * example. Context: the trap.
 */
bool tl_trap_saved(uintptr_t *x1, uintptr_t *epc, uintptr_t *status, uintptr_t cause);

/*
 * Traps that are not the agent's go to the firmware's handler for that vector, entered as if by the
 * hardware. Needed only where the firmware had a handler of its own. `vector`: the exception number
 * (Cortex-M: 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault, 12 DebugMonitor; RISC-V: none, the
 * handler is the symbol tl_chained_trap, which the firmware must define; AArch64: none, its table
 * of vectors is tl_chained_vectors). TL_EINVAL: no such vector. Context: any.
 */
int tl_chain_handler(unsigned vector, void (*handler)(void));

/*
 * RISC-V: traps from user mode. The agent takes the stack pointer of its own mode as it is, and
 * knows nothing of mscratch. Firmware that has user mode tells the two apart in a vector of its
 * own, `tl_vectors`, which branches to tl_trap_entry from machine mode, and from user mode to
 * tl_trap_entry_user: with sp at a word on a stack of machine mode that holds the user's sp,
 * aligned to 16, with room below as in machine mode; with every other register as it was; with
 * mscratch as it shall be in machine mode. (In supervisor mode that is sscratch, and SRET below.)
 * What comes out again has sp there, too:
 * tl_return_to_user, the firmware's way back by MRET with the sp in that word; and
 * tl_chained_user_trap, what is not the agent's. C handlers run on that stack, in machine mode,
 * with interrupts masked, gp and tp as at tl_init(). tests/target/user_riscv.S is an example.
 * Without all this, traps take the user's stack as it is.
 */

/*
 * AArch64: tl_init() writes VBAR_EL1. Firmware that owns its vectors defines `tl_vectors` itself, a
 * table of its own, whose synchronous exceptions branch to tl_trap_entry, from EL1 with SP_EL1, and
 * to tl_trap_entry_other, from EL1 with SP_EL0 and from EL0, with every register as it was. What is
 * not the agent's comes out at tl_chained_vectors, the firmware's table of vectors, at the same
 * offset. C handlers of the latter run on the stack of SP_EL1, with interrupts masked.
 */

/*
 * Where probed instructions run. Under an MPU or PMP, unprivileged code that is probed must be able
 * to execute there (the section is .bss.tl_slots), and, for GDB's fast tracepoints, in section
 * tl_pads; else a hit ends in an access fault at the probed address.
 */
extern uint8_t tl_slots[TL_SLOTS][TL_SLOT_SIZE];

enum { TL_DISABLED = 1 }; /* the only flag that a caller may set */

/* Private: a probe's place in the agent's table. */
struct tl_front;
struct tl_probe {
	struct tl_probe *next;
	const struct tl_front *front; /* whose it is: what it does */
	uint32_t hits;
	TL_POINT_INDEX point;
	uint8_t state;
	uint8_t room; /* of a return probe: calls that may yet be under way at once */
};

/*
 * A kprobe. Exactly one of `addr` and `symbol` says where; all private fields zero. The object
 * belongs to the agent from tl_register_kprobe() to tl_unregister_kprobe().
 *
 * Handlers run in the interrupted context: at its priority, on its stack, privileged. They may call
 * anything that this context may call; code under probes that they run is stepped and counted in
 * nmissed, without handlers. Stack, before the handler's own needs: Cortex-M 192 bytes (80 of them
 * registers), 272 where FP registers are live, 336 with FPCCR.TS set; RV32 256 and 432, RV64 448
 * and 624, AArch64 448 and 976. Probes at one address run in order of registration.
 */
struct tl_kprobe {
	uintptr_t addr;     /* of an instruction; bit 0 is ignored */
	const char *symbol; /* looked up in what tl_set_symbols() was given */
	uint32_t offset;    /* bytes, added to addr or symbol */
	uint32_t flags;     /* 0 or TL_DISABLED */
	void *data;         /* the caller's */
	/* Before the instruction. May change every register. Nonzero: "I set the context, PC
	   included": the instruction is not stepped, post_handler and the handlers of later probes
	   here do not run. */
	int (*pre_handler)(struct tl_kprobe *, struct tl_regs *);
	/* After the instruction, with the state that it left. */
	void (*post_handler)(struct tl_kprobe *, struct tl_regs *);
	/* The instruction faulted. Nonzero: handled, resume at `regs`. Else the firmware's own
	 * handler gets the fault. */
	int (*fault_handler)(struct tl_kprobe *, struct tl_regs *, unsigned cause);
	uint32_t hits;    /* while enabled: all of them */
	uint32_t nmissed; /* of them those whose handlers did not run: nested in a handler, or too
	                     many at once */
	struct tl_probe probe; /* private */
};

/*
 * Registers and arms. Context: any, privileged, but within a trap; text is patched. On error
 * nothing has changed: TL_EINVAL both or neither of addr and symbol, or an unknown flag; TL_ENOENT
 * symbol; TL_EBUSY registered already; TL_EFULL; TL_ETEXT; TL_ENOPROBE; TL_EPRIO; TL_EALIGN;
 * TL_EEXCL; TL_EINSN; TL_EUNDEF; TL_EBRK; TL_EMASK; TL_ETRAP; TL_EROM; TL_ESLOT (errors.def says
 * what each means); TL_ENOSUP: the agent was built with TL_DECODE=0.
 */
int tl_register_kprobe(struct tl_kprobe *kp);
/*
 * Restores the text when the last probe of the address leaves. TL_ENOENT: not registered; TL_EROM:
 * unregistered, but the text could not be restored and goes on being stepped. Handlers that this
 * call interrupts, or is made from, may still be running: the object must outlive them. Context: as
 * above.
 */
int tl_unregister_kprobe(struct tl_kprobe *kp);
/* A disabled probe stays registered and counts nothing. TL_ENOENT: not registered; TL_EROM.
 * Context: as above. */
int tl_enable_kprobe(struct tl_kprobe *kp);
int tl_disable_kprobe(struct tl_kprobe *kp);

/*
 * A call whose return is hooked. `data` is the caller's, not cleared; it belongs to this call from
 * entry_handler to the end of handler.
 */
struct tl_kretprobe;
struct tl_kretprobe_instance {
	uint32_t entry_time;     /* ticks at entry */
	struct tl_kretprobe *rp; /* the probe */
	uintptr_t ret_addr; /* where the function returns to, as its caller passed it (Thumb: with
	                       bit 0; or EXC_RETURN) */
	uintptr_t sp;       /* at entry and at return */
	uint32_t link;      /* private */
	uintptr_t data[(TL_RETURN_DATA + sizeof(uintptr_t) - 1) / sizeof(uintptr_t)];
};

/*
 * A return probe. `kp` says where, as in a kprobe, which must be the entry of a function; its
 * handlers are NULL. On entry an instance is taken and the return address replaced; when the
 * function returns, handler runs with the registers as its caller will see them, the PC at the
 * return address. Instances are told apart by stack pointer, so recursion, interrupts and tasks of
 * any kernel need no help, and interrupt handlers may be probed.
 *
 * Handlers run as those of kprobes do: in the context of the function, privileged, on its stack
 * (Cortex-M: 192 bytes for handler, 264 where FP registers are live; RISC-V, AArch64: as a
 * kprobe's); code under probes that they run is stepped and missed. handler may change every
 * register but SP, return values and PC included; entry_handler every register but SP and LR. At an
 * address with other probes, return probes come last, so that others see the real return address
 * there. Within the function the return address reads as tl_return_trampoline. GDB is shown the
 * real one. Exceptions of C++ and other unwinding pass through: a call that they leave is missed. A
 * backtrace of the firmware's own has the trampoline between callee and caller. That takes the
 * tables which exceptions take in any case: sections .ARM.exidx and .ARM.extab; on RISC-V and
 * AArch64 .eh_frame.
 *
 * A tail call shares the stack pointer of its caller: both return there, the newer first. A call
 * left by longjmp() or with its task keeps its instance until a later call at the same stack
 * pointer proves it dead; one that never returns, for good.
 */
struct tl_kretprobe {
	struct tl_kprobe kp;
	uint16_t maxactive; /* calls hooked at a time, 0: TL_RETURN_ACTIVE; all probes share
	                       TL_RETURNS */
	uint16_t data_size; /* bytes of data that the handlers use, up to TL_RETURN_DATA */
	/* Before the function. Nonzero: this call's return is not hooked. May be NULL. */
	int (*entry_handler)(struct tl_kretprobe_instance *, struct tl_regs *);
	/* After the function. Its result is not used. May be NULL. */
	int (*handler)(struct tl_kretprobe_instance *, struct tl_regs *);
	/* Calls whose return handler did not see: no instance free or maxactive reached (then
	   entry_handler did not run either), below a handler, too many handlers at once, left
	   without a return. */
	uint32_t nmissed;
};

/*
 * As tl_register_kprobe(), with its errors, and TL_EINVAL for data_size or a handler in `kp`;
 * TL_ERETURN: the function uses the return address for more than to return (setjmp(), context
 * switches, handlers that test EXC_RETURN), as far as that can be seen from its first instructions;
 * TL_ENOSUP: the agent was built with TL_RETURN=0. Context: the same.
 */
int tl_register_kretprobe(struct tl_kretprobe *rp);
/*
 * Calls that are under way return where they should, without a handler; the object is free for
 * another use, but for a handler that is running (see tl_unregister_kprobe()).
 * tl_enable_kprobe(&rp->kp) and tl_disable_kprobe(&rp->kp) work as for kprobes; returns to a
 * disabled probe do not run handler. TL_ENOENT, TL_EROM. Context: the same.
 */
int tl_unregister_kretprobe(struct tl_kretprobe *rp);

/*
 * A probe of an asynchronous function: one that is called again and again, *polled*, until what it
 * works on is done: a protothread, a coroutine or state machine by `switch`, a future. All polls of
 * one piece of work have a key in common: what leads to its state, usually the first argument.
 * They are a *span*. It opens at the entry of the first poll, and closes at the return of that
 * whose result says that it is done.
 */
struct tl_span {
	uintptr_t key;
	uint32_t id;      /* 1, 2, … in the order in which they opened; 0: there is none here */
	uint32_t opened;  /* ticks at the entry of the first poll */
	uint32_t elapsed; /* ticks from there to the end; in `on_close` only */
	uint32_t busy;    /* ticks within polls that have returned */
	uint32_t polls;   /* that have begun */
	uint32_t entered; /* private: ticks at the entry of the last poll */
	uint16_t inside;  /* private: polls that have not returned */
};
struct tl_asyncprobe {
	/* rp.kp says where, as in a kretprobe; rp.maxactive, how many polls may be under way at
	   once. Its handlers and data_size are NULL and 0: they become the agent's. */
	struct tl_kretprobe rp;
	struct tl_span *spans; /* room for those that are open at once, the caller's, zero */
	uint16_t nspans; /* 1 to 1000: they are searched at each poll, interrupts locked out */
	void *data;      /* the caller's */
	/* At a poll's entry: whose it is. NULL: its first argument. */
	uintptr_t (*key)(const struct tl_regs *);
	/* At a poll's return: does the result say that it was the last? */
	bool (*done)(const struct tl_regs *);
	/* A span has opened, before its first poll; has closed, after its last. `span` is a copy.
	   NULL: nothing is to be done. */
	void (*on_open)(struct tl_asyncprobe *, const struct tl_span *span, struct tl_regs *);
	void (*on_close)(struct tl_asyncprobe *, const struct tl_span *span, struct tl_regs *);
	/* Spans. Open are nopened less nclosed and nevicted. */
	uint32_t nopened, nclosed;
	uint32_t nevicted;   /* given up: for a new one, that which has not been polled for longest
	                        takes its place; or by tl_async_forget() */
	uint32_t nunmatched; /* last polls of spans that were given up meanwhile */
};

/*
 * As tl_register_kretprobe(), with its errors, and TL_EINVAL: no `done`, no spans, more than there
 * may be. Handlers run as those of kretprobes do. Polls that could not be hooked are in no span;
 * if one of them was the last, its span stays open until it is given up. Context: the same.
 */
int tl_register_asyncprobe(struct tl_asyncprobe *ap);
/* As tl_unregister_kretprobe(). Spans stay as they are. */
int tl_unregister_asyncprobe(struct tl_asyncprobe *ap);
/* What has this key is given up: a future was dropped, a task deleted. TL_ENOENT: no such span is
 * open. Context: any. */
int tl_async_forget(struct tl_asyncprobe *ap, uintptr_t key);

/* Uprobes, and the programs that they are in. */
#include "tl_user.h"

/* Events: what becomes of probes, whosever they are, and hits of the firmware's own. Several
 * callbacks may be there for one probe. They are told in the order of registration. */
enum tl_event {
	TL_EVENT_HIT = 1,      /* behind pre_handler or entry_handler, unless that says "no more" */
	TL_EVENT_RETURN = 2,   /* of a kretprobe: behind handler */
	TL_EVENT_ENABLED = 4,  /* registered, added, or enabled: from now on it is hit */
	TL_EVENT_DISABLED = 8, /* by whom it belongs to, or since its limit was reached */
	TL_EVENT_GONE = 16,    /* unregistered, deleted; or its image unloaded */
	TL_EVENT_REFUSED = 32, /* could not be registered or enabled: `error` */
	TL_EVENT_OVERLOAD = 64 /* over the budget: not hit any more, until it is enabled anew */
};
struct tl_event_info {
	enum tl_event event;
	struct tl_kprobe *kp; /* the firmware's; NULL: it is a watch, or another's: */
	uint8_t host;         /* the number that a host has given to its probe; else 0 */
	uintptr_t addr;
	int error;            /* TL_EVENT_REFUSED: -TL_E…; else 0 */
	struct tl_regs *regs; /* TL_EVENT_HIT, TL_EVENT_RETURN: as handlers have them; else NULL */
};
struct tl_event_callback {
	uint32_t id;          /* the caller's; no two of one probe are the same */
	uint32_t events;      /* enum tl_event, or'ed */
	struct tl_kprobe *kp; /* of this one only; NULL: of all, and no hits and returns */
	void *data;           /* the caller's */
	/* Context: of hits and returns that of handlers, all of which take up to 96 bytes of stack
	   more while there is any callback; else that of what has caused it, maybe tl_poll(). May
	   register and unregister probes and callbacks, but for the next in the order. */
	void (*callback)(struct tl_event_callback *, const struct tl_event_info *);
	struct tl_event_callback *next; /* private */
};
/* The object belongs to the agent until it is unregistered. TL_EINVAL: no callback, no event, an
 * unknown one, or hits without `kp`; TL_EBUSY: registered already, or the id is taken for this
 * probe; TL_ENOSUP: the agent was built with TL_EVENTS=0; and errors of tl_enable_kprobe(), if `kp`
 * is registered, and cannot be served with handlers. Context: as tl_register_kprobe(). */
int tl_register_event_callback(struct tl_event_callback *cb);
/* TL_ENOENT: not registered. Context: the same. */
int tl_unregister_event_callback(struct tl_event_callback *cb);

/*
 * A watch: a probe of data. Each access of the kind to any of its bytes is a hit, whoever makes it,
 * but for the agent, what tl_port.ticks runs, and TL_NOPROBE code. The object belongs to the agent
 * from tl_register_watch() to tl_unregister_watch(); all private fields zero.
 *
 * `handler` runs when the access has been made, as a kprobe's post_handler does: in that context,
 * on its stack. `regs` are as the access left them, but for the PC, which is that of the
 * instruction; a change of it does not count. `was` is the value before, 0 where memory is a
 * device, which is not read: so is, if tl_port.memory is given, what it does not list. Where one
 * access hits several watches that are not of the same bytes and access, handlers of one run, and
 * the others miss it.
 *
 * An access is a trap. So not for stacks, where that stores registers; nor for what a trap handler
 * touches before it has saved mepc, mstatus and mcause, as one with __attribute__((interrupt))
 * never does. An access by LR or SC, which a trap would make fail for ever, counts as missed; those
 * that follow until tl_poll() are neither seen nor counted. Which of its bytes an access may begin
 * with depends on the core: README, Data.
 */
enum tl_watch_access { TL_WATCH_WRITE = 1, TL_WATCH_READ = 2 };
struct tl_watch {
	uintptr_t addr; /* of the data, aligned to `size` */
	uint8_t size;   /* bytes: 1, 2, 4; on RV64 and AArch64 8 as well */
	uint8_t access; /* enum tl_watch_access, or'ed */
	uint32_t flags; /* 0 or TL_DISABLED */
	void *data;     /* the caller's */
	void (*handler)(struct tl_watch *, struct tl_regs *, uintptr_t was); /* or NULL */
	uint32_t hits;         /* while enabled: all of them */
	uint32_t nmissed;      /* of them those that handler did not see */
	struct tl_probe probe; /* private */
};

/*
 * As tl_register_kprobe(). TL_EINVAL: size, alignment, access or flag; TL_EBUSY: registered
 * already, or a debugger that halts the core has its comparators; TL_EFULL: all comparators of the
 * core, or TL_WATCHES, are in use; TL_ENOPROBE: the agent's own memory; TL_EFAULT: there is none;
 * TL_ENOSUP: the core has no comparators of data, or the agent was built with TL_WATCHES=0.
 * Context: the same.
 */
int tl_register_watch(struct tl_watch *w);
/* TL_ENOENT: not registered. Context: as tl_unregister_kprobe(). */
int tl_unregister_watch(struct tl_watch *w);
/* Enabling takes a comparator, disabling gives it back. TL_ENOENT, TL_EFULL, TL_EBUSY. */
int tl_enable_watch(struct tl_watch *w);
int tl_disable_watch(struct tl_watch *w);

/* Initialisers, of designated members: what is not named is 0. Where a struct is in another, the
 * first member that is named is `addr` or `symbol`:
 *     static struct tl_kretprobe rp = TL_KRETPROBE(.symbol = "parse", .handler = took); */
/* clang-format off */
#define TL_KPROBE(...)            {__VA_ARGS__}
#define TL_KRETPROBE(where, ...)  {.kp = {where}, __VA_ARGS__}
#define TL_UPROBE(task_id, ...)   {.kp = {__VA_ARGS__}, .task = (task_id)}
#define TL_ASYNCPROBE(where, ...) {.rp = {.kp = {where}}, __VA_ARGS__}
#define TL_WATCH(variable, ...)                                                                    \
	{.addr = (uintptr_t)&(variable), .size = sizeof(variable), __VA_ARGS__}
#define TL_EVENT_CALLBACK(...)    {__VA_ARGS__}
/* clang-format on */

/*
 * The budget: the share of time that probes may take, in percent, while tl_poll() does not run, as
 * when one is in an interrupt that comes too often. Over it the probes at the address that takes
 * most are switched off in the trap: TL_EVENT_OVERLOAD. To enable one, or to add one there,
 * switches them on again. 100: no limit; at first it is TL_BUDGET. What a hit takes is measured by
 * tl_port.ticks, within a factor of two. Where `ticks` may not be called in a trap, as it calls by
 * pointer, there is no budget. TL_EINVAL: more than 100; TL_ENOSUP: TL_BUDGET=0. Context: any.
 */
#if TL_BUDGET
int tl_set_budget(unsigned percent);
#else
static inline int tl_set_budget(unsigned percent)
{
	(void)percent;
	return -TL_ENOSUP;
}
#endif

/* All at once, keeping each probe's own flag. Breakpoints in flash stay where they are, and go on
   trapping: what hits them is stepped. Context: any, traps included for tl_disarm_all(). */
void tl_arm_all(void);
void tl_disarm_all(void);

/*
 * Memory as it was linked: with what probes replaced put back in the copy. For firmware that checks
 * its own text (a CRC, a self test), or looks at instructions: what it reads itself has breakpoints
 * in it. The handler of a fault need not ask for the instruction that faulted: that is bare until
 * the next tl_poll(). `n` bytes from `addr`, which need not be text. 0; TL_EFAULT: not all of it
 * can be read, and what is in `buf` is of no use. Interrupts wait for 32 bytes at a time. Context:
 * any; in a handler of HardFault or NMI all of it must be readable, as anything there.
 */
int tl_original(uintptr_t addr, void *buf, unsigned n);

/* Symbols for tl_kprobe.symbol. Firmware that wants them gives the table before registering; the
 * last entry has name NULL. */
struct tl_symbol {
	const char *name;
	uintptr_t addr;
};
void tl_set_symbols(const struct tl_symbol *table);

/* Registers by GDB's number (Cortex-M: 0-12 r0-r12, 13 sp, 14 lr, 15 pc, 25 xpsr; RISC-V: 1-31
   x1-x31, 32 pc; AArch64: 0-30 x0-x30, 31 sp, 32 pc, 33 PSTATE); 0 and no effect for others.
   Context: handlers. */
uintptr_t tl_regs_get(const struct tl_regs *regs, unsigned gdb_regno);
void tl_regs_set(struct tl_regs *regs, unsigned gdb_regno, uintptr_t value);
/* The n-th argument (0 first) of a function probed at its entry, of those passed in registers, else
 * 0. Context: handlers. */
uintptr_t tl_regs_arg(const struct tl_regs *regs, unsigned n);
/* The return value's low (0) and high (1) register. Context: handlers. */
uintptr_t tl_regs_retval(const struct tl_regs *regs, unsigned n);

/*
 * Halts, and goes on when a debugger says so: for firmware that is to be debugged from its start.
 * Does nothing where the port cannot be read while halted (tl_port.read_halted). Context: base,
 * after tl_init().
 */
void tl_wait_for_debugger(void);

/*
 * Tasks of an RTOS: for GDB to show as threads, which stop and go together; and for the agent to
 * see that no task is suspended in the slot of a deleted probe, so that another may have it.
 * Context of the functions: tl_poll() and what registers probes, in a halted firmware whatever it
 * was halted in, interrupts locked out: they only look.
 */
struct tl_tasks {
	uintptr_t (*id)(unsigned n); /* of the n-th task, 0 first: the same as long as it lives; 0:
	                                there are no more */
	uintptr_t (*current)(void);  /* of the task that runs, 0: none does yet */
	const char *(*name)(uintptr_t id); /* or NULL; may itself be NULL */
	/* Of a task that does not run: sets those that are known with tl_regs_set(), others are 0:
	   as the task itself has them when it goes on, the PC where it was interrupted or called
	   the kernel. False: none is. May be NULL. Without a PC of every task no slot is free. */
	bool (*registers)(uintptr_t id, struct tl_regs *regs);
	/* RISC-V, AArch64: in an interrupt handler `registers` knows the running task, too, and no
	 * handler lets others in. False: slots do not become free where an interrupt polls.
	 * Cortex-M: not used. */
	bool in_interrupts;
};
/* All that have run and may run again. NULL, as at first: there is one thread. Context: any. */
void tl_set_tasks(const struct tl_tasks *tasks);

/*
 * Slots of deleted probes stay bound to their addresses while a context may be suspended in one.
 * The agent sees that nobody is when it is polled by a main loop without tasks, or knows the tasks.
 * Firmware that has others calls this where it knows itself: a quiescent state. It says that every
 * context but the caller's is at its end, has not begun, or is suspended in code that is never
 * probed: the switch of a cooperative kernel, say, if it is TL_NOPROBE. Then those slots are free.
 * Context: thread level (tasks, idle hooks), privileged.
 */
void tl_quiescent(void);

/* Keeps a function out of reach of probes: for what handlers must run unprobed, or what runs where
 * no trap is possible. */
#define TL_NOPROBE __attribute__((section("tl_text"), noinline))

#ifdef __cplusplus
}
#endif

#endif
