/* SPDX-License-Identifier: MIT */
/*
 * May a function's return be hooked? Follows the code from its entry for as long as ra holds the
 * return address, both ways of branches, and refuses
 *   - what reads ra for anything but to keep it on the stack or to return: setjmp(), context
 *     switches, __builtin_return_address();
 *   - what takes ra from the stack without having put it there: __riscv_restore_*, and places
 *     within a function;
 *   - what reads a temporary register that it never wrote: __riscv_save_*, which returns by t0, and
 *     trap handlers, which save them;
 *   - what returns from a trap: ra belongs to the code that it interrupted.
 *
 * A call with t0 as link register keeps ra on the stack: GCC's -msave-restore begins functions so.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 and 16.8 (listings), 2.5 (t0 as
 * alternate link register); the RISC-V ELF psABI 1.0: "Integer Register Convention".
 */
#include "error.h"
#include "riscv.h"
#include "rows.h"
#include "walk.h"

enum { RA = 1, SP = 2, T0 = 5 };

/* Nobody passes anything in these; t2 may hold the static chain of a nested function. */
#define TEMPORARIES (1u << T0 | 1u << 6 | 0xfu << 28)

/* What an instruction does with the x registers that its fields name. A field that it has not, or
   with an FP register, is none. */
enum role {
	RS1 = 1 << 0,    /* bits 19:15; of 16-bit instructions 11:7 */
	RS2 = 1 << 1,    /* bits 24:20; of 16-bit instructions 6:2 */
	RD = 1 << 2,     /* bits 11:7, written */
	STORES = 1 << 3, /* RS2, to memory at RS1 */
	LOADS = 1 << 4,  /* RD, from there */
	ON_SP = 1 << 5,  /* a 16-bit instruction whose memory is at SP */
	LINK = 1 << 6,   /* RD is ra */
};

struct roles {
	uint32_t mask, match;
	uint8_t roles;
	uint8_t word; /* bytes of a register of the ISA that has it so; 0: of each */
};

/* clang-format off */
#define ROLES(mask, match, roles, word) {(mask) + 0 * OUTSIDE(mask, match), match, roles, word}

static const struct roles wide[] = {
	/* load, store */
		ROLES(0x7f, 0x03, RS1 | RD | LOADS, 0), ROLES(0x7f, 0x23, RS1 | RS2 | STORES, 0),
	/* the same of FP registers */
		ROLES(0x7f, 0x07, RS1, 0), ROLES(0x7f, 0x27, RS1, 0),
	/* op-imm, op-imm-32 */
		ROLES(0x77, 0x13, RS1 | RD, 0),
	/* auipc, lui */
		ROLES(0x5f, 0x17, RD, 0),
	/* op, op-32 */
		ROLES(0x77, 0x33, RS1 | RS2 | RD, 0),
	/* amo */
		ROLES(0x7f, 0x2f, RS1 | RS2 | RD, 0),
	/* branches */
		ROLES(0x7f, 0x63, RS1 | RS2, 0),
	/* jalr, jal */
		ROLES(0x7f, 0x67, RS1 | RD, 0), ROLES(0x7f, 0x6f, RD, 0),
	/* FP to x: compare; fcvt, fmv */
		ROLES(0xf000007f, 0xa0000053, RD, 0), ROLES(0xd000007f, 0xc0000053, RD, 0),
	/* x to FP */
		ROLES(0xd000007f, 0xd0000053, RS1, 0),
	/* csrr*; with immediate; system */
		ROLES(0x407f, 0x4073, RD, 0), ROLES(0x307f, 0x73, 0, 0),
		ROLES(0x7f, 0x73, RS1 | RD, 0),
	                                    ROLES(0, 0, 0, 0),
};

/* The others name none but s0, s1 and a0 to a5. */
static const struct roles narrow[] = {
	/* c.addi, c.addiw */
		ROLES(0xe003, 0x0001, RS1 | RD, 0), ROLES(0xe003, 0x2001, RS1 | RD, 8),
	/* c.jal */
		ROLES(0xe003, 0x2001, LINK, 4),
	/* c.li, c.lui, c.addi16sp */
		ROLES(0xc003, 0x4001, RD, 0),
	/* c.slli */
		ROLES(0xe003, 0x0002, RS1 | RD, 0),
	/* c.lwsp, c.ldsp */
		ROLES(0xe003, 0x4002, RD | LOADS | ON_SP, 0),
		ROLES(0xe003, 0x6002, RD | LOADS | ON_SP, 8),
	/* c.jr, c.jalr */
		ROLES(0xf07f, 0x8002, RS1, 0), ROLES(0xf07f, 0x9002, RS1 | LINK, 0),
	/* c.mv, c.add */
		ROLES(0xf003, 0x8002, RS2 | RD, 0), ROLES(0xf003, 0x9002, RS1 | RS2 | RD, 0),
	/* c.swsp, c.sdsp */
		ROLES(0xe003, 0xc002, RS2 | STORES | ON_SP, 0),
		ROLES(0xe003, 0xe002, RS2 | STORES | ON_SP, 8),
	                                    ROLES(0, 0, 0, 0),
};
/* clang-format on */

