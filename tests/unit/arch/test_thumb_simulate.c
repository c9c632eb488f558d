/* SPDX-License-Identifier: MIT */
/* Cortex-M: simulation and slots, by hand-made states. Encodings are what arm-none-eabi-as makes of
 * the text beside them. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "isa_test.h"
#include "thumb/thumb.h"

enum {
	AT = 0x8002,   /* the instruction: not word-aligned, so that Align(PC, 4) shows */
	RAM = 0x20000, /* 64 bytes of memory: byte n is 0xa0 + n, but where a case says otherwise */
	T = THUMB_XPSR_T
};

static uint8_t memory[64];
static uint32_t unreadable; /* an address in no memory */
static uint32_t literals;   /* where `memory` is, too: near the PC */

static int read_memory(uintptr_t addr, void *to, unsigned bytes)
{
	uintptr_t base = literals ? literals : RAM;

	if (addr < base || addr + bytes > base + sizeof memory || (unreadable - addr < bytes))
		return -TL_EFAULT;
	memcpy(to, memory + (addr - base), bytes);
	return 0;
}

static void fill(void)
{
	for (unsigned i = 0; i < sizeof memory; i++)
		memory[i] = (uint8_t)(0xa0 + i);
	unreadable = 0;
	literals = 0;
}

static void put_word(unsigned at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		memory[at + i] = (uint8_t)(value >> 8 * i);
}

static struct thumb_regs start(void)
{
	struct thumb_regs regs = {.xpsr = T, .exc_return = 0xfffffff9, .control = 2};

	for (uint32_t r = 0; r < 15; r++)
		regs.r[r] = 0x11111111 * r;
	regs.sp = RAM + 16;
	regs.pc = AT;
	return regs;
}

static struct tl_insn decode_for(const struct tl_isa *isa, uint32_t bits)
{
	uint8_t bytes[4] = {(uint8_t)bits, (uint8_t)(bits >> 8)};
	struct tl_text text = {bytes, AT, 0, 2};
	struct tl_insn insn;

	if (bits >> 16) {
		bytes[0] = (uint8_t)(bits >> 16);
		bytes[1] = (uint8_t)(bits >> 24);
		bytes[2] = (uint8_t)bits;
		bytes[3] = (uint8_t)(bits >> 8);
		text.after = 4;
	}
	check(thumb_decode(isa, &text, &insn) == 0, "decode", bits);
	return insn;
}

static struct tl_insn decode(uint32_t bits)
{
	return decode_for(&thumb_v7m, bits);
}

static int run(uint32_t bits, struct thumb_regs *regs)
{
	struct tl_insn insn = decode(bits);
	struct tl_sim_fault fault = {0};
	int error = thumb_simulate(&insn, (struct tl_regs *)regs, read_memory, &fault);

	check(error == 0 || (fault.addr == unreadable && fault.bytes && !fault.misaligned),
	      "fault address", bits);
	return error;
}

/* Runs `bits` from `from` (NULL: as started) and expects exactly `want`. */
static void expect(const char *what, uint32_t bits, const struct thumb_regs *from,
                   const struct thumb_regs *want)
{
	struct thumb_regs regs = from ? *from : start();

	check(run(bits, &regs) == 0, what, bits);
	for (unsigned r = 0; r < THUMB_NCORE; r++)
		if (regs.r[r] != want->r[r])
			printf("# %s: %s is %x, not %x\n", what, thumb_v7m.regs[r].name, regs.r[r],
			       want->r[r]);
	check(memcmp(&regs, want, sizeof regs) == 0, what, bits);
}

/* ... expects one register and the PC to change */
static void expect1(const char *what, uint32_t bits, unsigned r, uint32_t value, uint32_t pc)
{
	struct thumb_regs want = start();

	want.r[r] = value;
	want.pc = pc;
	expect(what, bits, NULL, &want);
}

