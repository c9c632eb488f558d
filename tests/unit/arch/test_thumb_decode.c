/* SPDX-License-Identifier: MIT */
/* Cortex-M decode: the tables themselves, what is refused, and the text around an instruction. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "isa_test.h"
#include "thumb/decode.c"

static const struct tl_isa *const isas[] = {&thumb_v6m, &thumb_v7m, &thumb_v7em, &thumb_v8m};
enum { ISAS = sizeof isas / sizeof *isas };

static bool passes(uint32_t bits, unsigned len, uint8_t its_check)
{
	return len == 2 ? bits < 0xe800 : bits >= 0xe8000000 && sane(bits, its_check);
}

/* Decodes halfwords[at] with the others as its text. */
static int decode_for(const struct tl_isa *isa, const uint16_t *halfwords, unsigned n, unsigned at,
                      struct tl_insn *insn)
{
	uint8_t bytes[256];

	for (unsigned i = 0; i < n; i++) {
		bytes[2 * i] = (uint8_t)halfwords[i];
		bytes[2 * i + 1] = (uint8_t)(halfwords[i] >> 8);
	}
	struct tl_text text = {bytes + 2 * at, 0x8000 + 2 * at, 2 * at, 2 * (n - at)};
	return thumb_decode(isa, &text, insn);
}

static int decode(const uint16_t *halfwords, unsigned n, unsigned at, struct tl_insn *insn)
{
	return decode_for(&thumb_v7m, halfwords, n, at, insn);
}

#define DECODE(at, insn, ...)                                                                      \
	decode((const uint16_t[]){__VA_ARGS__}, sizeof(uint16_t[]){__VA_ARGS__} / 2, at, insn)

static void refusals(void)
{
	static const struct {
		uint16_t text[2];
		int error;
	} cases[] = {
	        {{0xbe00}, TL_EBRK},
	        {{0xbeab}, TL_EBRK},
	        {{0xde00}, TL_EUNDEF},
	        {{0xf7f0, 0xa000}, TL_EUNDEF},
	        {{0x44ff}, TL_EUNDEF},
	        {{0x4587}, TL_EUNDEF},
	        {{0x47f8}, TL_EUNDEF},
	        {{0xb650}, TL_EUNDEF},
	        {{0xb672}, TL_OK},
	        {{0xb661}, TL_OK},
	        {{0xf380, 0x8811}, TL_OK},
	        {{0xf380, 0x8814}, TL_OK},
	        {{0xe851, 0x0f00}, TL_EEXCL},
	        {{0xe841, 0x2000}, TL_EEXCL},
	        {{0xe8d1, 0x0f4f}, TL_EEXCL},
	        {{0xe8c1, 0x0f52}, TL_EEXCL},
	        {{0xe8d1, 0x0f7f}, TL_EUNDEF},
	        {{0xf3bf, 0x8f2f}, TL_OK},
	        {{0xe88d, 0x8001}, TL_EUNDEF},
	        {{0xe8bd, 0xc001}, TL_EUNDEF},
	        {{0xe8b1, 0x8002}, TL_EUNDEF},
	        {{0xf8c1, 0xf000}, TL_EUNDEF},
	        {{0xf81f, 0xf000}, TL_OK},
	        {{0xf8cf, 0x0000}, TL_EUNDEF},
	        {{0xed9f, 0x0a00}, TL_EINSN},
	        {{0xed91, 0x0a00}, TL_OK},
	        {{0xee01, 0x0f10}, TL_OK},
	        {{0xef00, 0x0110}, TL_EUNDEF},
	        {{0xdf00}, TL_OK},
	        {{0xbf30}, TL_OK},
	        {{0xea4f, 0x0f00}, TL_EUNDEF},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tl_insn insn;
		int error = decode(cases[i].text, 2, 0, &insn);
		check(error == -cases[i].error, "refusal", cases[i].text[0]);
		check(!error || (insn.verdict == TL_REJECT && insn.op == cases[i].error),
		      "error in op", cases[i].text[0]);
	}
}

