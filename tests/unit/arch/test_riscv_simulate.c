/* SPDX-License-Identifier: MIT */
/*
 * RISC-V: simulation at the edges, and slots, by hand-made states; test_riscv.py has the many.
 * Encodings are what riscv64-unknown-elf-as makes of the text beside them.
 */
#include <stdint.h>
#include <string.h>

#include "error.h"
#include "isa_test.h"
#include "riscv/riscv.h"

static int read_nothing(uintptr_t addr, void *to, unsigned bytes)
{
	(void)to, (void)bytes;
	check(false, "reads memory", addr);
	return -TL_EFAULT;
}

static struct tl_insn decode(const struct tl_isa *isa, uint32_t bits)
{
	uint8_t bytes[] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16),
	                   (uint8_t)(bits >> 24)};
	struct tl_text text = {bytes, 0, 0, (bits & 3) == 3 ? 4 : 2};
	struct tl_insn insn;

	check(isa->decode(isa, &text, &insn) == 0, "decode", bits);
	return insn;
}

/* From a state where x<n> is n * 0x11111111, with two registers and the PC as given: one register
 * and the PC change. */
struct simulated {
	const char *what;
	const struct tl_isa *isa;
	uint32_t bits;
	uintptr_t pc;
	unsigned x1, x2;
	uintptr_t v1, v2;
	uintptr_t next;
	unsigned d;
	uintptr_t value;
};

enum { RA = 1, SP = 2, A0 = 10, A1 = 11, A5 = 15 };

static void simulation(void)
{
	static const uintptr_t M = UINTPTR_MAX, LOW = UINT32_MAX, MIN32 = 0x80000000,
	                       MIN64 = (uintptr_t)1 << 63;
	const struct tl_isa *r32 = &riscv_rv32, *r64 = &riscv_rv64;
	const struct simulated cases[] = {
	        {"auipc a0, 0x80000", r32, 0x80000517, 0x80000000, 0, 0, 0, 0, 0x80000004, A0, 0},
	        {"auipc a0, 0x80000", r64, 0x80000517, 0x80000000, 0, 0, 0, 0, 0x80000004, A0, 0},
	        {"auipc a0, 0x80000", r64, 0x80000517, 0x1000, 0, 0, 0, 0, 0x1004, A0,
	         M - 0x7fffefff},
	        {"auipc a0, 0x80000", r32, 0x80000517, 0x1000, 0, 0, 0, 0, 0x1004, A0, 0x80001000},
	        {"auipc zero, 1", r64, 0x00001017, 0x1000, 0, 0, 0, 0, 0x1004, 0, 0},
	        {"jal ra, farthest", r32, 0x7ffff0ef, 0x80000000, 0, 0, 0, 0, 0x800ffffe, RA,
	         0x80000004},
	        {"jal ra, farthest back", r32, 0x800000ef, 0x80000, 0, 0, 0, 0, 0xfff80000, RA,
	         0x80004},
	        {"jal ra, farthest back", r64, 0x800000ef, 0x80000, 0, 0, 0, 0, M - 0x7ffff, RA,
	         0x80004},
	        {"j .", r64, 0x0000006f, 0x1002, 0, 0, 0, 0, 0x1002, 0, 0},
	        {"jal ra at the end", r32, 0x008000ef, 0xfffffffc, 0, 0, 0, 0, 4, RA, 0},
	        {"jalr ra, -1(ra)", r64, 0xfff080e7, 0x1000, RA, 0, 0x2004, 0, 0x2002, RA, 0x1004},
	        {"jalr zero, 5(a0)", r64, 0x00550067, 0x1000, A0, 0, 0x2000, 0, 0x2004, 0, 0},
	        {"jalr ra, -2048(zero)", r32, 0x800000e7, 0x1000, 0, 0, 0, 0, 0xfffff800, RA,
	         0x1004},
	        {"jalr ra, -2048(zero)", r64, 0x800000e7, 0x1000, 0, 0, 0, 0, M - 0x7ff, RA,
	         0x1004},
	        {"jalr a0, 2047(a0)", r32, 0x7ff50567, 0x1000, A0, 0, LOW, 0, 0x7fe, A0, 0x1004},
	        {"c.jr a5", r32, 0x8782, 0x1000, A5, 0, 0x2001, 0, 0x2000, 0, 0},
	        {"c.jalr ra", r64, 0x9082, 0x1000, RA, 0, 0x2000, 0, 0x2000, RA, 0x1002},
	        {"c.j farthest back", r32, 0xb001, 0x400, 0, 0, 0, 0, 0xfffffc00, 0, 0},
	        {"c.j farthest", r64, 0xaffd, 0x1000, 0, 0, 0, 0, 0x17fe, 0, 0},
	        {"c.jal farthest", r32, 0x2ffd, 0x1000, 0, 0, 0, 0, 0x17fe, RA, 0x1002},
	        {"c.beqz a5, farthest back", r32, 0xd381, 0x80, A5, 0, 0, 0, 0xffffff80, 0, 0},
	        {"c.beqz a5", r64, 0xcbfd, 0x1000, A5, 0, MIN64, 0, 0x1002, 0, 0},
	        {"c.bnez a5, farthest", r64, 0xeffd, 0x1000, A5, 0, MIN64, 0, 0x10fe, 0, 0},
	        {"c.bnez a5", r64, 0xeffd, 0x1000, A5, 0, 0, 0, 0x1002, 0, 0},
	        {"blt a0, a1: least, greatest", r32, 0x00b54463, 0x1000, A0, A1, MIN32, MIN32 - 1,
	         0x1008, 0, 0},
	        {"blt a0, a1: least, greatest", r64, 0x00b54463, 0x1000, A0, A1, MIN64, MIN64 - 1,
	         0x1008, 0, 0},
	        {"blt a0, a1: not on RV64", r64, 0x00b54463, 0x1000, A0, A1, MIN32, MIN32 - 1,
	         0x1004, 0, 0},
	        {"bltu a0, a1", r32, 0x00b56463, 0x1000, A0, A1, MIN32, MIN32 - 1, 0x1004, 0, 0},
	        {"bge a0, a0", r32, 0x00a55463, 0x1000, A0, 0, LOW, 0, 0x1008, 0, 0},
	        {"bgeu a0, a1, farthest back", r64, 0x80b57063, 0x1000, A0, A1, M, 1, 0, 0, 0},
	        {"beq a0, a1, farthest", r64, 0x7eb50fe3, 0x1000, A0, A1, 5, 5, 0x1ffe, 0, 0},
	        {"bne a0, zero", r64, 0x00051463, 0x1000, A0, 0, 0, 0, 0x1004, 0, 0},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct simulated *c = &cases[i];
		struct tl_insn insn = decode(c->isa, c->bits);
		struct tl_sim_fault fault = {0};
		struct riscv_regs got, want;

		for (unsigned x = 1; x < 32; x++)
			got.r[x - 1] = x * 0x8421084u;
		if (c->x1)
			got.r[c->x1 - 1] = c->v1;
		if (c->x2)
			got.r[c->x2 - 1] = c->v2;
		got.pc = c->pc;
		want = got;
		if (c->d)
			want.r[c->d - 1] = c->value;
		want.pc = c->next;
		check(c->isa->simulate(&insn, (struct tl_regs *)&got, read_nothing, &fault) == 0,
		      c->what, i);
		check(memcmp(&got, &want, sizeof got) == 0, c->what, i);
	}
}

