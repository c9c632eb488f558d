/* SPDX-License-Identifier: MIT */
/*
 * The pure half of an architecture: bytes in, verdict out. Compiled into the agent and into the
 * host.
 *
 * Porting guide, part one. An architecture is one folder with one `const struct tl_isa` per variant
 * (armv7-m, rv64 …), all variants served by the same code and told apart by data. Write, in this
 * order:
 *   regs.def    the registers, in GDB's order
 *               shown by tests/unit: the table matches GDB's feature
 *   decode.c    tables of {mask, match} rows (table.h)
 *               shown by tests/unit: every length and target against objdump
 *   slot.c      [displaced instruction][jump back or breakpoint]
 *               shown by tests/unit: bytes; tests/insn: run on the target
 *   simulate.c  what cannot run elsewhere: PC readers and writers
 *               shown by tests/insn: bare against probed
 *   onward.c    where code goes: what handlers call
 *               shown by tests/unit: by hand
 *   returns.c   whose return can be hooked: one step of walk.h
 *               shown by tests/unit: by hand, and whole C libraries
 *   flow.c      for the host: what instructions tell of the text
 *               shown by tests/hil: test_layout, ELFs without mapping symbols
 * then one line in arch/isas.def. No asm, no target macros, no libc: freestanding headers only. The
 * target half is arch.h.
 *
 * The tests bring the mechanism (tests/unit/arch/pure.py, isa_query.h, isa_test.h;
 * tests/fuzz/fuzz_isa.h; tests/insn/insn.h, broken.h). An architecture adds its data to each, in
 * files of its name.
 *
 * Every function here is a pure function of its arguments, and may be called from any context,
 * traps included.
 */
#ifndef TL_ISA_H
#define TL_ISA_H

#include <stdbool.h>
#include <stdint.h>

/* What an agent of few bytes leaves out (tl_config.h), where its build says so: the functions that
 * only that needs are NULL. The host has all. */
#ifndef TL_DECODE
#define TL_DECODE 1
#endif
#ifndef TL_RETURN
#define TL_RETURN TL_DECODE
#endif
#if TL_DECODE
#define TL_FOR_DECODING(function) (function)
#else
#define TL_FOR_DECODING(function) 0
#endif
/* What only a host asks: an agent's build, which names registers (arch.mk), has none of it. */
#ifdef TL_REG_PC
#define TL_FOR_HOSTS(function) 0
#else
#define TL_FOR_HOSTS(function) (function)
#endif
#if TL_RETURN
#define TL_FOR_RETURNS(function) (function)
#else
#define TL_FOR_RETURNS(function) 0
#endif

/*
 * The registers at a hit. Laid out by the ISA: first the `ncore` registers of a snapshot, in GDB's
 * order, on the target one `word` each; whatever the trap code needs follows.
 */
struct tl_regs;

enum tl_reg_kind {
	TL_REG_VALUE,
	TL_REG_FLAGS,   /* a word of flags: coded by exclusive or in the stream */
	TL_REG_POINTER, /* code or stack pointer */
};

struct tl_reg {
	const char *name; /* GDB's */
	uint8_t gdb;      /* GDB's number in the target description */
	uint8_t kind;     /* enum tl_reg_kind */
	uint16_t dwarf;   /* DWARF's number, TL_NO_DWARF_REG: it has none */
};
enum { TL_NO_DWARF_REG = 0xffff };

enum tl_verdict {
	TL_REJECT,   /* `error` says why */
	TL_SLOT,     /* a copy of it does the same at another address */
	TL_SIMULATE, /* it reads or writes the PC: simulate() does what it does; so does a slot that
	                holds it rewritten, where there is one and nothing must follow it */
};