static void branches(void)
{
	expect1("b .+4", 0xe000, 0, 0, AT + 4);
	expect1("b .", 0xe7fe, 0, 0, AT);
	expect1("b .-2044", 0xe400, 0, 0, AT + 4 - 2048);
	expect1("b .+2050", 0xe3ff, 0, 0, AT + 4 + 2046);
	expect1("b.w .+0x1000002", 0xf3ff97ff, 0, 0, AT + 0x1000002);
	expect1("b.w .-0xfffffc", 0xf4009000, 0, 0, AT - 0xfffffc);
	expect1("b.w .+0x800004", 0xf0009800, 0, 0, AT + 0x800004);
	expect1("b.w .+0x400004", 0xf000b000, 0, 0, AT + 0x400004);
	expect1("b.w .+4", 0xf000b800, 0, 0, AT + 4);
	expect1("b.w .", 0xf7ffbffe, 0, 0, AT);
	expect1("bl .+4", 0xf000f800, 14, AT + 5, AT + 4);
	expect1("bl .", 0xf7fffffe, 14, AT + 5, AT);
	expect1("bl farthest", 0xf3ffd7ff, 14, AT + 5, AT + 4 + 0xfffffe);
	expect1("bl farthest back", 0xf400d000, 14, AT + 5, AT + 4 - 0x1000000);
	expect1("cbz r0, taken", 0xb318, 0, 0, AT + 4 + 0x46);
	expect1("cbz r1, not taken", 0xb101, 0, 0, AT + 2);
	expect1("cbnz r1, taken", 0xbbf9, 0, 0, AT + 4 + 0x7e);
	expect1("cbnz r0, not taken", 0xb900, 0, 0, AT + 2);

	struct thumb_regs from = start(), want = start();
	from.r3 = want.r3 = 0x1001;
	want.pc = 0x1000;
	expect("bx r3", 0x4718, &from, &want);
	want.lr = AT + 2 + 1;
	expect("blx r3", 0x4798, &from, &want);
	from.r3 = want.r3 = 0x1000;
	want.xpsr = 0; /* not Thumb: the core faults there */
	expect("blx r3, ARM", 0x4798, &from, &want);
	want.lr = from.lr;
	expect("bx r3, ARM", 0x4718, &from, &want);
	want.xpsr = T;
	expect("mov pc, r3: bit 0 is not looked at", 0x469f, &from, &want);
	from.lr = 0x1001;
	want = from;
	want.pc = 0x1000;
	want.lr = AT + 2 + 1;
	expect("blx lr", 0x47f0, &from, &want);
	from = start();
	want = from;
	want.xpsr = 0;
	want.pc = AT + 4;
	expect("bx pc", 0x4778, &from, &want);

	/* EXC_RETURN is a target of its own in a handler, and there alone */
	from = start();
	from.xpsr = T | 15;
	from.lr = 0xfffffff1;
	want = from;
	want.pc = 0xfffffff1;
	expect("bx lr, handler", 0x4770, &from, &want);
	from.xpsr = T;
	want.xpsr = T;
	want.pc = 0xfffffff0;
	expect("bx lr, thread", 0x4770, &from, &want);
	from.xpsr = want.xpsr = T | 15;
	want.lr = AT + 2 + 1;
	expect("blx lr, handler: no EXC_RETURN", 0x47f0, &from, &want);
}

/* The 15 conditions, by their definition in A7.3, under every N, Z, C, V: as branches and as lanes
 * of an IT block. */
