/* SPDX-License-Identifier: MIT */
/* Cortex-M decode: the tables themselves, what is refused, and the text around an instruction. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "thumb/decode.c"

static unsigned failures;

static void check(bool ok, const char *what, unsigned long detail)
{
	failures += !ok;
	if (!ok)
		printf("not ok - %s: %lx\n", what, detail);
}

static uint32_t random_bits(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

struct row {
	uint32_t mask, match, check;
};

/* Every row is what decides about some encoding that passes its check. */
static void rows_are_reachable(const struct row *table, unsigned rows, uint32_t low, uint32_t high)
{
	for (unsigned i = 0; i < rows; i++) {
		bool reached = false;
		check((table[i].match & ~table[i].mask) == 0, "match outside mask", i);
		for (unsigned n = 0; n < 200000 && !reached; n++) {
			uint32_t bits = table[i].match | (random_bits() & ~table[i].mask & high);
			unsigned first = 0;
			if (bits < low)
				continue;
			while ((bits & table[first].mask) != table[first].match)
				first++;
			reached = first == i && (high <= 0xffff || sane(bits, table[i].check));
		}
		check(reached, high > 0xffff ? "unreachable row of wide" : "unreachable row of narrow", i);
	}
}

static void tables(void)
{
	enum { NARROW = sizeof narrow / sizeof *narrow, WIDE = sizeof wide / sizeof *wide };
	struct row rows[NARROW > WIDE ? NARROW : WIDE];

	for (unsigned i = 0; i < NARROW; i++) {
		rows[i] = (struct row){narrow[i].mask, narrow[i].match, narrow[i].what.check};
		check(!(narrow[i].what.check & (N | T | D | M | LIST)), "16 bits have no fields to check", i);
	}
	rows_are_reachable(rows, NARROW, 0, 0xffff);
	for (unsigned i = 0; i < WIDE; i++)
		rows[i] = (struct row){(uint32_t)wide[i].mask[0] << 16 | wide[i].mask[1],
		                       (uint32_t)wide[i].match[0] << 16 | wide[i].match[1], wide[i].what.check};
	rows_are_reachable(rows, WIDE, 0xe8000000, 0xffffffff);
}

/* Decodes halfwords[at] with the others as its text. */
static int decode(const uint16_t *halfwords, unsigned n, unsigned at, struct tl_insn *insn)
{
	uint8_t bytes[256];

	for (unsigned i = 0; i < n; i++) {
		bytes[2 * i] = (uint8_t)halfwords[i];
		bytes[2 * i + 1] = (uint8_t)(halfwords[i] >> 8);
	}
	struct tl_text text = {bytes + 2 * at, 0x8000 + 2 * at, 2 * at, 2 * (n - at)};
	return thumb_decode(&thumb_v7m, &text, insn);
}

#define DECODE(at, insn, ...) decode((const uint16_t[]){__VA_ARGS__}, sizeof(uint16_t[]){__VA_ARGS__} / 2, at, insn)

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
	        {{0xb671}, TL_EMASK},
	        {{0xb673}, TL_EMASK},
	        {{0xb672}, TL_OK},
	        {{0xb661}, TL_OK},
	        {{0xf380, 0x8813}, TL_EMASK},
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
	        {{0xee01, 0x0f10}, TL_EINSN},
	        {{0xdf00}, TL_OK},
	        {{0xbf30}, TL_OK},
	        {{0xea4f, 0x0f00}, TL_EUNDEF},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tl_insn insn;
		int error = decode(cases[i].text, 2, 0, &insn);
		check(error == -cases[i].error, "refusal", cases[i].text[0]);
		check(!error || (insn.verdict == TL_REJECT && insn.op == cases[i].error), "error in op", cases[i].text[0]);
	}
}

/* Text that ends in the middle of an instruction. */
static void truncation(void)
{
	static const uint8_t bytes[] = {0x00, 0xf0, 0x00, 0xf8};
	struct tl_text text = {bytes, 0x8000, 0, 4};
	struct tl_insn insn;

	check(thumb_decode(&thumb_v7m, &text, &insn) == 0 && insn.len == 4 && insn.bits == 0xf000f800, "whole", 0);
	text.after = 3;
	check(thumb_decode(&thumb_v7m, &text, &insn) == -TL_EALIGN && insn.op == TL_EALIGN, "second half missing", 3);
	text.after = 1;
	check(thumb_decode(&thumb_v7m, &text, &insn) == -TL_EFAULT, "half a halfword", 1);
	check(thumb_insn_len(bytes, 2) == 4 && thumb_insn_len(bytes, 1) == 0, "length", 0);
}