static void slots(void)
{
	enum { B = RISCV_BRK, AT = 0x20000 };
	static const uint32_t ADD = 0x00b50533, C_ADD = 0x952e, RET = 0x8082, ECALL = 0x00000073,
	                      MTVEC = 0x30551073;
	static const struct {
		const char *what;
		uint32_t bits, addr;
		bool boosted;
		int at;
		uint16_t want[5];
	} cases[] = {
	        {"4 bytes",
	         ADD,
	         AT - 0x1000,
	         true,
	         0,
	         {0x0533, 0x00b5, 0xf06f, 0x800f, B}}, /* j .-4096 */
	        {"2 bytes",
	         C_ADD,
	         AT + 0x1000,
	         true,
	         0,
	         {0x952e, 0x106f, 0x0000, B, B}}, /* j .+4096 */
	        {"unboosted", C_ADD, AT + 0x1000, false, 2, {0x952e, B, 0x0000, B, B}},
	        {"4 bytes, unboosted", ADD, AT - 0x1000, false, 4, {0x0533, 0x00b5, B, 0x800f, B}},
	        {"just reached", C_ADD, AT + 0xffffe, true, 0, {0x952e, 0xf06f, 0x7fff, B, B}},
	        {"just not reached", C_ADD, AT + 0x100000, true, 2, {0x952e, B, B, B, B}},
	        {"return", RET, AT + 0x100000, true, 0, {0x8082, B, B, B, B}},
	        {"return, unboosted", RET, AT + 0x100000, false, 2, {0x8082, B, B, B, B}},
	        {"ecall", ECALL, AT + 0x1000, true, 0, {0x0073, 0x0000, 0x106f, 0x0000, B}},
	        {"ecall, not reached", ECALL, AT + 0x100000, true, 0, {0x0073, 0x0000, B, B, B}},
	        {"ecall, unboosted", ECALL, AT, false, -TL_EMASK, {0}},
	        {"csrw mtvec", MTVEC, AT + 0x1000, true, 0, {0x1073, 0x3055, 0x106f, 0x0000, B}},
	        {"csrw mtvec, not reached", MTVEC, AT + 0x100000, true, -TL_EMASK, {0}},
	        {"csrw mtvec, unboosted", MTVEC, AT + 0x1000, false, -TL_EMASK, {0}},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t out[RISCV_SLOT_SIZE];
		struct tl_insn insn = decode(&riscv_rv32, cases[i].bits);
		int at = riscv_rv32.slot_build(&riscv_rv32, &insn, cases[i].addr, AT,
		                               cases[i].boosted, read_nothing, out);

		check(at == cases[i].at, cases[i].what, (unsigned long)at);
		for (unsigned h = 0; at >= 0 && h < RISCV_SLOT_SIZE / 2; h++)
			check((out[2 * h] | out[2 * h + 1] << 8) == (h < 5 ? cases[i].want[h] : B),
			      cases[i].what, h);
	}
	/* rewritten: bnez a0, .+8; jal ra, .-4; jalr a5; jalr ra, which needs what it writes */
	static const struct {
		uint32_t bits;
		uintptr_t addr;
		int at;
		uint16_t want[6];
	} rewritten[] = {
	        {0x00051463, AT - 0x1000, 0, {0x1463, 0x0005, 0xf06f, 0x800f, 0xf06f, 0x800f}},
	        {0xffdff0ef, AT - 0x1000, 0, {0xf097, 0xffff, 0x8093, 0x0040, 0xe06f, 0xff5f}},
	        {0x000780e7, AT + 0x200000, 0, {0x0097, 0x0020, 0x8093, 0x0040, 0x8067, 0x0007}},
	        {0x000080e7, AT - 0x1000, -TL_EINSN, {0}},
	        {0x00051463, AT + 0x200000, -TL_EINSN, {0}},
	};

	for (unsigned i = 0; i < sizeof rewritten / sizeof *rewritten; i++) {
		uint8_t code[RISCV_SLOT_SIZE];
		struct tl_insn rewrites = decode(&riscv_rv32, rewritten[i].bits);
		int at = riscv_rv32.slot_build(&riscv_rv32, &rewrites, rewritten[i].addr, AT, true,
		                               read_nothing, code);

		check(at == rewritten[i].at, "rewritten", i);
		for (unsigned h = 0; !at && h < 6; h++)
			check((code[2 * h] | code[2 * h + 1] << 8) == rewritten[i].want[h],
			      "rewritten to", i << 4 | h);
	}
	/* back: just reached, just not */
	uint8_t out[RISCV_SLOT_SIZE];
	struct tl_insn insn = decode(&riscv_rv64, C_ADD);
	const uintptr_t far = (uintptr_t)1 << 40;
	check(riscv_rv64.slot_build(&riscv_rv64, &insn, far - 0x100000, far, true, read_nothing,
	                            out) == 0,
	      "back", 0);
	check((out[2] | out[3] << 8 | out[4] << 16 | (uint32_t)out[5] << 24) == 0x8000006f, "back",
	      1);
	check(riscv_rv64.slot_build(&riscv_rv64, &insn, far - 0x100002, far, true, read_nothing,
	                            out) == 2,
	      "too far back", 0);
}