static void conditions(void)
{
	for (uint32_t nzcv = 0; nzcv < 16; nzcv++) {
		bool n = nzcv & 8, z = nzcv & 4, c = nzcv & 2, v = nzcv & 1;
		bool yes[15] = {z,   !z,      c,       !c,     n,      !n,           v,
		                !v,  c && !z, !c || z, n == v, n != v, !z && n == v, z || n != v,
		                true};

		for (uint32_t cond = 0; cond < 15; cond++) {
			struct thumb_regs from = start(), want;
			from.xpsr = T | nzcv << 28;
			if (cond < 14) {
				want = from;
				want.pc = yes[cond] ? AT + 4 - 256 : AT + 2;
				expect("b<c>", 0xd080 | cond << 8, &from, &want);
				want.pc = yes[cond] ? AT + 4 - 0x100000 : AT + 4;
				expect("b<c>.w, back", 0xf4008000 | cond << 22, &from, &want);
				want.pc = yes[cond] ? AT + 4 + 0xffffe : AT + 4;
				expect("b<c>.w", 0xf03fafff | cond << 22, &from, &want);
			}
			/* it<c>, last lane: ITSTATE is cond:1000 */
			struct tl_insn insn = decode(0x3001);
			from.xpsr |= (cond >> 2 & 3) << 14 | (cond & 3) << 12 | 1 << 11;
			want = from;
			check(thumb_skip(&insn, (struct tl_regs *)&from) == !yes[cond], "skip",
			      cond << 4 | nzcv);
			if (!yes[cond]) {
				want.pc = AT + 2;
				want.xpsr = T | nzcv << 28;
			}
			check(memcmp(&from, &want, sizeof want) == 0, "state after skip",
			      cond << 4 | nzcv);
		}
	}
	struct tl_insn insn = decode(0x3001);
	struct thumb_regs regs = start();
	check(!thumb_skip(&insn, (struct tl_regs *)&regs) && regs.pc == AT, "no block", 0);
}

static uint32_t itstate(uint32_t it)
{
	return T | THUMB_XPSR_C | (it & 3) << 25 | it >> 2 << 10;
}

static void it_blocks(void)
{
	/* itete cs: lanes true, false, true, false. ITSTATE as in A7.3.3: one bit shifted out of
	 * 4:0 per instruction. */
	static const uint32_t states[] = {0x2b, 0x36, 0x2c, 0x38, 0};
	struct thumb_regs from = start(), want;
	struct tl_insn insn = decode(0xf8d01000); /* 4 bytes */

	from.xpsr = itstate(0);
	want = from;
	want.pc += 2;
	want.xpsr = itstate(states[0]);
	expect("itete cs", 0xbf2b, &from, &want);
	for (unsigned lane = 0; lane < 4; lane++) {
		from = start();
		from.xpsr = itstate(states[lane]);
		want = from;
		want.xpsr = itstate(states[lane + 1]);
		if (lane & 1) {
			want.pc += 4;
			check(thumb_skip(&insn, (struct tl_regs *)&from), "skipped", lane);
			check(memcmp(&from, &want, sizeof want) == 0, "state after skip", lane);
		} else {
			check(!thumb_skip(&insn, (struct tl_regs *)&from), "not skipped", lane);
			want.r2 = ((AT + 4) & ~3u) + 4;
			want.pc += 2;
			expect("adr r2, in a block", 0xa201, &from, &want);
		}
	}
	from.xpsr = itstate(0x28); /* last lane, true */
	from.r3 = 0x1001;
	want = from;
	want.xpsr = itstate(0);
	want.pc = 0x1000;
	expect("bxcs r3", 0x4718, &from, &want);
	from.xpsr = itstate(0xe8); /* it al */
	check(!thumb_skip(&insn, (struct tl_regs *)&from), "it al", 0);
	from.xpsr = itstate(0xf8); /* the else of it al: always, too */
	check(!thumb_skip(&insn, (struct tl_regs *)&from), "it al, else", 0);
}

