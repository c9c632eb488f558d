/* SPDX-License-Identifier: MIT */
/*
 * AArch64: simulation at the edges, and slots, by hand-made states; test_aarch64.py has the many.
 * Encodings are what aarch64-linux-gnu-as makes of the text beside them.
 */
#include <stdint.h>
#include <string.h>

#include "aarch64/a64.h"
#include "error.h"
#include "isa_test.h"

static uintptr_t readable; /* 8 bytes there, 0x88 to 0x8f */

static int read_there(uintptr_t addr, void *to, unsigned bytes)
{
	if (addr - readable > 8 - bytes)
		return -TL_EFAULT;
	for (unsigned i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = (uint8_t)(0x88 + (addr - readable) + i);
	return 0;
}

static struct tl_insn decode(uint32_t bits)
{
	uint8_t bytes[] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16),
	                   (uint8_t)(bits >> 24)};
	struct tl_text text = {bytes, 0, 0, 4};
	struct tl_insn insn;

	check(a64_v8a.decode(&a64_v8a, &text, &insn) == 0, "decode", bits);
	return insn;
}

enum { N = 31, Z = 30, C = 29, V = 28, BTYPE = 3 << 10, NONE = 31 };
#define BIT(n) ((uintptr_t)1 << (n))

/* From a state where x<n> is n * 0x0101010101010101, but for x1, and the PC as given: one register
 * and the PC change. */