static bool is_predicated(const uint16_t *text, unsigned n, unsigned at)
{
	struct tl_insn insn;

	return decode(text, n, at, &insn) == 0 && insn.flags & TL_INSN_PREDICATED;
}

/* Every IT of n lanes, over every mix of instruction lengths: exactly the n instructions behind it are predicated. */
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
			check(!is_predicated(text, end, 0) && !is_predicated(text, end, 1), "before a block", mask);
			for (unsigned lane = 0; lane < 5; lane++)
				check(is_predicated(text, end, at[lane]) == (lane < n), "lane", mask << 8 | wide);
		}
	}

	struct tl_insn insn;
	/* Hints are no IT; the second half of `ldr.w r11, [r1, #3848]` looks like one, and is taken for one. */
	check(DECODE(1, &insn, 0xbf10, 0x3001) == 0 && !(insn.flags & TL_INSN_PREDICATED), "hint", 0);
	check(DECODE(2, &insn, 0xf8d1, 0xbf08, 0x3001) == 0 && insn.flags & TL_INSN_PREDICATED, "lookalike", 0);
	check(DECODE(1, &insn, 0xbf18, 0xf7ff, 0xfffe) == 0 && insn.flags & TL_INSN_PREDICATED, "last lane, bl", 0);
	check(insn.verdict == TL_SIMULATE, "bl", 0);
}

static void exclusive_windows(void)
{
	/* 0 movs, 1 ldrex, 3 adds, 4 cmp, 5 bne, 6 strex, 8 cmp, 9 bne, 10 bx lr */
	static const uint16_t loop[] = {0x2000, 0xe851, 0x0f00, 0x3001, 0x2800, 0xd102, 0xe841, 0x0200, 0x2a00, 0xd1f6, 0x4770};
	static const bool inside[] = {0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0};
	enum { LOOP = sizeof loop / sizeof *loop };
	struct tl_insn insn;

	for (unsigned at = 0; at < LOOP; at++)
		if (at != 2 && at != 7)
			check(decode(loop, LOOP, at, &insn) == (inside[at] ? -TL_EEXCL : 0), "window", at);

	/* What ends the search: an unconditional branch, a return, clrex, undefined space; not if predicated, not a call. */
	check(DECODE(0, &insn, 0x3001, 0xe7fe, 0xe841, 0x0200) == 0, "b", 0);
	check(DECODE(0, &insn, 0x3001, 0xf000, 0xb800, 0xe841, 0x0200) == 0, "b.w", 0);
	check(DECODE(0, &insn, 0x3001, 0x4770, 0xe841, 0x0200) == 0, "bx", 0);
	check(DECODE(0, &insn, 0x3001, 0xbd10, 0xe841, 0x0200) == 0, "pop", 0);
	check(DECODE(0, &insn, 0x3001, 0xf3bf, 0x8f2f, 0xe841, 0x0200) == 0, "clrex", 0);
	check(DECODE(0, &insn, 0x3001, 0xde00, 0xe841, 0x0200) == 0, "udf", 0);
	check(DECODE(0, &insn, 0x3001, 0xe8df, 0xf001, 0xe841, 0x0200) == 0, "tbb", 0);
	check(DECODE(0, &insn, 0x3001, 0xbf18, 0x4770, 0xe841, 0x0200) == -TL_EEXCL, "bxne", 0);
	check(DECODE(1, &insn, 0xbf18, 0x4770, 0xe841, 0x0200) == -TL_EEXCL, "bxne itself", 0);
	check(DECODE(0, &insn, 0x3001, 0xbf18, 0x3001, 0x4770, 0xe841, 0x0200) == 0, "bx behind a block", 0);
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
	tables();
	refusals();
	truncation();
	it_blocks();
	exclusive_windows();
	printf("%s - thumb decode\n", failures ? "not ok" : "ok");
	return failures != 0;
}