static void pc_relative(void)
{
	expect1("adr r2, [pc, #4]", 0xa201, 2, 0x8004 + 4, AT + 2);
	expect1("adr.w r9, after", 0xf60f79ff, 9, 0x8004 + 0xfff, AT + 4);
	expect1("adr.w r9, before", 0xf6af79ff, 9, 0x8004 - 0xfff, AT + 4);
	expect1("mov r8, pc", 0x46f8, 8, AT + 4, AT + 2);
	expect1("mov sp, pc", 0x46fd, 13, 0x8004, AT + 2);
	expect1("mov pc, pc", 0x46ff, 0, 0, AT + 4);
	expect1("mov pc, r1", 0x468f, 0, 0, 0x11111110);
	expect1("add r1, pc", 0x4479, 1, 0x11111111 + AT + 4, AT + 2);
	expect1("add r9, pc", 0x44f9, 9, 0x99999999 + AT + 4, AT + 2);
	expect1("add pc, r1", 0x448f, 0, 0, (0x11111111 + AT + 4) & ~1u);

	literals = 0x8004; /* Align(PC, 4) */
	expect1("ldr r2, [pc, #8]", 0x4a02, 2, 0xabaaa9a8, AT + 2);
	expect1("ldr.w r9, [pc, #9]", 0xf8df9009, 9, 0xacabaaa9, AT + 4);
	expect1("ldrb.w r9, [pc, #9]", 0xf89f9009, 9, 0xa9, AT + 4);
	expect1("ldrh.w r9, [pc, #9]", 0xf8bf9009, 9, 0xaaa9, AT + 4);
	expect1("ldrsb.w r9, [pc, #9]", 0xf99f9009, 9, 0xffffffa9, AT + 4);
	expect1("ldrsh.w r9, [pc, #9]", 0xf9bf9009, 9, 0xffffaaa9, AT + 4);
	expect1("pld [pc, #9]", 0xf89ff009, 0, 0, AT + 4);
	put_word(8, 0x1235);
	expect1("ldr.w pc, [pc, #8]", 0xf8dff008, 0, 0, 0x1234);
	fill();
	literals = 0x8004 - 32;
	expect1("ldr.w r9, [pc, #-28]", 0xf85f901c, 9, 0xa7a6a5a4, AT + 4);
	struct thumb_regs want = start();
	want.r2 = 0xa7a6a5a4;
	want.r9 = 0xabaaa9a8;
	want.pc += 4;
	expect("ldrd r2, r9, [pc, #-28]", 0xe95f2907, NULL, &want);
	literals = 0x8004;
	expect("ldrd r2, r9, [pc, #4]", 0xe9df2901, NULL, &want);
	struct tl_insn insn = decode(0x4a02);
	check(!(insn.flags & TL_INSN_LOADS), "a literal is text", 0);

	/* tables */
	literals = AT + 4;
	struct thumb_regs from = start();
	from.r1 = 3;
	want = from;
	want.pc = AT + 4 + 2 * 0xa3;
	expect("tbb [pc, r1]", 0xe8dff001, &from, &want);
	want.pc = AT + 4 + 2 * 0xa7a6;
	expect("tbh [pc, r1]", 0xe8dff011, &from, &want);
	check(!(decode(0xe8dff001).flags & TL_INSN_LOADS), "a table behind tbb is text", 0);
	literals = 0;
	from.r2 = want.r2 = RAM;
	expect("tbh [r2, r1]", 0xe8d2f011, &from, &want);
	want.pc = AT + 4 + 2 * 0xa3;
	expect("tbb [r2, r1]", 0xe8d2f001, &from, &want);
	check(decode(0xe8d2f001).flags & TL_INSN_LOADS, "a table in memory is data", 0);
	fill();
}

