/* SPDX-License-Identifier: MIT */
/* AArch64 decode: the table itself, and the text around an instruction: LDXR to STXR, and the state
 * of a trap. */
#include <stdint.h>

#include "aarch64/decode.c"
#include "isa_test.h"

static const struct tl_isa *const isas[] = {&a64_v8a};

static bool passes(uint32_t bits, unsigned len, uint8_t its_check)
{
	(void)bits, (void)its_check;
	return len == 4;
}

/* ---- one after the other ---- */

/* clang-format off */
enum {
	NOP = 0xd503201f, ADD = 0x8b010000, RET = 0xd65f03c0, BR = 0xd61f0200, B = 0x14000000,
	BL = 0x94000010, CBZ = 0xb4000080, BLR = 0xd63f0200, BLRAA = 0xd73f0a01,
	RETAA = 0xd65f0bff, ERET = 0xd69f03e0, ERETAA = 0xd69f0bff, SVC = 0xd4000001,
	HVC = 0xd4000002, BRK = 0xd4200000, HLT = 0xd4400000, UDF = 0x00000001, WFI = 0xd503207f,
	PACIASP = 0xd503233f, BTI = 0xd503245f, LDXR = 0xc85f7c00, STXR = 0xc8027c01,
	LDAXP = 0xc87f8400, CLREX = 0xd503305f, CAS = 0xc8a07c01, LDADD = 0xf8200000,
	MOVPRFX = 0x0420bc00, LDR_LITERAL = 0x58000040, LDR_D = 0x5c000040, PRFM = 0xd8000040,
	ADRP = 0x90000001, READ_ELR = 0xd5384020, READ_SPSR = 0xd5384000, READ_ESR = 0xd5385200,
	READ_FAR = 0xd5386000, WRITE_ELR = 0xd5184020, WRITE_SPSR = 0xd5184000,
	WRITE_ESR = 0xd5185200, WRITE_ELR_EL2 = 0xd51c4020, WRITE_SPSR_EL2 = 0xd51c4000,
	READ_ELR_EL2 = 0xd53c4020, WRITE_VBAR = 0xd518c000, READ_VBAR = 0xd538c000,
	IRQ_OFF = 0xd50342df, READ_DAIF = 0xd53b4220, WRITE_DAIF = 0xd51b4220,
	WRITE_TTBR0 = 0xd5182000
};
/* clang-format on */

/* Decodes code[at] with all of it as text, at most as much as the agent gives. */
static int decode_at(const uint32_t *code, unsigned n, unsigned at, struct tl_insn *insn)
{
	uint8_t bytes[1024];
	struct tl_text text = {bytes, 0x1000, 0, 0};

	for (unsigned i = at; i < n; i++)
		for (unsigned b = 0; b < 4; b++)
			bytes[4 * (i - at) + b] = (uint8_t)(code[i] >> 8 * b);
	text.after = 4 * (n - at) < a64_v8a.text_after ? 4 * (n - at) : a64_v8a.text_after;
	return a64_decode(&a64_v8a, &text, insn);
}

#define CODE(...)             (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4
#define DECODE(at, insn, ...) decode_at(CODE(__VA_ARGS__), at, insn)

static void single(void)
{
	static const struct {
		uint32_t bits;
		int error;
		uint8_t verdict, op, flags;
	} cases[] = {
	        {ADD, 0, TL_SLOT, A64_SLOT, 0},
	        {RET, 0, TL_SLOT, A64_BR, TL_INSN_LEAVES},
	        {BR, 0, TL_SLOT, A64_BR, TL_INSN_LEAVES},
	        {RETAA, 0, TL_SLOT, A64_SLOT, TL_INSN_LEAVES | TL_INSN_NO_TRAP},
	        {SVC, 0, TL_SLOT, A64_SLOT, TL_INSN_LEAVES | TL_INSN_NO_TRAP},
	        {HVC, 0, TL_SLOT, A64_SLOT, 0},
	        {WFI, 0, TL_SLOT, A64_SLOT, 0},
	        {PACIASP, 0, TL_SLOT, A64_SLOT, 0},
	        {BTI, 0, TL_SLOT, A64_SLOT, 0},
	        {CAS, 0, TL_SLOT, A64_SLOT, 0},
	        {LDADD, 0, TL_SLOT, A64_SLOT, 0},
	        {CLREX, 0, TL_SLOT, A64_SLOT, 0},
	        {WRITE_TTBR0, 0, TL_SLOT, A64_SYSREG, 0},
	        {WRITE_VBAR, 0, TL_SLOT, A64_SYSREG, TL_INSN_NO_TRAP},
	        {READ_VBAR, 0, TL_SLOT, A64_SYSREG, 0},
	        {B, 0, TL_SIMULATE, A64_B, 0},
	        {BL, 0, TL_SIMULATE, A64_BL, 0},
	        {BLR, 0, TL_SIMULATE, A64_BLR, 0},
	        {CBZ, 0, TL_SIMULATE, A64_CB, 0},
	        {ADRP, 0, TL_SIMULATE, A64_ADRP, 0},
	        {LDR_LITERAL, 0, TL_SIMULATE, A64_LITERAL, TL_INSN_LOADS},
	        {LDR_D, 0, TL_SLOT, A64_FP_LITERAL, 0},
	        {PRFM, 0, TL_SLOT, A64_PRFM_LITERAL, 0},
	        {BLRAA, -TL_EINSN, 0, 0, 0},
	        {MOVPRFX, -TL_EINSN, 0, 0, 0},
	        {ERET, -TL_ETRAP, 0, 0, 0},
	        {ERETAA, -TL_ETRAP, 0, 0, 0},
	        {BRK, -TL_EBRK, 0, 0, 0},
	        {A64_BRK(A64_BRK_OF_POINT), -TL_EBRK, 0, 0, 0},
	        {HLT, -TL_EBRK, 0, 0, 0},
	        {UDF, -TL_EUNDEF, 0, 0, 0},
	        {0, -TL_EUNDEF, 0, 0, 0},
	        {0xffffffff, -TL_EUNDEF, 0, 0, 0},
	        {LDXR, -TL_EEXCL, 0, 0, 0},
	        {STXR, -TL_EEXCL, 0, 0, 0},
	        {LDAXP, -TL_EEXCL, 0, 0, 0},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tl_insn insn;
		int error = DECODE(0, &insn, cases[i].bits);

		check(error == cases[i].error, "error", cases[i].bits);
		check(error || (insn.verdict == cases[i].verdict && insn.op == cases[i].op &&
		                insn.flags == cases[i].flags && insn.len == 4),
		      "verdict", cases[i].bits);
	}
	struct tl_insn insn;
	check(a64_decode(&a64_v8a, &(struct tl_text){(const uint8_t[3]){0}, 0, 0, 3}, &insn) ==
	              -TL_EFAULT,
	      "cut short", 0);
}

