/* SPDX-License-Identifier: MIT */
/* RISC-V decode: the tables themselves, lengths, and the text around an instruction: LR to SC, and
 * the state of a trap. */
#include <stdint.h>

#include "isa_test.h"
#include "riscv/decode.c"

static const struct tl_isa *const isas[] = {&riscv_rv32, &riscv_rv64, &riscv_rv32s, &riscv_rv64s};
enum { ISAS = sizeof isas / sizeof *isas };

static bool passes(uint32_t bits, unsigned len, uint8_t its_check)
{
	const uint8_t first[2] = {(uint8_t)bits, (uint8_t)(bits >> 8)};

	return riscv_insn_len(first, sizeof first) == len &&
	       !(its_check & RM && reserved_rounding(bits));
}

/* ---- one after the other ---- */

/* clang-format off */
enum {
	NOP = 0x00000013, C_NOP = 0x0001, ADD = 0x00b50533, C_ADD = 0x952e, RET = 0x00008067,
	C_RET = 0x8082, C_J = 0xa001, J = 0x0000006f,
	CALL = 0x008000ef, C_JAL = 0x2021, BEQZ = 0x00050463, C_BEQZ = 0xc111, LW = 0x0045a503,
	C_LWSP = 0x4502, C_SWSP = 0xc02a,
	LR = 0x1005252f, SC = 0x18b5252f, LR_D = 0x1005352f, SC_D = 0x18b5352f, EBREAK = 0x00100073,
	ECALL = 0x00000073,
	MRET = 0x30200073, SRET = 0x10200073, URET = 0x00200073, WFI = 0x10500073,
	FENCE_I = 0x0000100f, CUSTOM = 0x0000000b,

	READ_MEPC = 0x34102573,    /* csrr   a0, mepc */
	READ_MCAUSE = 0x34202573,  /* csrr   a0, mcause */
	READ_MTVAL = 0x34302573,   /* csrr   a0, mtval */
	READ_MSTATUS = 0x30002573, /* csrr   a0, mstatus */
	WRITE_MEPC = 0x34151073,   /* csrw   mepc, a0 */
	WRITE_MCAUSE = 0x34251073, /* csrw   mcause, a0 */
	WRITE_MTVAL = 0x3437d073,  /* csrwi  mtval, 15 */
	WRITE_MSTATUS = 0x30051073,/* csrw   mstatus, a0 */
	SWAP_MEPC = 0x34151573,    /* csrrw  a0, mepc, a0 */
	SET_MEPC = 0x34152073,     /* csrs   mepc, a0 */
	TOUCH_MEPC = 0x34102073,   /* csrr   zero, mepc */
	IRQ_OFF = 0x30047573,      /* csrrci a0, mstatus, 8 */
	IRQ_ON = 0x30046073,       /* csrsi  mstatus, 8 */
	SET_MPP = 0x3005a073,      /* csrs   mstatus, a1 */
	READ_MSCRATCH = 0x34002573, SWAP_MSCRATCH = 0x34011173,
	WRITE_MTVEC = 0x30551073, SET_MTVEC = 0x3052e073, SWAP_MTVEC = 0x30551573,
	READ_MTVEC = 0x30502573, WRITE_MEDELEG = 0x30251073,
	WRITE_STVEC = 0x10551073, READ_SEPC = 0x14102573, READ_CYCLE = 0xc0002573,
	WRITE_FCSR = 0x00351073, WRITE_MIE = 0x30451073
};
/* clang-format on */

/* Decodes code[at] with all of it as text, at most as much as the agent gives. */
/* Of a machine mode's instructions what a supervisor has, and the other way round: numbers of CSRs,
   and returns, have the mode in bits 29:28. */
static uint32_t in_mode(const struct tl_isa *isa, uint32_t code)
{
	bool has_mode = (code & 0x7f) == 0x73 && code >> 28 & 1 &&
	                (code >> 12 & 7 || code == MRET || code == SRET);

	return isa->name[4] == 's' && has_mode ? code ^ 2u << 28 : code;
}