static void returns(void)
{
	struct thumb_regs from = start(), want = start();

	put_word(28, 0x2001);
	want.r0 = 0xb3b2b1b0;
	want.r3 = 0xb7b6b5b4;
	want.r7 = 0xbbbab9b8;
	want.sp = RAM + 32;
	want.pc = 0x2000;
	expect("pop {r0, r3, r7, pc}", 0xbd89, NULL, &want);
	expect("pop.w {r0, r3, r7, pc}", 0xe8bd8089, NULL, &want);
	want.sp = from.sp;
	expect("ldm sp, {r0, r3, r7, pc}", 0xe89d8089, NULL, &want);

	from.r4 = RAM + 32;
	want.r4 = RAM + 16;
	expect("ldmdb r4!, {r0, r3, r7, pc}", 0xe9348089, &from, &want);
	want.r4 = from.r4;
	expect("ldmdb r4, {r0, r3, r7, pc}", 0xe9148089, &from, &want);
	want = from;
	want.r4 = 0xbbbab9b8;
	want.pc = 0x2000;
	from.r4 = RAM + 24;
	expect("ldm r4, {r4, pc}: the base is loaded", 0xe8948010, &from, &want);

	/* nothing changes where a word cannot be read */
	for (uint32_t bad = RAM + 16; bad < RAM + 32; bad += 4) {
		unreadable = bad;
		from = start();
		check(run(0xe8bd8089, &from) == -TL_EFAULT, "fault", bad);
		want = start();
		check(memcmp(&from, &want, sizeof want) == 0, "unchanged", bad);
	}
	unreadable = 0;

	/* nor where the address is no multiple of 4, though each word could be read */
	struct tl_sim_fault fault = {0};
	struct tl_insn ldm = decode(0xe8958009); /* ldm.w r5, {r0, r3, pc} */
	from = start();
	from.r5 = RAM + 18;
	want = from;
	check(thumb_simulate(&ldm, (struct tl_regs *)&from, read_memory, &fault) == -TL_EFAULT,
	      "misaligned", 0);
	check(fault.misaligned && fault.addr == RAM + 18 && fault.bytes == 4, "misaligned", 1);
	check(memcmp(&from, &want, sizeof want) == 0, "unchanged", 2);

	/* ldr pc: every form, with and without writeback, all of the word at RAM + 28 */
	static const struct {
		uint32_t bits, base, after;
	} loads[] = {
	        {0xf8d5f01c, RAM, RAM},           /* ldr.w pc, [r5, #28] */
	        {0xf855fc04, RAM + 32, RAM + 32}, /* ldr.w pc, [r5, #-4] */
	        {0xf855ff1c, RAM, RAM + 28},      /* ldr.w pc, [r5, #28]! */
	        {0xf855fd04, RAM + 32, RAM + 28}, /* ldr.w pc, [r5, #-4]! */
	        {0xf855fb04, RAM + 28, RAM + 32}, /* ldr.w pc, [r5], #4 */
	        {0xf855f904, RAM + 28, RAM + 24}, /* ldr.w pc, [r5], #-4 */
	        {0xf855f026, RAM, RAM},           /* ldr.w pc, [r5, r6, lsl #2] */
	};
	for (unsigned i = 0; i < sizeof loads / sizeof *loads; i++) {
		from = start();
		from.r5 = loads[i].base;
		from.r6 = 7;
		want = from;
		want.r5 = loads[i].after;
		want.pc = 0x2000;
		expect("ldr pc", loads[i].bits, &from, &want);
		check(decode(loads[i].bits).flags == (TL_INSN_LEAVES | TL_INSN_LOADS), "flags",
		      loads[i].bits);
		check(decode(loads[i].bits).verdict == TL_SLOT, "verdict", loads[i].bits);

		unreadable = RAM + 28;
		struct thumb_regs kept = from;
		check(run(loads[i].bits, &from) == -TL_EFAULT &&
		              memcmp(&from, &kept, sizeof kept) == 0,
		      "unchanged", loads[i].bits);
		unreadable = 0;
	}
	from = start();
	from.sp = RAM + 28;
	want = from;
	want.sp = RAM + 32;
	want.pc = 0x2000;
	expect("pop.w {pc}", 0xf85dfb04, &from, &want);

	put_word(28, 0xfffffffd);
	from.xpsr = want.xpsr = T | 3;
	want.pc = 0xfffffffd;
	expect("pop.w {pc}, EXC_RETURN", 0xf85dfb04, &from, &want);
	put_word(28, 0x2000);
	want.xpsr = 3;
	want.pc = 0x2000;
	expect("pop.w {pc}, ARM", 0xf85dfb04, &from, &want);
	fill();
}