/* Or'ed. */
enum tl_insn_flag {
	/* Never falls through, yet may run in a slot (return, jump to register): needs no jump
	   back. simulate() knows it too, for when something must run after it (not if
	   TL_INSN_NO_TRAP). */
	TL_INSN_LEAVES = 1,
	/* simulate() reads data memory, which may fault. */
	TL_INSN_LOADS = 2,
	/* May sit under a predicate (IT block): skip() must be asked at each hit. */
	TL_INSN_PREDICATED = 4,
	/* No breakpoint may follow it in its slot: boosted or refused. */
	TL_INSN_NO_TRAP = 8,
	/* An exception, whose handler looks at where it came from: tl_arch_call() has it taken
	   there, and the slot is for when that cannot be. Nothing runs after it. */
	TL_INSN_CALLS = 16,
};

enum { TL_JUMP_LEN = 4 };  /* bytes of a jump that jump() writes */
enum { TL_SLOT_MAX = 64 }; /* no slot_size is more */

/* A decoded instruction, as a point keeps it. 8 bytes. */
struct tl_insn {
	uint32_t bits;   /* its first four bytes or fewer, ISA's own order */
	uint8_t len;     /* bytes */
	uint8_t verdict; /* enum tl_verdict */
	uint8_t flags;   /* enum tl_insn_flag, or'ed */
	uint8_t op;      /* TL_REJECT: the error, TL_E…; else the ISA's own */
};

/* Text around an instruction, as linked (no patches in it): bytes[0] is at `addr`; bytes[-before]
   .. bytes[after-1] are readable. */
struct tl_text {
	const uint8_t *bytes;
	uintptr_t addr;
	unsigned before, after;
};

/*
 * What an instruction does with the state that a trap overwrites and a handler needs (RISC-V: mepc
 * and the like): a bit for each part, the ISA's own. A probe's trap overwrites it too, so a handler
 * can be probed only while it has it saved.
 */
struct tl_trap_use {
	uint8_t reads, writes; /* parts */
	bool returns;          /* it is the handler's return */
	int32_t goes; /* a call or jump: how far from its own address, if that is fixed; else 0 */
};

/*
 * Where code goes from an instruction, for a walk over all that a function runs. `run` is carried
 * along from one instruction to the next behind it, and zero where such a run begins.
 */
struct tl_onward {
	bool ends;    /* the code does not go on behind it */
	bool calls;   /* `to` is a call, that may come back */
	bool unknown; /* it goes where only a run shows: by a register, or a table */
	int8_t masks; /* 1: from here on no trap is possible; -1: it is again; 0: as before */
	uintptr_t to; /* where it may go besides, if that is fixed; else 0 */
	struct {
		uintptr_t value; /* what register `reg` holds, if `known` */
		uint8_t reg, lanes;
		bool known, called;
	} run;
};

/* The next instruction of a run: nothing is known of it yet. */
static inline void tl_onward_next(struct tl_onward *flow)
{
	flow->ends = flow->calls = flow->unknown = false;
	flow->masks = 0;
	flow->to = 0;
}

/* Data memory for simulate(): 0, or an error if it cannot be read. */
typedef int tl_read_fn(uintptr_t addr, void *to, unsigned bytes);

/* The access that a simulation could not make. */
struct tl_sim_fault {
	uintptr_t addr;
	uint8_t bytes;
	bool misaligned; /* the instruction takes no address that is not a multiple of `bytes`; else
	                    the memory is at fault */
};

struct tl_isa {
	const char *name; /* as `trapline info` shows it */
	/* the ISA's own: what tells its variants apart to the functions below */
	const void *variant;
	uint16_t e_machine;  /* ELF */
	uint8_t elf_variant; /* Arm: Tag_CPU_arch of the oldest architecture that it serves (ELF
	                        build attributes) */
	uint8_t word;        /* bytes of a register */
	uint8_t insn_align;  /* bytes */
	uint8_t insn_max;    /* bytes of the longest instruction */
	uint8_t text_before; /* bytes before the instruction that decode() looks at, if there */
	uint8_t text_after;  /* bytes from its start; what returns() gets in the agent, too */
	uint8_t slot_size;   /* bytes of a slot, at most TL_SLOT_SIZE */
	uint8_t ncore;       /* registers of a snapshot */
	uint8_t pc, sp, lr;  /* indices of registers */
	uint8_t nargs;       /* arguments passed in registers */
	uint8_t args[8];     /* their indices */
	uint8_t retval[2];   /* low and high */
	const struct tl_reg *regs;
	const char *gdb_arch; /* <architecture> of the target description */
	const char *gdb_feature;
	/* Handlers that run where no trap is possible, where no vector table tells them;
	   NULL-terminated symbol names, for the host. NULL: traps are possible everywhere. */
	const char *const *untrappable;