static int decode_at(const struct tl_isa *isa, const uint32_t *code, unsigned n, unsigned at,
                     struct tl_insn *insn)
{
	uint8_t bytes[1024];
	unsigned size = 0, start = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t bits = in_mode(isa, code[i]);

		if (i == at)
			start = size;
		for (unsigned b = 0; b < ((bits & 3) == 3 ? 4 : 2); b++)
			bytes[size++] = (uint8_t)(bits >> 8 * b);
	}
	unsigned after = size - start < isa->text_after ? size - start : isa->text_after;
	struct tl_text text = {bytes + start, 0x80000000 + start, start, after};
	return riscv_decode(isa, &text, insn);
}

#define CODE(...)             (const uint32_t[]){__VA_ARGS__}, sizeof(uint32_t[]){__VA_ARGS__} / 4
#define DECODE(at, insn, ...) decode_at(&riscv_rv32, CODE(__VA_ARGS__), at, insn)

static void single(void)
{
	static const struct {
		uint32_t code;
		int error;
		uint8_t verdict, flags;
	} cases[] = {
	        {EBREAK, TL_EBRK, 0, 0},
	        {RISCV_BRK, TL_EBRK, 0, 0},
	        {LR, TL_EEXCL, 0, 0},
	        {SC, TL_EEXCL, 0, 0},
	        {MRET, TL_ETRAP, 0, 0},
	        {URET, TL_EUNDEF, 0, 0},
	        {CUSTOM, TL_EINSN, 0, 0},
	        {0, TL_EUNDEF, 0, 0},
	        {0xffffffff, TL_EUNDEF, 0, 0}, /* taken as a halfword of something longer */
	        {0x00000057, TL_EUNDEF, 0, 0}, /* vadd.vv */
	        {0x62000073, TL_EUNDEF, 0, 0}, /* hfence.gvma */
	        {ECALL, 0, TL_SLOT, TL_INSN_LEAVES | TL_INSN_NO_TRAP},
	        {SRET, 0, TL_SLOT, TL_INSN_LEAVES | TL_INSN_NO_TRAP},
	        {WFI, 0, TL_SLOT, 0},
	        {FENCE_I, 0, TL_SLOT, 0},
	        {RET, 0, TL_SLOT, TL_INSN_LEAVES},
	        {C_RET, 0, TL_SLOT, TL_INSN_LEAVES},
	        {C_J, 0, TL_SIMULATE, 0},
	        {CALL, 0, TL_SIMULATE, 0},
	        {READ_MEPC, TL_ETRAP, 0, 0},
	        {READ_MCAUSE, TL_ETRAP, 0, 0},
	        {READ_MTVAL, TL_ETRAP, 0, 0},
	        {SWAP_MEPC, TL_ETRAP, 0, 0},
	        {SET_MEPC, TL_ETRAP, 0, 0},
	        {TOUCH_MEPC, 0, TL_SLOT, 0},
	        {WRITE_MEPC, 0, TL_SLOT, 0},
	        {READ_MSTATUS, 0, TL_SLOT, 0},
	        {WRITE_MSTATUS, 0, TL_SLOT, 0},
	        {IRQ_OFF, 0, TL_SLOT, 0},
	        {IRQ_ON, 0, TL_SLOT, 0},
	        {READ_MSCRATCH, 0, TL_SLOT, 0},
	        {SWAP_MSCRATCH, 0, TL_SLOT, 0},
	        {WRITE_MTVEC, 0, TL_SLOT, TL_INSN_NO_TRAP},
	        {SET_MTVEC, 0, TL_SLOT, TL_INSN_NO_TRAP},
	        {SWAP_MTVEC, 0, TL_SLOT, TL_INSN_NO_TRAP},
	        {WRITE_MEDELEG, 0, TL_SLOT, TL_INSN_NO_TRAP},
	        {READ_MTVEC, 0, TL_SLOT, 0},
	        {WRITE_STVEC, 0, TL_SLOT, 0},
	        {READ_SEPC, 0, TL_SLOT, 0},
	        {READ_CYCLE, 0, TL_SLOT, 0},
	        {WRITE_FCSR, 0, TL_SLOT, 0},
	        {WRITE_MIE, 0, TL_SLOT, 0},
	};

	for (unsigned i = 0; i < ISAS; i++)
		for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
			struct tl_insn insn;
			int error = decode_at(isas[i], &cases[k].code, 1, 0, &insn);

			check(error == -cases[k].error, isas[i]->name, cases[k].code);
			check(cases[k].error || (insn.verdict == cases[k].verdict &&
			                         insn.flags == cases[k].flags),
			      "verdict", cases[k].code);
		}
}