static void slots(void)
{
	enum { B = THUMB_BRK_SLOT };
	static const struct tl_isa *const v6 = &thumb_v6m, *const v7 = &thumb_v7em;
	static const struct {
		const struct tl_isa *const *isa;
		uint32_t bits;
		bool boosted;
		int at;
		uint16_t want[10];
	} cases[] = {
	        {&v7, 0x3001, true, 0, {0x3001, 0xf8df, 0xf004, B, 0x8005, 0x1000, B, B}},
	        {&v7, 0xf1000001, true, 0, {0xf100, 0x0001, 0xf8df, 0xf000, 0x8007, 0x1000, B, B}},
	        {&v7, 0x3001, false, 2, {0x3001, B, 0xf004, B, 0x8005, 0x1000, B, B}},
	        {&v7, 0xf1000001, false, 4, {0xf100, 0x0001, B, 0xf000, 0x8007, 0x1000, B, B}},
	        {&v7,
	         0xdf01,
	         true,
	         0,
	         {0xdf01, 0xbf00, 0xf8df, 0xf000, 0x8005, 0x1000, B, B}}, /* svc */
	        {&v7, 0xdf01, false, 0, {0xdf01, 0xbf00, 0xf8df, 0xf000, 0x8005, 0x1000, B, B}},
	        {&v7, 0x4770, true, 0, {0x4770, B, B, B, B, B, B, B}},
	        {&v7, 0xe8bd8011, true, 0, {0xe8bd, 0x8011, B, B, B, B, B, B}},
	        {&v7,
	         0xed9f8a02,
	         true,
	         0,
	         {0xed9f, 0x8a02, 0xf8df, 0xf000, 0x8007, 0x1000, 0xa1a0, 0xa3a2}}, /* vldr s16 */
	        {&v7,
	         0xed9f8a02,
	         false,
	         4,
	         {0xed9f, 0x8a02, B, 0xf000, 0x8007, 0x1000, 0xa1a0, 0xa3a2}},
	        {&v7,
	         0xed1f8a02,
	         true,
	         0,
	         {0xed9f, 0x8a02, 0xf8df, 0xf000, 0x8007, 0x1000, 0x9190, 0x9392}}, /* before */
	        {&v7,
	         0xeddf8b02,
	         true,
	         0,
	         {0xeddf, 0x8b02, 0xf8df, 0xf000, 0x8007, 0x1000, 0xa1a0, 0xa3a2, 0xa5a4,
	          0xa7a6}}, /* vldr d24 */
	        {&v7,
	         0xeddf8b02,
	         false,
	         4,
	         {0xeddf, 0x8b02, B, 0xf000, 0x8007, 0x1000, 0xa1a0, 0xa3a2, 0xa5a4, 0xa7a6}},
	        {&v6, 0x3001, true, 0, {0x3001, 0xb403, 0x4801, 0x9001, 0xbd01, B, 0x8005, 0x1000}},
	        {&v6, 0x3001, false, 2, {0x3001, B, 0x4801, 0x9001, 0xbd01, B, 0x8005, 0x1000}},
	        {&v6,
	         0xf3ef8010,
	         true,
	         0,
	         {0xf3ef, 0x8010, 0xb403, 0x4801, 0x9001, 0xbd01, 0x8007, 0x1000}},
	        {&v6,
	         0xf3ef8010,
	         false,
	         4,
	         {0xf3ef, 0x8010, B, 0x4801, 0x9001, 0xbd01, 0x8007, 0x1000}},
	        {&v6, 0x4770, true, 0, {0x4770, B, B, B, B, B, B, B}},
	        {&v6, 0xbd10, false, 2, {0xbd10, B, B, B, B, B, B, B}},
	        /* rewritten: bne, bl, ldr r3, blx r2; of those that have none is nothing asked */
	        {&v7,
	         0xd1fe,
	         true,
	         0,
	         {0xd101, 0xf8df, 0xf008, 0xf8df, 0xf008, B, 0x8005, 0x1000, 0x8003, 0x1000}},
	        {&v7,
	         0xf000f800,
	         false,
	         0,
	         {0xf8df, 0xe008, 0xf8df, 0xf008, B, B, 0x8007, 0x1000, 0x8007, 0x1000}},
	        {&v7,
	         0x4b02,
	         true,
	         0,
	         {0xf8df, 0x300c, 0x681b, 0xf8df, 0xf004, B, 0x8005, 0x1000, 0x800c, 0x1000}},
	        {&v7, 0x4790, true, 0, {0xf8df, 0xe008, 0x4710, B, B, B, 0x8005, 0x1000, B, B}},
	        {&v6,
	         0xd1fe,
	         true,
	         0,
	         {0xb403, 0x4803, 0xd100, 0x4801, 0x9001, 0xbd01, 0x8005, 0x1000, 0x8003, 0x1000}},
	        {&v6,
	         0xf000f800,
	         true,
	         0,
	         {0xb403, 0x4802, 0x4686, 0x4802, 0x9001, 0xbd01, 0x8007, 0x1000, 0x8007, 0x1000}},
	        {&v7, 0x47f0, true, -TL_EINSN, {0}}, /* blx lr */
	        {&v7, 0x4487, true, -TL_EINSN, {0}}, /* add pc, r0 */
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t out[THUMB_SLOT_SIZE];
		const struct tl_isa *isa = *cases[i].isa;
		struct tl_insn insn = decode_for(isa, cases[i].bits);

		/* Align(PC, 4) and the offset of those that lie behind */
		literals = 0x10008004 + 8;
		if (cases[i].bits == 0xed1f8a02) {
			literals = 0x10008004 - 16 - 8;
			for (unsigned n = 0; n < sizeof memory; n++)
				memory[n] = (uint8_t)(0x80 + n);
		}
		int at = isa->slot_build(isa, &insn, 0x10008002, 0x20000010, cases[i].boosted,
		                         read_memory, out);
		fill();

		check(at == cases[i].at, "offset of the breakpoint", i);
		if (at < 0)
			continue;
		for (unsigned h = 0; h < THUMB_SLOT_SIZE / 2; h++) {
			uint16_t want = cases[i].want[h] ? cases[i].want[h] : B;

			check((out[2 * h] | out[2 * h + 1] << 8) == want, "slot", i << 4 | h);
		}
	}
	/* a literal that cannot be read */
	uint8_t out[THUMB_SLOT_SIZE];
	struct tl_insn insn = decode_for(v7, 0xeddf8b02);
	check(v7->slot_build(v7, &insn, 0x10008002, 0x20000010, true, read_memory, out) ==
	              -TL_EFAULT,
	      "no literal", 0);
	/* no breakpoint behind what masks traps */
	insn = decode_for(v7, 0xb671);
	insn.flags |= TL_INSN_NO_TRAP;
	check(v7->slot_build(v7, &insn, 0x10008002, 0x20000010, false, read_memory, out) ==
	              -TL_EMASK,
	      "cpsid f", 0);
}