static void simulation(void)
{
	static const uintptr_t M = UINTPTR_MAX;
	static const struct {
		const char *what;
		uint32_t bits;
		uintptr_t pc, x1, cpsr, next;
		unsigned d;
		uintptr_t value;
	} cases[] = {
	        {"adr x0, farthest", 0x707fffe0, 0x1000, 0, 0, 0x1004, 0, 0x100fff},
	        {"adr x0, farthest back", 0x10800000, 0x1000, 0, 0, 0x1004, 0, M - 0xfefff},
	        {"adr xzr, .", 0x1000001f, 0x1000, 0, 0, 0x1004, NONE, 0},
	        {"adrp x0, farthest", 0xf07fffe0, 0x1234, 0, 0, 0x1238, 0, 0x100000000},
	        {"adrp x0, farthest back", 0x90800000, 0x1234, 0, 0, 0x1238, 0, M - 0xffffefff},
	        {"b .", 0x14000000, 0x1000, 0, 0, 0x1000, NONE, 0},
	        {"b farthest", 0x15ffffff, 0x1000, 0, 0, 0x8000ffc, NONE, 0},
	        {"bl farthest back", 0x96000000, 0x1000, 0, 0, M - 0x7ffefff, 30, 0x1004},
	        {"blr x1", 0xd63f0020, 0x1000, 0x123456789abc, 0, 0x123456789abc, 30, 0x1004},
	        {"blr x30", 0xd63f03c0, 0x1000, 0, 0, 0x1e1e1e1e1e1e1e1e, 30, 0x1004},
	        {"br x1", 0xd61f0020, 0x1000, 3, 0, 3, NONE, 0},
	        {"ret", 0xd65f03c0, 0x1000, 0, 0, 0x1e1e1e1e1e1e1e1e, NONE, 0},
	        {"cbz w1", 0x34000041, 0x1000, BIT(32), 0, 0x1008, NONE, 0},
	        {"cbz x1", 0xb4000041, 0x1000, BIT(32), 0, 0x1004, NONE, 0},
	        {"cbnz x1, farthest back", 0xb5800001, 0x1000, BIT(63), 0, M - 0xfefff, NONE, 0},
	        {"cbz xzr", 0xb400005f, 0x1000, 0, 0, 0x1008, NONE, 0},
	        {"tbz x1, 63", 0xb6f80041, 0x1000, BIT(63), 0, 0x1004, NONE, 0},
	        {"tbnz x1, 63", 0xb7f80041, 0x1000, BIT(63), 0, 0x1008, NONE, 0},
	        {"tbnz w1, 31, farthest", 0x37fbffe1, 0x1000, BIT(31), 0, 0x8ffc, NONE, 0},
	        {"b.eq", 0x54000040, 0x1000, 0, BIT(Z), 0x1008, NONE, 0},
	        {"b.ne", 0x54000041, 0x1000, 0, BIT(Z), 0x1004, NONE, 0},
	        {"b.hi", 0x54000048, 0x1000, 0, BIT(C), 0x1008, NONE, 0},
	        {"b.hi", 0x54000048, 0x1000, 0, BIT(C) | BIT(Z), 0x1004, NONE, 0},
	        {"b.ls", 0x54000049, 0x1000, 0, 0, 0x1008, NONE, 0},
	        {"b.lt", 0x5400004b, 0x1000, 0, BIT(N), 0x1008, NONE, 0},
	        {"b.lt", 0x5400004b, 0x1000, 0, BIT(N) | BIT(V), 0x1004, NONE, 0},
	        {"b.gt", 0x5400004c, 0x1000, 0, BIT(N) | BIT(V), 0x1008, NONE, 0},
	        {"b.nv: always", 0x5400004f, 0x1000, 0, 0, 0x1008, NONE, 0},
	        {"ldr x0", 0x58000040, 0x1000, 0, 0, 0x1004, 0, 0x8f8e8d8c8b8a8988},
	        {"ldr w0", 0x18000040, 0x1000, 0, 0, 0x1004, 0, 0x8b8a8988},
	        {"ldrsw x0", 0x98000040, 0x1000, 0, 0, 0x1004, 0, 0xffffffff8b8a8988},
	        {"ldr xzr", 0x5800005f, 0x1000, 0, 0, 0x1004, NONE, 0},
	};

	readable = 0x1008;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tl_insn insn = decode(cases[i].bits);
		struct tl_sim_fault fault = {0};
		struct a64_regs got = {0}, want;

		for (unsigned x = 0; x < 32; x++)
			got.r[x] = x * 0x0101010101010101;
		got.x1 = cases[i].x1;
		got.pc = cases[i].pc;
		got.cpsr = cases[i].cpsr | BTYPE;
		want = got;
		if (cases[i].d != NONE)
			want.r[cases[i].d] = cases[i].value;
		want.pc = cases[i].next;
		want.cpsr = cases[i].cpsr; /* no trace of a jump */
		check(a64_v8a.simulate(&insn, (struct tl_regs *)&got, read_there, &fault) == 0,
		      cases[i].what, i);
		check(memcmp(&got, &want, sizeof got) == 0, cases[i].what, i);
	}
	struct tl_insn insn = decode(0x58000080); /* ldr x0, .+16 */
	struct a64_regs got = {.pc = 0x1000}, want = got;
	struct tl_sim_fault fault = {0};
	check(a64_v8a.simulate(&insn, (struct tl_regs *)&got, read_there, &fault) == -TL_EFAULT &&
	              fault.addr == 0x1010 && fault.bytes == 8 && !fault.misaligned &&
	              !memcmp(&got, &want, sizeof got),
	      "a literal that cannot be read", 0);
}