/* Of jump probes: goes where it was told to, by what the core makes of it, and no farther than it
 * can. */
static void jumps(void)
{
	static const int32_t offsets[] = {0,      2,      -2,      0x7fe,   0x800,
	                                  -0x800, 0x1000, 0xff000, 0xffffe, -0x100000};
	static const uintptr_t from = 0x80000002;
	uint8_t out[TL_JUMP_LEN];

	for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
		struct riscv_regs regs = {.pc = from, .ra = 5, .t0 = 6}, want = regs;
		struct tl_insn insn;

		want.pc += (uintptr_t)(intptr_t)offsets[i];
		check(riscv_rv64.jump(from, want.pc, out), "jump", i);
		insn = decode(&riscv_rv64,
		              out[0] | out[1] << 8 | out[2] << 16 | (uint32_t)out[3] << 24);
		riscv_simulate(&insn, (struct tl_regs *)&regs, 64);
		check(!memcmp(&regs, &want, sizeof regs), "goes there and changes nothing", i);
	}
	check(!riscv_rv64.jump(from, from + 0x100000, out) &&
	              !riscv_rv32.jump(from, from - 0x100002, out),
	      "too far", 0);
}

int main(void)
{
	simulation();
	jumps();
	slots();
	return check_end("riscv simulate");
}