static void lengths(void)
{
	static const struct {
		uint8_t bytes[2];
		unsigned len;
	} cases[] = {
	        {{0x00, 0x00}, 2}, {{0x01, 0x00}, 2}, {{0x82, 0x80}, 2}, {{0x1e, 0xff}, 2},
	        {{0x13, 0x00}, 4}, {{0x1b, 0xff}, 4}, {{0x73, 0x10}, 4}, {{0x1f, 0x00}, 6},
	        {{0x5f, 0xff}, 6}, {{0x3f, 0x00}, 8}, {{0x7f, 0x00}, 2}, {{0xff, 0xff}, 2},
	};
	static const uint8_t six[6] = {0x1f}, nop[4] = {0x13};
	struct tl_insn insn;

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		check(riscv_insn_len(cases[i].bytes, 2) == cases[i].len, "length",
		      cases[i].bytes[0]);
		check(riscv_insn_len(cases[i].bytes, 1) == 0, "length of a byte",
		      cases[i].bytes[0]);
	}
	check(riscv_decode(&riscv_rv32, &(struct tl_text){six, 0, 0, 6}, &insn) == -TL_EUNDEF &&
	              insn.len == 6,
	      "48 bits", 0);
	check(riscv_decode(&riscv_rv32, &(struct tl_text){six, 0, 0, 4}, &insn) == -TL_EALIGN,
	      "48 bits, cut", 0);
	check(riscv_decode(&riscv_rv32, &(struct tl_text){nop, 0, 0, 4}, &insn) == 0 &&
	              insn.len == 4,
	      "nop", 0);
	check(riscv_decode(&riscv_rv32, &(struct tl_text){nop, 0, 0, 2}, &insn) == -TL_EALIGN,
	      "nop, cut", 0);
	check(riscv_decode(&riscv_rv32, &(struct tl_text){nop, 0, 0, 0}, &insn) == -TL_EFAULT,
	      "no text", 0);
}