static void slots(void)
{
	enum { AT = 0x20000, FAR = 0x8000000 };
	static const uint32_t K = A64_BRK(A64_BRK_OF_SLOT), ADD = 0x8b010000, RET = 0xd65f03c0,
	                      SVC = 0xd4000001, VBAR = 0xd518c000;
	static const struct {
		const char *what;
		uint32_t bits, addr;
		bool boosted;
		int at;
		uint32_t want[4];
	} cases[] = {
	        {"boosted", ADD, AT - 0x1000, true, 0, {ADD, 0x17fffc00, K, K}},
	        {"unboosted", ADD, AT - 0x1000, false, 4, {ADD, K, K, K}},
	        {"just reached", ADD, AT + FAR - 4, true, 0, {ADD, 0x15ffffff, K, K}},
	        {"just not reached", ADD, AT + FAR, true, 4, {ADD, K, K, K}},
	        {"return", RET, AT + FAR, true, 0, {RET, K, K, K}},
	        {"return, unboosted", RET, AT + FAR, false, 4, {RET, K, K, K}},
	        {"svc", SVC, AT + 0x1000, true, 0, {SVC, K, K, K}},
	        {"svc, unboosted", SVC, AT, false, -TL_EMASK, {0}},
	        {"msr vbar_el1", VBAR, AT + 0x1000, true, 0, {VBAR, 0x14000400, K, K}},
	        {"msr vbar_el1, not reached", VBAR, AT + FAR, true, -TL_EMASK, {0}},
	        {"msr vbar_el1, unboosted", VBAR, AT + 0x1000, false, -TL_EMASK, {0}},
	        /* rewritten */
	        {"cbz x0, .+16",
	         0xb4000080,
	         AT - 0x1000,
	         true,
	         0,
	         {0xb4000040, 0x17fffc00, 0x17fffc02, K}},
	        {"tbnz x0, 33, .-4",
	         0xb70fffe0,
	         AT + 0x1000,
	         true,
	         0,
	         {0xb7080040, 0x14000400, 0x140003fd, K}},
	        {"b.eq, too far", 0x54000040, AT + FAR, true, -TL_EINSN, {0}},
	        {"b .+8", 0x14000002, AT + 0x1000, true, 0, {0x14000402, K, K, K}},
	        {"bl .+8",
	         0x94000002,
	         AT + 0x1000,
	         true,
	         0,
	         {0xb000001e, 0x910013de, 0x14000400, K}},
	        {"blr x9",
	         0xd63f0120,
	         AT + 0x1000,
	         true,
	         0,
	         {0xb000001e, 0x910013de, 0xd61f0120, K}},
	        {"blr x30", 0xd63f03c0, AT + 0x1000, true, -TL_EINSN, {0}},
	        {"adr x3, .-1",
	         0x70ffffe3,
	         AT + 0x1000,
	         true,
	         0,
	         {0x90000003, 0x913ffc63, 0x140003ff, K}},
	        {"adrp x3, .",
	         0x90000003,
	         AT + 0x1234,
	         true,
	         0,
	         {0xb0000003, 0x91000063, 0x1400048c, K}},
	        {"adr xzr", 0x1000001f, AT, true, -TL_EINSN, {0}},
	        {"ldr x3, .+8",
	         0x58000043,
	         AT + 0x1000,
	         true,
	         0,
	         {0xb0000003, 0x91002063, 0xf9400063, 0x140003fe}},
	        {"ldr w3, .+8",
	         0x18000043,
	         AT + 0x1000,
	         true,
	         0,
	         {0xb0000003, 0x91002063, 0xb9400063, 0x140003fe}},
	        {"ldrsw x3, .+8",
	         0x98000043,
	         AT + 0x1000,
	         true,
	         0,
	         {0xb0000003, 0x91002063, 0xb9800063, 0x140003fe}},
	        /* with another offset */
	        {"ldr q0, .+16", 0x9c000080, AT + 0x1000, true, 0, {0x9c008080, 0x14000400, K, K}},
	        {"ldr d1, .+8, unboosted",
	         0x5c000041,
	         AT - 0x1000,
	         false,
	         4,
	         {0x5cff8041, K, K, K}},
	        {"ldr s1, too far", 0x1c000041, AT + 0x100000, true, -TL_EINSN, {0}},
	        {"prfm, too far",
	         0xd8000040,
	         AT + 0x100000,
	         true,
	         0,
	         {0xd503201f, 0x14040000, K, K}},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t out[A64_SLOT_SIZE];
		struct tl_insn insn = decode(cases[i].bits);
		int at = a64_v8a.slot_build(&a64_v8a, &insn, cases[i].addr, AT, cases[i].boosted,
		                            read_there, out);

		check(at == cases[i].at, cases[i].what, (unsigned long)at);
		for (unsigned w = 0; at >= 0 && w < 4; w++)
			check((out[4 * w] | out[4 * w + 1] << 8 | out[4 * w + 2] << 16 |
			       (uint32_t)out[4 * w + 3] << 24) == cases[i].want[w],
			      cases[i].what, w);
	}
}

int main(void)
{
	simulation();
	slots();
	return check_end("aarch64 simulate");
}