	/*
	 * Of an instruction that was decoded alone, without the text around it; the host refuses by
	 * it, function by function. NULL if a trap overwrites nothing that a handler could not get
	 * back.
	 */
	struct tl_trap_use (*trap_use)(const struct tl_insn *);
	/* Of an instruction that was decoded alone: a branch, or jump that does not link, leads so
	   far from it; 0: that is not fixed, or it is none. NULL: there are no exclusive
	   sequences. */
	int32_t (*goes)(const struct tl_insn *);
	/*
	 * Of the instruction at text->bytes, which is looked at alone; `read` reads literals. Its
	 * length, 0: that is no code, or not all there. Jumps by a constant (veneers, calls over
	 * any distance) count as fixed.
	 */
	unsigned (*onward)(const struct tl_isa *, const struct tl_text *text, tl_read_fn *read,
	                   struct tl_onward *flow);
	/* Bytes of the instruction at bytes[0..n); 0 if n is too few to tell. */
	unsigned (*insn_len)(const uint8_t *bytes, unsigned n);
	/* Classifies; returns 0 or -TL_E…, which is also left in insn->op. */
	int (*decode)(const struct tl_isa *, const struct tl_text *, struct tl_insn *);
	/* Writes the breakpoint that is patched over `insn`; its length, no more than the
	   instruction's. What of the instruction firmware may want to read there is kept, as far as
	   can be. */
	unsigned (*breakpoint)(const struct tl_insn *insn, uint8_t *out);
	/*
	 * Writes the slot for `insn`, displaced from `addr`, to run at `slot`. Boosted: ends in a
	 * jump back, and 0 is returned: nothing traps. Else, and where there is no room for that
	 * jump or it does not reach: ends in a breakpoint at the returned offset. `read` reads a
	 * literal in text that the slot must take along. -TL_EFAULT if it cannot, -TL_EMASK if a
	 * breakpoint would have to follow what bears none (TL_INSN_NO_TRAP): then what is in `out`
	 * is no slot.
	 *
	 * What is TL_SIMULATE is rewritten: other instructions, which do the same from there and go
	 * on by themselves. Always boosted: 0, or -TL_EINSN if there are none for it. Wherever in
	 * them a context stands, it may as well begin at `addr` again.
	 */
	int (*slot_build)(const struct tl_isa *, const struct tl_insn *, uintptr_t addr,
	                  uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out);
	/* Writes a jump that changes no register, TL_JUMP_LEN bytes at `from`; false: it does not
	   reach. NULL: the ISA has none. */
	bool (*jump)(uintptr_t from, uintptr_t to, uint8_t *out);
	/*
	 * Predicated instructions only: if the predicate is false, moves `regs` past the
	 * instruction and returns true: it did not execute, and its probes do not fire. NULL if the
	 * ISA has none.
	 */
	bool (*skip)(const struct tl_insn *, struct tl_regs *);
	/*
	 * May the return of the function that begins at `text` be hooked, as far as text->after
	 * bytes show? 0, or -TL_ERETURN if it does anything with the return address but keep it on
	 * the stack and return to it. NULL: no return can be hooked.
	 */
	int (*returns)(const struct tl_isa *, const struct tl_text *text);
	/* Brings `regs` to the state after the instruction. 0, or -TL_EFAULT with `fault` filled
	 * and `regs` unchanged. */
	int (*simulate)(const struct tl_insn *, struct tl_regs *, tl_read_fn *read,
	                struct tl_sim_fault *fault);
};

#endif