/* What the same bits are to RV32 and to RV64. */
static void variants(void)
{
	static const struct {
		uint32_t code;
		int error[2];
		uint8_t op[2];
	} cases[] = {
	        {C_JAL, {0, TL_EUNDEF}, {RISCV_C_JAL, 0}},      /* c.jal; c.addiw x0 */
	        {0x2505, {0, 0}, {RISCV_C_JAL, RISCV_SLOT}},    /* c.jal; c.addiw a0, 1 */
	        {0x6002, {0, TL_EUNDEF}, {RISCV_SLOT, 0}},      /* c.flwsp ft0; c.ldsp x0 */
	        {0x9c01, {TL_EUNDEF, 0}, {0, RISCV_SLOT}},      /* c.subw */
	        {0x1502, {TL_EINSN, 0}, {0, RISCV_SLOT}},       /* c.slli a0, 32 */
	        {0x9101, {TL_EINSN, 0}, {0, RISCV_SLOT}},       /* c.srli a0, 32 */
	        {0x02051513, {TL_EUNDEF, 0}, {0, RISCV_SLOT}},  /* slli a0, a0, 32 */
	        {0x00053503, {TL_EUNDEF, 0}, {0, RISCV_SLOT}},  /* ld */
	        {0x0005051b, {TL_EUNDEF, 0}, {0, RISCV_SLOT}},  /* sext.w */
	        {0xd2050553, {0, 0}, {RISCV_SLOT, RISCV_SLOT}}, /* fcvt.d.w */
	        {0xe2050553, {TL_EUNDEF, 0}, {0, RISCV_SLOT}},  /* fmv.x.d */
	        {0x08054533, {0, TL_EUNDEF}, {RISCV_SLOT, 0}},  /* zext.h of RV32 */
	        {0x0805453b, {TL_EUNDEF, 0}, {0, RISCV_SLOT}},  /* zext.h of RV64 */
	        {LR_D, {TL_EUNDEF, TL_EEXCL}, {0, 0}},
	};

	for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++)
		for (unsigned i = 0; i < ISAS; i++) {
			struct tl_insn insn;
			int error = decode_at(isas[i], &cases[k].code, 1, 0, &insn);
			bool is_64 = isas[i]->word == 8;

			check(error == -cases[k].error[is_64] &&
			              (error || insn.op == cases[k].op[is_64]),
			      isas[i]->name, cases[k].code);
		}
}

/* ---- windows ---- */

static void exclusive(void)
{
	struct tl_insn insn;
	uint32_t far[20];

	for (unsigned at = 0; at < 6; at++) { /* retry: lr; bne out; sc; bnez retry; out */
		int want = at >= 1 && at <= 3 ? -TL_EEXCL : 0;

		check(DECODE(at, &insn, ADD, LR, BEQZ, SC, C_BEQZ, ADD) == want, "loop of 4", at);
	}
	check(decode_at(&riscv_rv64, CODE(LR_D, C_ADD, SC_D), 1, &insn) == -TL_EEXCL, "doublewords",
	      0);
	check(DECODE(0, &insn, ADD, C_J, SC) == 0, "behind a jump", 0);
	check(DECODE(0, &insn, ADD, J, SC) == 0, "behind a jump", 1);
	check(DECODE(0, &insn, ADD, RET, SC) == 0, "behind a return", 0);
	check(DECODE(0, &insn, ADD, C_RET, SC) == 0, "behind a return", 1);
	check(DECODE(0, &insn, ADD, 0, SC) == 0, "behind what is no code", 0);
	check(DECODE(0, &insn, C_RET, SC) == 0, "the return itself", 0);
	check(DECODE(0, &insn, BEQZ, SC) == -TL_EEXCL, "behind a branch", 0);
	check(DECODE(0, &insn, CALL, SC) == -TL_EEXCL, "behind a call", 0);
	for (unsigned i = 0; i < 20; i++)
		far[i] = NOP;
	far[16] = SC;
	check(decode_at(&riscv_rv32, far, 20, 1, &insn) == -TL_EEXCL, "16 instructions", 0);
	check(decode_at(&riscv_rv32, far, 20, 0, &insn) == 0, "17 instructions", 0);
}

/* A trap's state is read before it is written: expected, for each instruction, the error or 0, and
 * whether no trap may follow. */
struct expected {
	int error;
	bool no_trap;
};

static void expect(const char *what, const uint32_t *code, const struct expected *want, unsigned n)
{
	for (unsigned i = 0; i < ISAS; i++)
		for (unsigned at = 0; at < n; at++) {
			struct tl_insn insn;
			int error = decode_at(isas[i], code, n, at, &insn);

			check(error == -want[at].error, what, at);
			check(error || !(insn.flags & TL_INSN_NO_TRAP) == !want[at].no_trap, what,
			      0x100 | at);
		}
}