/* Each variant takes what its cores have: TL_OK, or the error, of v6-M, v7-M, v7E-M, v8-M. */
static void variants(void)
{
	enum { OK = TL_OK, U = TL_EUNDEF, X = TL_EEXCL, I = TL_EINSN };
	static const struct {
		const char *what;
		uint16_t text[2];
		uint8_t errors[ISAS];
	} cases[] = {
	        {"adds r0, #1", {0x3001}, {OK, OK, OK, OK}},
	        {"cbz", {0xb108}, {U, OK, OK, OK}},
	        {"cbnz", {0xbbf9}, {U, OK, OK, OK}},
	        {"it", {0xbf08}, {U, OK, OK, OK}},
	        {"nop", {0xbf00}, {OK, OK, OK, OK}},
	        {"wfi", {0xbf30}, {OK, OK, OK, OK}},
	        {"cpsid i", {0xb672}, {OK, OK, OK, OK}},
	        {"cpsid f", {0xb671}, {U, OK, OK, OK}},
	        {"svc", {0xdf00}, {I, OK, OK, OK}},
	        {"bxns r1", {0x470c}, {U, U, U, OK}},
	        {"blxns r1", {0x478c}, {U, U, U, I}},
	        {"bxns pc", {0x477c}, {U, U, U, U}},
	        {"bl", {0xf000, 0xf800}, {OK, OK, OK, OK}},
	        {"b.w", {0xf000, 0xb800}, {U, OK, OK, OK}},
	        {"beq.w", {0xf000, 0x8000}, {U, OK, OK, OK}},
	        {"msr primask, r0", {0xf380, 0x8810}, {OK, OK, OK, OK}},
	        {"mrs r0, control", {0xf3ef, 0x8014}, {OK, OK, OK, OK}},
	        {"msr msplim, r0", {0xf380, 0x880a}, {OK, OK, OK, OK}},
	        {"dmb sy", {0xf3bf, 0x8f5f}, {OK, OK, OK, OK}},
	        {"isb sy", {0xf3bf, 0x8f6f}, {OK, OK, OK, OK}},
	        {"clrex", {0xf3bf, 0x8f2f}, {U, OK, OK, OK}},
	        {"udf.w", {0xf7f0, 0xa000}, {U, U, U, U}},
	        {"add.w r0, r0, #1", {0xf100, 0x0001}, {U, OK, OK, OK}},
	        {"sdiv r0, r1, r2", {0xfb91, 0xf0f2}, {U, OK, OK, OK}},
	        {"sxth.w r0, r1", {0xfa0f, 0xf081}, {U, OK, OK, OK}},
	        {"ldrex", {0xe851, 0x0f00}, {U, X, X, X}},
	        {"sadd16 r0, r1, r2", {0xfa91, 0xf002}, {U, U, OK, OK}},
	        {"sxtab r0, r1, r2", {0xfa41, 0xf082}, {U, U, OK, OK}},
	        {"smlad r0, r1, r2, r3", {0xfb21, 0x3002}, {U, U, OK, OK}},
	        {"umaal r0, r1, r2, r3", {0xfbe2, 0x0163}, {U, U, OK, OK}},
	        {"ssat16 r0, #1, r1", {0xf321, 0x0000}, {U, U, OK, OK}},
	        {"sel r0, r1, r2", {0xfaa1, 0xf082}, {U, U, OK, OK}},
	        {"qadd r0, r2, r1", {0xfa81, 0xf082}, {U, U, OK, OK}},
	        {"pkhbt r0, r1, r2", {0xeac1, 0x0002}, {U, U, OK, OK}},
	        {"vadd.f32 s0, s1, s2", {0xee30, 0x0a81}, {U, OK, OK, OK}}, /* a coprocessor's */
	        {"vmaxnm.f32 s0, s1, s2", {0xfe80, 0x0a81}, {U, OK, OK, OK}},
	        {"vldr s0, [pc]", {0xed9f, 0x0a00}, {U, I, OK, OK}},
	        {"vldr d0, [pc]", {0xed9f, 0x0b00}, {U, I, OK, OK}},
	        {"vpush {s16}", {0xed2d, 0x8a01}, {U, OK, OK, OK}},
	        {"vmsr fpscr, r0", {0xeee1, 0x0a10}, {U, OK, OK, OK}},
	        {"vmrs APSR_nzcv, fpscr", {0xeef1, 0xfa10}, {U, OK, OK, OK}},
	        {"ldc2 10", {0xfd91, 0x0a00}, {U, OK, U, U}},
	        {"mcr 15, 0, r0, cr1, cr0, {0}", {0xee01, 0x0f10}, {U, OK, OK, OK}},
	        {"ldc 4, cr0, [pc]", {0xed9f, 0x0400}, {U, I, I, I}},
	        {"sg", {0xe97f, 0xe97f}, {U, U, U, I}},
	        {"tt r0, r1", {0xe841, 0xf000}, {U, U, U, OK}},
	        {"ttat r0, r1", {0xe841, 0xf0c0}, {U, U, U, OK}},
	        {"lda r0, [r1]", {0xe8d1, 0x0faf}, {U, U, U, OK}},
	        {"ldab r0, [r1]", {0xe8d1, 0x0f8f}, {U, U, U, OK}},
	        {"stlh r0, [r1]", {0xe8c1, 0x0f9f}, {U, U, U, OK}},
	        {"ldaex r0, [r1]", {0xe8d1, 0x0fef}, {U, U, U, X}},
	        {"stlexh r2, r0, [r1]", {0xe8c1, 0x0fd2}, {U, U, U, X}},
	        {"vlstm r1", {0xec21, 0x0a00}, {U, OK, U, OK}},
	        {"clrm {r0}", {0xe89f, 0x0001}, {U, U, U, U}}, /* Armv8.1-M */
	        {"dls lr, r0", {0xf040, 0xe001}, {U, U, U, U}},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		for (unsigned v = 0; v < ISAS; v++) {
			struct tl_insn insn;
			int error = -decode_for(isas[v], cases[i].text, 2, 0, &insn);
			if (error != cases[i].errors[v])
				printf("# %s on %s: %d\n", cases[i].what, isas[v]->name, error);
			check(error == cases[i].errors[v], "variant", i << 4 | v);
		}
}

/* What nothing may follow in its slot, and a double that leaves no room. */
static void endings(void)
{
	struct tl_insn insn;

	check(DECODE(0, &insn, 0xb671) == 0 && insn.verdict == TL_SLOT &&
	              insn.flags == TL_INSN_NO_TRAP,
	      "cpsid f", 0);
	check(DECODE(0, &insn, 0xb673) == 0 && insn.flags == TL_INSN_NO_TRAP, "cpsid if", 0);
	check(DECODE(0, &insn, 0xb661) == 0 && insn.flags == 0, "cpsie f", 0);
	check(DECODE(0, &insn, 0xf380, 0x8813) == 0 && insn.flags == TL_INSN_NO_TRAP,
	      "msr faultmask", 0);
	check(DECODE(1, &insn, 0xbf08, 0xf380, 0x8813) == -TL_EMASK, "msreq faultmask", 0);
	check(decode_for(&thumb_v8m, (const uint16_t[]){0x470c}, 1, 0, &insn) == 0, "bxns", 0);
	check(insn.verdict == TL_SLOT && insn.flags == (TL_INSN_LEAVES | TL_INSN_NO_TRAP), "bxns",
	      insn.flags);
	check(decode_for(&thumb_v8m, (const uint16_t[]){0xbf08, 0x470c}, 2, 1, &insn) == -TL_EINSN,
	      "bxnseq", 0);
	check(decode_for(&thumb_v7em, (const uint16_t[]){0xed9f, 0x0b00}, 2, 0, &insn) == 0,
	      "vldr d0", 0);
	check(insn.verdict == TL_SLOT && insn.flags == 0, "vldr d0", insn.flags);
	check(decode_for(&thumb_v7em, (const uint16_t[]){0xed9f, 0x0a00}, 2, 0, &insn) == 0 &&
	              !insn.flags,
	      "vldr s0", 0);
	/* no IT on Armv6-M: nothing before an instruction matters */
	check(decode_for(&thumb_v6m, (const uint16_t[]){0xbf08, 0x3001}, 2, 1, &insn) == 0 &&
	              !insn.flags,
	      "v6-M, IT", 0);
	/* a window of acquiring and releasing exclusives */
	check(decode_for(&thumb_v8m, (const uint16_t[]){0x3001, 0xe8c1, 0x02e0}, 3, 0, &insn) == 0,
	      "no stlex", 0);
	check(decode_for(&thumb_v8m, (const uint16_t[]){0x3001, 0xe8c1, 0x0fe2}, 3, 0, &insn) ==
	              -TL_EEXCL,
	      "stlex", 0);
}

/* Text that ends in the middle of an instruction. */
static void truncation(void)
{
	static const uint8_t bytes[] = {0x00, 0xf0, 0x00, 0xf8};
	struct tl_text text = {bytes, 0x8000, 0, 4};
	struct tl_insn insn;

	check(thumb_decode(&thumb_v7m, &text, &insn) == 0 && insn.len == 4 &&
	              insn.bits == 0xf000f800,
	      "whole", 0);
	text.after = 3;
	check(thumb_decode(&thumb_v7m, &text, &insn) == -TL_EALIGN && insn.op == TL_EALIGN,
	      "second half missing", 3);
	text.after = 1;
	check(thumb_decode(&thumb_v7m, &text, &insn) == -TL_EFAULT, "half a halfword", 1);
	check(thumb_insn_len(bytes, 2) == 4 && thumb_insn_len(bytes, 1) == 0, "length", 0);
}

static bool is_predicated(const uint16_t *text, unsigned n, unsigned at)
{
	struct tl_insn insn;

	return decode(text, n, at, &insn) == 0 && insn.flags & TL_INSN_PREDICATED;
}

/* Every IT of n lanes, over every mix of instruction lengths: exactly the n instructions behind it
 * are predicated. */
static void it_blocks(void)
{
	for (unsigned mask = 1; mask < 16; mask++) {
		unsigned n = 4;
		while (!(mask >> (4 - n) & 1))
			n--;
		for (unsigned wide = 0; wide < 32; wide++) {
			uint16_t text[16] = {0xbf00, (uint16_t)(0xbf10 | mask)};
			unsigned at[5], end = 2;
			for (unsigned lane = 0; lane < 5; lane++) {
				at[lane] = end;
				if (wide >> lane & 1) {
					text[end++] = 0xf100; /* add.w r0, r0, #1 */
					text[end++] = 0x0001;
				} else {
					text[end++] = 0x3001;
				}
			}
			check(!is_predicated(text, end, 0) && !is_predicated(text, end, 1),
			      "before a block", mask);
			for (unsigned lane = 0; lane < 5; lane++)
				check(is_predicated(text, end, at[lane]) == (lane < n), "lane",
				      mask << 8 | wide);
		}
	}

	struct tl_insn insn;
	/* Hints are no IT; the second half of `ldr.w r11, [r1, #3848]` looks like one, and is taken
	 * for one. */
	check(DECODE(1, &insn, 0xbf10, 0x3001) == 0 && !(insn.flags & TL_INSN_PREDICATED), "hint",
	      0);
	check(DECODE(2, &insn, 0xf8d1, 0xbf08, 0x3001) == 0 && insn.flags & TL_INSN_PREDICATED,
	      "lookalike", 0);
	check(DECODE(1, &insn, 0xbf18, 0xf7ff, 0xfffe) == 0 && insn.flags & TL_INSN_PREDICATED,
	      "last lane, bl", 0);
	check(insn.verdict == TL_SIMULATE, "bl", 0);
}

static void exclusive_windows(void)
{
	/* 0 movs, 1 ldrex, 3 adds, 4 cmp, 5 bne, 6 strex, 8 cmp, 9 bne, 10 bx lr */
	static const uint16_t loop[] = {0x2000, 0xe851, 0x0f00, 0x3001, 0x2800, 0xd102,
	                                0xe841, 0x0200, 0x2a00, 0xd1f6, 0x4770};
	static const bool inside[] = {0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0};
	enum { LOOP = sizeof loop / sizeof *loop };
	struct tl_insn insn;

	for (unsigned at = 0; at < LOOP; at++)
		if (at != 2 && at != 7)
			check(decode(loop, LOOP, at, &insn) == (inside[at] ? -TL_EEXCL : 0),
			      "window", at);

	/* What ends the search: an unconditional branch, a return, clrex, undefined space; not if
	 * predicated, not a call. */
	check(DECODE(0, &insn, 0x3001, 0xe7fe, 0xe841, 0x0200) == 0, "b", 0);
	check(DECODE(0, &insn, 0x3001, 0xf000, 0xb800, 0xe841, 0x0200) == 0, "b.w", 0);
	check(DECODE(0, &insn, 0x3001, 0x4770, 0xe841, 0x0200) == 0, "bx", 0);
	check(DECODE(0, &insn, 0x3001, 0xbd10, 0xe841, 0x0200) == 0, "pop", 0);
	check(DECODE(0, &insn, 0x3001, 0xf3bf, 0x8f2f, 0xe841, 0x0200) == 0, "clrex", 0);
	check(DECODE(0, &insn, 0x3001, 0xde00, 0xe841, 0x0200) == 0, "udf", 0);
	check(DECODE(0, &insn, 0x3001, 0xe8df, 0xf001, 0xe841, 0x0200) == 0, "tbb", 0);
	check(DECODE(0, &insn, 0x3001, 0xbf18, 0x4770, 0xe841, 0x0200) == -TL_EEXCL, "bxne", 0);
	check(DECODE(1, &insn, 0xbf18, 0x4770, 0xe841, 0x0200) == -TL_EEXCL, "bxne itself", 0);
	check(DECODE(0, &insn, 0x3001, 0xbf18, 0x3001, 0x4770, 0xe841, 0x0200) == 0,
	      "bx behind a block", 0);
	check(DECODE(0, &insn, 0x3001, 0xf000, 0xf800, 0xe841, 0x0200) == -TL_EEXCL, "bl", 0);
	check(DECODE(0, &insn, 0x3001, 0xb673, 0xe841, 0x0200) == -TL_EEXCL, "cpsid if", 0);

	/* At most 16 instructions, of 4 bytes each too. */
	uint16_t far[40];
	for (unsigned i = 0; i < 40; i += 2) {
		far[i] = 0xf100;
		far[i + 1] = 0x0001;
	}
	far[30] = 0xe841;
	far[31] = 0x0200;
	check(decode(far, 32, 0, &insn) == -TL_EEXCL && thumb_v7m.text_after == 64, "16th", 0);
	check(decode(far, 31, 0, &insn) == 0, "16th, cut off", 0);
	memmove(far + 2, far, 64);
	check(decode(far, 40, 0, &insn) == 0, "17th", 0);
	check(decode(far, 40, 2, &insn) == -TL_EEXCL, "16th from the next", 0);
}

int main(void)
{
	isa_rows(&(struct isa_rows){isas, ISAS, N | T | D | M | LIST, passes});
	refusals();
	variants();
	endings();
	truncation();
	it_blocks();
	exclusive_windows();
	return check_end("thumb decode");
}