static void exclusive(void)
{
	struct tl_insn insn;
	uint32_t far[20];

	for (unsigned at = 0; at < 6; at++) { /* retry: ldxr; cbz out; stxr; cbz retry; out */
		int want = at >= 1 && at <= 3 ? -TL_EEXCL : 0;

		check(DECODE(at, &insn, ADD, LDXR, CBZ, STXR, CBZ, ADD) == want, "loop of 4", at);
	}
	check(DECODE(0, &insn, ADD, B, STXR) == 0, "behind a jump", 0);
	check(DECODE(0, &insn, ADD, RET, STXR) == 0, "behind a return", 0);
	check(DECODE(0, &insn, ADD, UDF, STXR) == 0, "behind what is no code", 0);
	check(DECODE(0, &insn, ADD, BL, STXR) == -TL_EEXCL, "behind a call", 0);
	for (unsigned i = 0; i < 20; i++)
		far[i] = NOP;
	far[16] = STXR;
	check(decode_at(far, 20, 1, &insn) == -TL_EEXCL, "16 instructions", 0);
	check(decode_at(far, 20, 0, &insn) == 0, "17 instructions", 0);
}

/* A trap's state is read before it is written: for each instruction the letter of what is expected:
 * y: it can be probed; n: TL_ETRAP; a: it can, but nothing may trap behind it. */
static void expect(const char *what, const char *letters, const uint32_t *code, unsigned n)
{
	for (unsigned at = 0; at < n; at++) {
		struct tl_insn insn;
		int error = decode_at(code, n, at, &insn);

		check(error == (letters[at] == 'n' ? -TL_ETRAP : 0), what, at);
		check(error || !(insn.flags & TL_INSN_NO_TRAP) == (letters[at] != 'a'), what,
		      0x100 | at);
	}
}

static void trap_state(void)
{
	uint32_t far[42];
	struct tl_insn insn;

	expect("a handler that saves all", "nnnnyyannnnny",
	       CODE(ADD, READ_ELR, ADD, READ_SPSR, BL, ADD, WRITE_SPSR, ADD, WRITE_ELR, ADD, ADD,
	            ERET, ADD));
	expect("one that does not save SPSR", "nnnn", CODE(READ_ELR, BL, WRITE_ELR, ERET));
	expect("one that leaves by a jump", "yyn", CODE(ADD, B, ERET));
	expect("what it reads of a fault", "nnnnyy",
	       CODE(ADD, READ_ESR, ADD, READ_FAR, ADD, READ_DAIF));
	expect("written, then read", "yanny", CODE(ADD, WRITE_ESR, ADD, READ_ESR, ADD));
	expect("written, not read", "yyyyn", CODE(ADD, WRITE_ESR, ADD, RET, READ_ESR));
	expect("interrupts off and on", "yyyyy", CODE(READ_DAIF, IRQ_OFF, ADD, WRITE_DAIF, RET));
	expect("another level's", "yyy", CODE(READ_ELR_EL2, ADD, RET));
	for (unsigned i = 0; i < 42; i++)
		far[i] = NOP;
	far[40] = READ_ELR;
	check(decode_at(far, 42, 1, &insn) == -TL_ETRAP, "40 instructions", 0);
	check(decode_at(far, 42, 0, &insn) == 0, "41 instructions", 0);

	/* down to another level: startup code, as hosts see it */
	check(DECODE(0, &insn, WRITE_ELR_EL2) == 0 && a64_trap_use(&insn).writes == A64_ELR &&
	              DECODE(0, &insn, WRITE_SPSR_EL2) == 0 &&
	              a64_trap_use(&insn).writes == A64_SPSR,
	      "another level's return", 0);
	check(DECODE(0, &insn, BL) == 0 && a64_trap_use(&insn).goes == 0x40, "calls", 0);
}

int main(void)
{
	isa_rows(&(struct isa_rows){isas, 1, 0, passes});
	single();
	exclusive();
	trap_state();
	return check_end("aarch64 decode");
}