/* Of jump probes: goes where it was told to, by what the core makes of it, and no farther than it
 * can. */
static void jumps(void)
{
	static const int32_t offsets[] = {4,         6,         8,        0,        -2,
	                                  0x1000,    -0x1000,   0x3ffffe, 0x400004, 0x800000,
	                                  -0x800000, 0x1000002, -0xfffffc};
	static const int32_t too_far[] = {0x1000004, -0xfffffe, 0x20000000};
	uint8_t out[TL_JUMP_LEN];

	for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
		struct thumb_regs regs = start(), want = regs;
		struct tl_sim_fault fault;
		struct tl_insn insn;

		regs.pc = want.pc = 0x10008002;
		check(thumb_v7m.jump(regs.pc, regs.pc + (uint32_t)offsets[i], out), "jump", i);
		insn = decode_for(&thumb_v7m, (uint32_t)(out[0] | out[1] << 8) << 16 | out[2] |
		                                      (uint32_t)out[3] << 8);
		check(insn.op == THUMB_BW, "b.w", i);
		check(thumb_simulate(&insn, (struct tl_regs *)&regs, read_memory, &fault) == 0,
		      "jump", i);
		want.pc += (uint32_t)offsets[i];
		check(!memcmp(&regs, &want, sizeof regs), "goes there and changes nothing", i);
	}
	for (unsigned i = 0; i < sizeof too_far / sizeof *too_far; i++)
		check(!thumb_v7m.jump(0x10008002, 0x10008002 + (uint32_t)too_far[i], out),
		      "too far", i);
	check(!thumb_v6m.jump, "Armv6-M has none", 0);
}

int main(void)
{
	fill();
	jumps();
	branches();
	conditions();
	it_blocks();
	pc_relative();
	returns();
	slots();
	return check_end("thumb simulate");
}
