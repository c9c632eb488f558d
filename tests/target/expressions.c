/* SPDX-License-Identifier: MIT */
/*
 * Agent expressions on the target: 64-bit arithmetic against the compiler's own, memory through the
 * agent's reads, a fault, and a condition on the registers of a hit.
 */
#include <stdio.h>
#include <string.h>

#include "arch.h"
#include "board.h"
#include "check.h"
#include "expr/bytecode.h"
#include "expr/tvar.h"

enum { ROUNDS = 300 };

/* ---- a world: registers of a hit, the agent's reads, text into a buffer ---- */

static char text[64];

static int get_reg(const void *regs, unsigned n, uint64_t *value)
{
	if (value)
		*value = tl_regs_get(regs, n);
	return 0;
}

static int print(const void *regs, const char *at, unsigned n)
{
	(void)regs;
	strncat(text, at, n);
	return 0;
}

static struct tl_world world = {.reg = get_reg, .read = tl_arch_read, .print = print};
static struct tl_bytecode_result out;

/* Checks and runs it; 0 or an error of either. */
static int run(const uint8_t *code, unsigned size)
{
	struct tl_bytecode b = {code, size};
	int error = tl_bytecode_check(&b, &world, &out.at);

	return error ? error : tl_bytecode_run(&b, &world, &out);
}
#define RUN(...) run((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

static uint8_t *constant(uint8_t *at, uint64_t v)
{
	*at++ = TL_OP_const64;
	for (int shift = 56; shift >= 0; shift -= 8)
		*at++ = (uint8_t)(v >> shift);
	return at;
}

/* ---- arithmetic ---- */

static uint64_t a, b; /* of the round */

static uint64_t evaluate(uint8_t op)
{
	uint8_t code[20], *at = constant(constant(code, a), b);

	*at++ = op;
	*at++ = TL_OP_end;
	return run(code, sizeof code) ? ~a : out.value;
}

static uint64_t random_bits(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> (state & 63);
}

static void test_arithmetic(void)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		a = random_bits() - (i & 1);
		b = random_bits() - (i >> 1 & 1);
		if (!b)
			continue;
		bad += evaluate(TL_OP_add) != a + b;
		bad += evaluate(TL_OP_sub) != a - b;
		bad += evaluate(TL_OP_mul) != a * b;
		bad += evaluate(TL_OP_div_unsigned) != a / b;
		bad += evaluate(TL_OP_rem_unsigned) != a % b;
		bad += ~b && evaluate(TL_OP_div_signed) != (uint64_t)((int64_t)a / (int64_t)b);
		bad += ~b && evaluate(TL_OP_rem_signed) != (uint64_t)((int64_t)a % (int64_t)b);
		bad += evaluate(TL_OP_less_signed) != ((int64_t)a < (int64_t)b);
		bad += evaluate(TL_OP_less_unsigned) != (a < b);
		b &= 63;
		bad += evaluate(TL_OP_lsh) != a << b;
		bad += evaluate(TL_OP_rsh_unsigned) != a >> b;
		bad += evaluate(TL_OP_rsh_signed) != (uint64_t)((int64_t)a >> b);
	}
	check(bad == 0, "64-bit arithmetic is the compiler's");
	check(RUN(TL_OP_const8, 1, TL_OP_const8, 0, TL_OP_div_signed, TL_OP_end) == -TL_EDIVIDE &&
	              out.at == 4,
	      "division by zero");
}

/* ---- memory ---- */

static int reference(uint8_t op, uintptr_t addr)
{
	uint8_t code[11], *at = constant(code, addr);

	*at++ = op;
	*at++ = TL_OP_end;
	return run(code, sizeof code);
}

static void test_memory(void)
{
	static const uint8_t bytes[16] = {0x80, 1, 0x92, 3,  0xa4, 5,  0xb6, 7,
	                                  0xc8, 9, 0xda, 11, 0xec, 13, 0xfe, 15};
	unsigned bad = 0;

	for (unsigned i = 0; i < 8; i++)
		for (unsigned op = TL_OP_ref8; op <= TL_OP_ref64; op++) {
			uint64_t want = 0;

			memcpy(&want, bytes + i, 1u << (op - TL_OP_ref8));
			bad += reference((uint8_t)op, (uintptr_t)bytes + i) || out.value != want;
		}
	check(bad == 0, "memory, aligned and not");
	for (unsigned op = TL_OP_ref8; op <= TL_OP_ref64; op++)
		bad += reference((uint8_t)op, (uintptr_t)place_unmapped) != -TL_EFAULT ||
		       out.fault != (uintptr_t)place_unmapped;
	check(bad == 0, "no memory: a fault and its address");
}

/* ---- a condition on a hit, which counts those that hold ---- */

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	uint8_t code[] = {TL_OP_reg,
	                  0,
	                  check_arch.ret,
	                  TL_OP_const8,
	                  40,
	                  TL_OP_less_unsigned,
	                  TL_OP_log_not,
	                  TL_OP_if_goto,
	                  0,
	                  11,
	                  TL_OP_end,
	                  /* 11: */ TL_OP_getv,
	                  0,
	                  2,
	                  TL_OP_const8,
	                  1,
	                  TL_OP_add,
	                  TL_OP_setv,
	                  0,
	                  2,
	                  TL_OP_end};

	(void)kp;
	world.ctx = regs;
	run(code, sizeof code);
	return 0;
}

static void test_condition(void)
{
	struct tl_kprobe kp = {.addr = address_of((void *)code_add), .pre_handler = pre};
	uint64_t count = 0;

	check(!tl_tvar_define(2, 0) && !tl_register_kprobe(&kp), "a probe with a condition");
	for (uintptr_t i = 0; i < 100; i++)
		code_add(i, 1);
	check(!tl_tvar_get(2, &count) && count == 60, "holds where it should");
	check(!tl_unregister_kprobe(&kp) && kp.hits == 100, "and was asked each time");
}

/* ---- printf, and what is refused ---- */

static void test_print(void)
{
	static const char format[] = "%lld|%5.3s|%%\\n";
	static const uint8_t head[] = {TL_OP_const8, 0, TL_OP_dup, TL_OP_printf, 2, 0,
	                               sizeof format};
	uint8_t code[2 * 9 + sizeof head + sizeof format + 1];
	uint8_t *at =
	        constant(constant(code, (uintptr_t) "string"), (uint64_t)-1234567890123456789);

	memcpy(at, head, sizeof head);
	memcpy(at + sizeof head, format, sizeof format);
	at[sizeof head + sizeof format] = TL_OP_end;
	check(!run(code, sizeof code) && !strcmp(text, "-1234567890123456789|  str|%\n"),
	      "a printf");
	check(RUN(TL_OP_const8, 1, TL_OP_if_goto, 0, 0, TL_OP_const8, 1) == -TL_ETRUNC,
	      "no end: refused");
	check(RUN(TL_OP_add, TL_OP_end) == -TL_ESTACK, "no values: refused");
	check(RUN(0x1b, TL_OP_end) == -TL_EFLOAT, "floating point: refused");
	check(RUN(TL_OP_const8, 1, TL_OP_dup, TL_OP_if_goto, 0, 0, TL_OP_end) == -TL_ESTACK,
	      "an uneven stack: refused");
	check(RUN(TL_OP_const8, 1, TL_OP_if_goto, 0, 0, TL_OP_end) == -TL_ESTEPS,
	      "no end in sight: stopped");
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# expressions on %s\n", tl_board_port.board);
	test_arithmetic();
	test_memory();
	test_condition();
	test_print();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