/* Of one instruction: x registers, a bit for each; and what of that is to keep ra. */
struct use {
	uint32_t reads, writes;
	bool keeps, fetches; /* stores ra on the stack, loads it from there */
};

static struct use use_of(const struct tl_isa *isa, const struct tl_insn *insn)
{
	const struct roles *row = insn->len == 4 ? wide : narrow;
	unsigned d = insn->bits >> 7 & 31, n = insn->len == 4 ? insn->bits >> 15 & 31 : d;
	unsigned m = insn->bits >> (insn->len == 4 ? 20 : 2) & 31;
	struct use use = {0};
	bool on_sp;

	while ((insn->bits & row->mask) != row->match || (row->word && row->word != isa->word))
		row++;
	on_sp = row->roles & ON_SP || n == SP;
	use.reads = (row->roles & RS1 ? 1u << n : 0) | (row->roles & RS2 ? 1u << m : 0);
	use.writes = (row->roles & RD ? 1u << d : 0) | (row->roles & LINK ? 1u << RA : 0);
	use.keeps = row->roles & STORES && m == RA && on_sp;
	use.fetches = row->roles & LOADS && d == RA && on_sp;
	return use;
}

int32_t riscv_goes(const struct tl_insn *insn)
{
	bool links = insn->op == RISCV_C_JAL || (insn->op == RISCV_JAL && insn->bits >> 7 & 31);

	return insn->verdict == TL_SIMULATE && !links ? riscv_offset(insn) : 0;
}

struct walk {
	const struct tl_isa *isa;
	uint32_t written; /* registers */
	bool kept;        /* ra is on the stack */
};

static bool is_jump(const struct tl_insn *insn)
{
	bool links = insn->bits >> 7 & 31;

	return insn->op == RISCV_C_J || insn->op == RISCV_C_JR ||
	       ((insn->op == RISCV_JAL || insn->op == RISCV_JALR) && !links);
}

/* jalr x0, 0(ra), or c.jr ra */
static bool is_return(const struct tl_insn *insn)
{
	return insn->bits == 0x00008067 || insn->bits == 0x8082;
}

static bool returns_from_trap(const struct tl_insn *insn)
{
	return insn->bits == 0x30200073 || insn->bits == 0x10200073;
}

/* To a routine that is to be called so: jal t0, or jalr t0, (t0). */
static bool calls_by_t0(const struct tl_insn *insn)
{
	return (insn->op == RISCV_JAL || insn->op == RISCV_JALR) && (insn->bits >> 7 & 31) == T0;
}

static void step(void *walk, const uint8_t *bytes, unsigned n, struct tl_step *to)
{
	struct walk *w = walk;
	struct tl_insn insn;
	struct use use;
	bool no_code, reads_ra, unwritten;

	to->len = 0;
	if (riscv_lookup(w->isa->variant, bytes, n, &insn) < 0)
		return;
	use = use_of(w->isa, &insn);
	no_code = insn.verdict == TL_REJECT && insn.op == TL_EUNDEF;
	reads_ra = use.reads & 1u << RA && !is_return(&insn) && !use.keeps;
	unwritten = use.reads & TEMPORARIES & ~w->written;
	w->kept |= use.keeps || (insn.verdict != TL_REJECT && calls_by_t0(&insn));
	w->written |= use.writes;
	to->len = insn.len;
	to->refused = !no_code && (reads_ra || unwritten || (use.fetches && !w->kept) ||
	                           returns_from_trap(&insn));
	to->jumps = riscv_goes(&insn);
	to->leads =
	        no_code || use.writes & 1u << RA || (insn.verdict != TL_REJECT && is_jump(&insn));
}

int riscv_returns(const struct tl_isa *isa, const struct tl_text *text)
{
	struct walk walk = {.isa = isa};

	return tl_walk(text, step, &walk);
}