#define EXPECT(what, ...)                                                                          \
	do {                                                                                       \
		const struct {                                                                     \
			uint32_t code;                                                             \
			struct expected want;                                                      \
		} list[] = {__VA_ARGS__};                                                          \
		uint32_t code[sizeof list / sizeof *list];                                         \
		struct expected want[sizeof list / sizeof *list];                                  \
		for (unsigned n = 0; n < sizeof list / sizeof *list; n++) {                        \
			code[n] = list[n].code;                                                    \
			want[n] = list[n].want;                                                    \
		}                                                                                  \
		expect(what, code, want, sizeof list / sizeof *list);                              \
	} while (0)

static void trap_state(void)
{
	const struct expected no = {TL_ETRAP, false}, yes = {0, false}, alone = {0, true};

	EXPECT("a handler that saves all", {SWAP_MSCRATCH, no}, {C_SWSP, no}, {READ_MEPC, no},
	       {C_SWSP, no}, {READ_MCAUSE, no}, {READ_MSTATUS, yes}, {CALL, yes}, {C_LWSP, yes},
	       {WRITE_MSTATUS, alone}, {C_LWSP, no}, {WRITE_MEPC, no}, {C_LWSP, no}, {MRET, no},
	       {ADD, yes});
	EXPECT("the other order", {READ_MTVAL, no}, {READ_MEPC, no}, {CALL, yes},
	       {WRITE_MEPC, alone}, {C_LWSP, no}, {WRITE_MSTATUS, no}, {C_LWSP, no}, {MRET, no});
	EXPECT("one that does not save mstatus", {READ_MEPC, no}, {CALL, no}, {WRITE_MEPC, no},
	       {MRET, no});
	EXPECT("one that saves nothing", {C_SWSP, no}, {CALL, no}, {C_LWSP, no}, {MRET, no},
	       {C_ADD, yes});
	EXPECT("one that leaves by a jump", {C_SWSP, yes}, {CALL, yes}, {C_J, yes}, {C_LWSP, no},
	       {MRET, no});
	EXPECT("to another mode", {ADD, yes}, {WRITE_MEPC, alone}, {SET_MPP, no}, {MRET, no});
	EXPECT("interrupts on, then back", {ADD, no}, {WRITE_MEPC, no}, {IRQ_ON, no}, {MRET, no});
	EXPECT("to another mode, all of mstatus", {ADD, yes}, {WRITE_MEPC, alone},
	       {WRITE_MSTATUS, no}, {MRET, no});
	EXPECT("written, then read", {ADD, yes}, {WRITE_MCAUSE, alone}, {ADD, no},
	       {READ_MCAUSE, no}, {ADD, yes});
	EXPECT("written, not read", {WRITE_MTVAL, yes}, {WRITE_MCAUSE, yes}, {ADD, yes},
	       {C_RET, yes}, {READ_MCAUSE, no});
	EXPECT("interrupts off and on", {ADD, yes}, {IRQ_OFF, yes}, {ADD, yes}, {IRQ_ON, yes},
	       {READ_MSTATUS, yes}, {ADD, yes}, {WRITE_MSTATUS, yes}, {C_RET, yes});
	EXPECT("another mode's handler", {READ_SEPC, yes}, {ADD, yes}, {SRET, alone});
	EXPECT("behind what is no code", {ADD, yes}, {0, {TL_EUNDEF, false}}, {MRET, no});

	uint32_t far[42];
	struct tl_insn insn;
	for (unsigned i = 0; i < 42; i++)
		far[i] = NOP;
	far[40] = READ_MEPC;
	check(decode_at(&riscv_rv32, far, 42, 1, &insn) == -TL_ETRAP, "40 instructions", 0);
	check(decode_at(&riscv_rv32, far, 42, 0, &insn) == 0, "41 instructions", 0);
	check(riscv_rv32.text_after == 160, "text", 0);
}

int main(void)
{
	isa_rows(&(struct isa_rows){isas, ISAS, RM, passes});
	single();
	lengths();
	variants();
	exclusive();
	trap_state();
	return check_end("riscv decode");
}
