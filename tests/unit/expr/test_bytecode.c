/* SPDX-License-Identifier: MIT */
/*
 * Agent expressions: every instruction, every error, and the check that is to find them beforehand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "bytecode_asm.h"
#include "expr/bytecode.h"
#include "expr/tvar.h"
#include "expr/wide.h"
#include "probe/regs.h"
#include "unit.h"

/* ---- a world: 16 registers, 64 bytes at MEMORY, and a log of what was traced and printed ---- */

enum { MEMORY = 0x1000 };
static const uint8_t memory[64] = {0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86,
                                   0x87, 'a',  'b',  'c',  0,    'd',  'e'};
static char logged[4096];

static int get_reg(const void *ctx, unsigned n, uint64_t *value)
{
	EQ(ctx == memory, 1);
	if (n >= 16)
		return -TL_EREG;
	if (value)
		*value = 0xfffffff0u + n;
	return 0;
}

static int get_memory(uintptr_t addr, void *to, unsigned n)
{
	if (addr - MEMORY >= sizeof memory || addr - MEMORY + n > sizeof memory)
		return -TL_EFAULT;
	memcpy(to, memory + (addr - MEMORY), n);
	return 0;
}

static int trace(const void *ctx, uintptr_t addr, uintptr_t n)
{
	EQ(ctx == memory, 1);
	sprintf(logged + strlen(logged), "[%lx+%lu]", (long)addr, (long)n);
	return addr == MEMORY + 60 ? -TL_EFAULT : addr == MEMORY + 61 ? -TL_EFULL : 0;
}

static int trace_tvar(const void *ctx, unsigned number)
{
	EQ(ctx == memory, 1);
	sprintf(logged + strlen(logged), "[$%u]", number);
	return 0;
}

static int print(const void *ctx, const char *text, unsigned n)
{
	EQ(ctx == memory, 1);
	strncat(logged, text, n);
	return strstr(logged, "stop") ? -TL_EFULL : 0;
}

static const struct tl_world world = {get_reg, get_memory, trace, trace_tvar, print, memory};
static const struct tl_world bare = {get_reg, get_memory, NULL, NULL, NULL, memory};

/* Of exactly its size, so that the sanitizer sees whoever reads beyond it. */
static struct tl_bytecode assemble(const char *text)
{
	uint8_t room[70000];
	int n = bytecode_asm(text, room, sizeof room);
	uint8_t *code;

	unit_at("%.200s", text);
	CHECK(n >= 0);
	code = malloc((size_t)n);
	memcpy(code, room, (size_t)n);
	return (struct tl_bytecode){code, (unsigned)n};
}

static struct tl_bytecode_result out;

static int run(const char *text)
{
	struct tl_bytecode code = assemble(text);
	int error = (memset(&out, 0x55, sizeof out), logged[0] = 0,
	             tl_bytecode_run(&code, &world, &out));

	free((void *)(uintptr_t)code.code);
	return error;
}

static int check(const char *text, const struct tl_world *in, unsigned *at)
{
	struct tl_bytecode code = assemble(text);
	int error = (*at = 0x55, tl_bytecode_check(&code, in, at));

	free((void *)(uintptr_t)code.code);
	return error;
}

/* ---- values ---- */

#define MIN     "const64 0x8000000000000000 "
#define MINUS_1 "const8 255 ext 8 "

static const struct {
	const char *text;
	uint64_t value;
	const char *logged;
} values[] = {
        {"end", 0, ""},
        {"const8 200 end", 200, ""},
        {"const16 0xfedc end", 0xfedc, ""},
        {"const32 0xfedcba98 end", 0xfedcba98, ""},
        {"const64 0xfedcba9876543210 end", 0xfedcba9876543210, ""},
        {"const8 5 const8 3 add end", 8, ""},
        {MINUS_1 "const8 1 add end", 0, ""},
        {"const8 5 const8 7 sub end", -2ull, ""},
        {"const64 0x123456789 const64 0xabcdef012 mul end", 0x123456789u * 0xabcdef012u, ""},
        {MINUS_1 MINUS_1 "mul end", 1, ""},
        {"const8 7 const8 2 div_signed end", 3, ""},
        {"const8 249 ext 8 const8 2 div_signed end", -3ull, ""},
        {"const8 7 const8 254 ext 8 div_signed end", -3ull, ""},
        {"const8 249 ext 8 const8 2 rem_signed end", -1ull, ""},
        {"const8 7 const8 254 ext 8 rem_signed end", 1, ""},
        {MIN MINUS_1 "div_signed end", 1ull << 63, ""},
        {MIN MINUS_1 "rem_signed end", 0, ""},
        {MIN MINUS_1 "div_unsigned end", 0, ""},
        {MIN MINUS_1 "rem_unsigned end", 1ull << 63, ""},
        {MINUS_1 "const8 10 div_unsigned end", -1ull / 10, ""},
        {MINUS_1 "const8 10 rem_unsigned end", -1ull % 10, ""},
        {"const8 1 const8 63 lsh end", 1ull << 63, ""},
        {"const8 3 const8 31 lsh end", 3ull << 31, ""},
        {"const8 3 const8 32 lsh end", 3ull << 32, ""},
        {"const8 3 const8 0 lsh end", 3, ""},
        {"const8 1 const8 64 lsh end", 0, ""},
        {"const8 1 const64 0x100000000 lsh end", 0, ""},
        {MIN "const8 63 rsh_signed end", -1ull, ""},
        {MIN "const8 1 rsh_signed end", 3ull << 62, ""},
        {MIN "const8 200 rsh_signed end", -1ull, ""},
        {MIN "const8 63 rsh_unsigned end", 1, ""},
        {MIN "const8 31 rsh_unsigned end", 1ull << 32, ""},
        {MIN "const8 64 rsh_unsigned end", 0, ""},
        {"const8 0 log_not end", 1, ""},
        {MIN "log_not end", 0, ""},
        {"const8 12 const8 10 bit_and end", 8, ""},
        {"const8 12 const8 10 bit_or end", 14, ""},
        {"const8 12 const8 10 bit_xor end", 6, ""},
        {"const8 12 bit_not end", ~12ull, ""},
        {MIN "const8 0 equal end", 0, ""},
        {MIN MIN "equal end", 1, ""},
        {MIN "const8 0 less_signed end", 1, ""},
        {"const8 0 " MIN "less_signed end", 0, ""},
        {"const8 3 const8 3 less_signed end", 0, ""},
        {MIN "const8 0 less_unsigned end", 0, ""},
        {"const8 0 " MIN "less_unsigned end", 1, ""},
        {"const8 0x80 ext 8 end", -0x80ull, ""},
        {"const16 0x17f ext 8 end", 0x7f, ""},
        {"const8 5 ext 3 end", -3ull, ""},
        {"const32 0x80000000 ext 32 end", -0x80000000ull, ""},
        {MIN "ext 64 end", 1ull << 63, ""},
        {MIN "ext 255 end", 1ull << 63, ""},
        {"const8 9 ext 0 end", 0, ""},
        {MINUS_1 "zero_ext 8 end", 255, ""},
        {MINUS_1 "zero_ext 33 end", 0x1ffffffff, ""},
        {MINUS_1 "zero_ext 64 end", -1ull, ""},
        {MINUS_1 "zero_ext 0 end", 0, ""},
        {"const16 0x1001 ref8 end", 0x81, ""},
        {"const16 0x1001 ref16 end", 0x8281, ""},
        {"const16 0x1001 ref32 end", 0x84838281, ""},
        {"const16 0x1000 ref64 end", 0x8786858483828180, ""},
        {"const16 0x103f ref8 end", 0, ""},
        {"reg 3 end", 0xfffffff3, ""},
        {"reg 15 const8 1 add end", 0x100000000, ""},
        {"const8 3 dup add end", 6, ""},
        {"const8 3 const8 4 pop end", 3, ""},
        {"const8 3 pop end", 0, ""},
        {"const8 3 const8 4 swap sub end", 1, ""},
        {"const8 3 const8 4 const8 5 pick 0 end", 5, ""},
        {"const8 3 const8 4 const8 5 pick 2 end", 3, ""},
        {"const8 3 const8 4 const8 5 pick 2 pop end", 5, ""},
        {"const8 3 const8 4 const8 5 rot end", 4, ""},
        {"const8 3 const8 4 const8 5 rot pop end", 3, ""},
        {"const8 3 const8 4 const8 5 rot pop pop end", 5, ""},
        {"const8 1 if_goto 8 const8 2 end const8 3 end", 3, ""},
        {"const8 0 if_goto 8 const8 2 end const8 3 end", 2, ""},
        {MIN "if_goto 15 const8 2 end const8 3 end", 3, ""},
        {"const8 0 if_goto 10 const8 2 goto 12 const8 3 end", 2, ""},
        {"const8 1 if_goto 10 const8 2 goto 12 const8 3 end", 3, ""},
        {"const8 100 const8 1 sub dup if_goto 2 end", 0, ""}, /* a loop */
        {"getv 7 end", 1234, ""},
        {"const8 1 getv 7 add setv 7 pop getv 7 end", 1235, ""},
        {"const8 9 setv 7 end", 9, ""},
        {"tracev 7 end", 0, "[$7]"},
        {"const8 4 tracev 7 end", 4, "[$7]"},
        {"const16 0x1000 const8 9 trace end", 0, "[1000+9]"},
        {"const16 0x1000 trace_quick 255 end", 0x1000, "[1000+255]"},
        {"const16 0x1000 trace16 256 end", 0x1000, "[1000+256]"},
        {"const16 0x1008 const8 9 tracenz end", 0, "[1008+4]"},
        {"const16 0x1008 const8 4 tracenz end", 0, "[1008+4]"},
        {"const16 0x1008 const8 2 tracenz end", 0, "[1008+2]"},
        {"const16 0x1008 const8 0 tracenz end", 0, "[1008+0]"},
        {"const8 0 const8 0 printf 0 \"\" end", 0, ""},
        {"const8 4 const8 3 const8 0 const8 0 printf 2 \"%d, %d\\n\" end", 0, "3, 4\n"},
        {"const8 9 const8 4 const8 0 const8 0 printf 1 \"<%x>\" end", 9, "<4>"},
};

static void every_instruction(void)
{
	bool seen[256] = {false};

	for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
		struct tl_bytecode code = assemble(values[i].text);
		unsigned at;

		EQ(tl_tvar_define(7, 1234), 0);
		EQ(check(values[i].text, &world, &at), 0);
		EQ(run(values[i].text), 0);
		EQ(out.value, values[i].value);
		EQ(out.fault, 0);
		SAME(logged, values[i].logged);
		EQ(code.code[out.at], TL_OP_end);
		for (struct tl_bytecode_insn insn = {.next = 0}; insn.next < code.size;) {
			unsigned from = insn.next;

			EQ(tl_bytecode_fetch(&code, from, 3, &insn) == 0 || insn.op == TL_OP_printf,
			   1);
			seen[code.code[from]] = true;
		}
		free((void *)(uintptr_t)code.code);
	}
	for (unsigned op = 0; op < 256; op++) {
		char text[16];

		sprintf(text, "%u end", op);
		unit_at("%s", bytecode_name(op) ? bytecode_name(op) : text);
		if (!bytecode_name(op))
			EQ(run(text), -TL_EOPCODE);
		else
			CHECK(seen[op] || run(text) == -TL_EFLOAT);
	}
}

/* ---- errors, both in the run and in the check ---- */

#define PUSH_4  "dup dup dup dup "
#define PUSH_15 PUSH_4 PUSH_4 PUSH_4 "dup dup dup "

static const struct {
	const char *text;
	int checked; /* error of the check, 0: none */
	unsigned checked_at;
	int ran; /* error of the run */
	unsigned ran_at;
	uintptr_t fault;
} errors[] = {
        /* known to both */
        {"", TL_ETRUNC, 0, TL_ETRUNC, 0, 0},
        {"const8 1", TL_ETRUNC, 2, TL_ETRUNC, 2, 0},
        {"const8 1 0x22", TL_ETRUNC, 2, TL_ETRUNC, 2, 0},
        {"0x25 1 2 3 4 5 6 7", TL_ETRUNC, 0, TL_ETRUNC, 0, 0},
        {"0x21 0", TL_ETRUNC, 0, TL_ETRUNC, 0, 0},
        {"0x34 0 0", TL_ETRUNC, 0, TL_ETRUNC, 0, 0},
        {"const8 0 dup 0x34 0 0 2 0", TL_ETRUNC, 3, TL_ETRUNC, 3, 0},
        {"const8 0 dup 0x34 0 0 0 end", TL_EFORMAT, 3, TL_EFORMAT, 3, 0},
        {"const8 0 dup 0x34 0 0 1 65 end", TL_EFORMAT, 3, TL_EFORMAT, 3, 0},
        {"const8 0 dup printf 0 \"%d\" end", TL_EFORMAT, 3, TL_EFORMAT, 3, 0},
        {"const8 0 dup dup printf 1 \"%f\" end", TL_EFLOAT, 4, TL_EFLOAT, 4, 0},
        {"const8 0 0 end", TL_EOPCODE, 2, TL_EOPCODE, 2, 0},
        {"const8 0 0x31 end", TL_EOPCODE, 2, TL_EOPCODE, 2, 0},
        {"const8 0 0x35 end", TL_EOPCODE, 2, TL_EOPCODE, 2, 0},
        {"const8 0 255 end", TL_EOPCODE, 2, TL_EOPCODE, 2, 0},
        {"const8 0 float add end", TL_EFLOAT, 2, TL_EFLOAT, 2, 0},
        {"const8 0 ref_float end", TL_EFLOAT, 2, TL_EFLOAT, 2, 0},
        {"const8 0 ref_double end", TL_EFLOAT, 2, TL_EFLOAT, 2, 0},
        {"const8 0 ref_long_double end", TL_EFLOAT, 2, TL_EFLOAT, 2, 0},
        {"const8 0 l_to_d end", TL_EFLOAT, 2, TL_EFLOAT, 2, 0},
        {"const8 0 d_to_l end", TL_EFLOAT, 2, TL_EFLOAT, 2, 0},
        {"const8 1 add end", TL_ESTACK, 2, TL_ESTACK, 2, 0},
        {"pop end", TL_ESTACK, 0, TL_ESTACK, 0, 0},
        {"dup end", TL_ESTACK, 0, TL_ESTACK, 0, 0},
        {"ref8 end", TL_ESTACK, 0, TL_ESTACK, 0, 0},
        {"if_goto 0 end", TL_ESTACK, 0, TL_ESTACK, 0, 0},
        {"const8 1 dup rot end", TL_ESTACK, 3, TL_ESTACK, 3, 0},
        {"const8 1 pick 1 end", TL_ESTACK, 2, TL_ESTACK, 2, 0},
        {"const8 1 pick 255 end", TL_ESTACK, 2, TL_ESTACK, 2, 0},
        {"const8 1 dup printf 1 \"%d\" end", TL_ESTACK, 3, TL_ESTACK, 3, 0},
        {"const8 1 dup printf 255 \"\" end", TL_ESTACK, 3, TL_ESTACK, 3, 0},
        {"const8 1 " PUSH_15 "dup end", TL_ESTACK, 17, TL_ESTACK, 17, 0},
        {"const8 1 " PUSH_15 "const8 1 end", TL_ESTACK, 17, TL_ESTACK, 17, 0},
        {"const8 1 " PUSH_15 "pick 3 end", TL_ESTACK, 17, TL_ESTACK, 17, 0},
        {"goto 4 end", TL_EJUMP, 0, TL_ETRUNC, 4, 0},
        {"goto 65535 end", TL_EJUMP, 0, TL_ETRUNC, 65535, 0},
        {"reg 16 end", TL_EREG, 0, TL_EREG, 0, 0},
        {"const8 0 reg 65535 end", TL_EREG, 2, TL_EREG, 2, 0},
        {"goto 0 end", TL_EJUMP, 3, TL_ESTEPS, 0, 0}, /* never gets to the end */
        {"const8 0 if_goto 0 goto 0 end", TL_EJUMP, 8, TL_ESTEPS, 2, 0},
        /* only the check can tell */
        {"const8 1 if_goto 6 const8 39 end", TL_EJUMP, 5, 0, 6, 0},
        {"const8 39 const8 1 if_goto 1 end", TL_EJUMP, 4, 0, 1, 0},
        {"end const8 1 end", TL_EJUMP, 1, 0, 0, 0},
        {"goto 4 0 end", TL_EJUMP, 3, 0, 4, 0},
        {"end 0", TL_EJUMP, 1, 0, 0, 0},
        {"goto 5 const8 1 end", TL_EJUMP, 3, 0, 5, 0},
        {"const8 0 const8 1 if_goto 9 const8 3 end", TL_ESTACK, 9, 0, 9, 0},
        {"const8 0 const8 1 if_goto 10 goto 11 pop end", TL_ESTACK, 11, 0, 11, 0},
        {"const8 0 dup if_goto 0 end", TL_ESTACK, 3, 0, 6, 0}, /* one more each time */
        {"end end goto 0", TL_EJUMP, 1, 0, 0, 0},
        {"goto 3 const8 0 if_goto 10 end 0x22 end", TL_EJUMP, 9, 0, 8, 0},
        /* back to what nothing has led to */
        {"const8 7 goto 6 end const8 2 add goto 5", TL_EJUMP, 5, 0, 5, 0},
        {"const8 0 if_goto 8 end goto 8", TL_EJUMP, 6, 0, 5, 0},
        /* only the run can tell */
        {"const8 1 const8 0 div_signed end", 0, 0, TL_EDIVIDE, 4, 0},
        {"const8 1 const8 0 div_unsigned end", 0, 0, TL_EDIVIDE, 4, 0},
        {"const8 1 const8 0 rem_signed end", 0, 0, TL_EDIVIDE, 4, 0},
        {"const8 1 const8 0 rem_unsigned end", 0, 0, TL_EDIVIDE, 4, 0},
        {"const16 0xfff ref8 end", 0, 0, TL_EFAULT, 3, 0xfff},
        {"const16 0x103f ref16 end", 0, 0, TL_EFAULT, 3, 0x103f},
        {"const16 0x103d ref32 end", 0, 0, TL_EFAULT, 3, 0x103d},
        {"const16 0x1039 ref64 end", 0, 0, TL_EFAULT, 3, 0x1039},
        {"const16 0x103c const8 4 trace end", 0, 0, TL_EFAULT, 5, 0x103c},
        {"const16 0x103d trace_quick 4 end", 0, 0, TL_EFULL, 3, 0},
        {"const16 0xfff const8 4 tracenz end", 0, 0, TL_EFAULT, 5, 0xfff},
        {"const16 0xfff const8 0 dup printf 1 \"%s\" end", 0, 0, TL_EFAULT, 6, 0xfff},
        {"const8 0 dup printf 0 \"stop\" end", 0, 0, TL_EFULL, 3, 0},
        {"getv 8 end", 0, 0, TL_ETVAR, 0, 0},
        {"getv 0 end", 0, 0, TL_ETVAR, 0, 0},
        {"const8 1 setv 65535 end", 0, 0, TL_ETVAR, 2, 0},
};

static void every_error(void)
{
	EQ(TL_BYTECODE_STACK, 16); /* PUSH_15 fills it */
	for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++) {
		unsigned at;

		EQ(tl_tvar_define(7, 1234), 0);
		EQ(check(errors[i].text, &world, &at), -errors[i].checked);
		if (errors[i].checked)
			EQ(at, errors[i].checked_at);
		EQ(run(errors[i].text), -errors[i].ran);
		EQ(out.at, errors[i].ran_at);
		EQ(out.fault, errors[i].fault);
	}
}

/* What the world does not have is refused by both. */
static void lacking(void)
{
	static const char *const texts[] = {
	        "const8 0 dup trace end",  "const8 0 trace_quick 1 end",
	        "const8 0 trace16 1 end",  "const8 0 dup tracenz end",
	        "tracev 7 end           ", "const8 0 dup printf 0 \"text\" end",
	};

	for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct tl_bytecode code = assemble(texts[i]);
		unsigned at;

		EQ(tl_bytecode_check(&code, &world, &at), 0);
		EQ(tl_bytecode_check(&code, &bare, &at), -TL_ENOSUP);
		EQ(tl_bytecode_run(&code, &bare, &out), -TL_ENOSUP);
		EQ(out.at, at);
		free((void *)(uintptr_t)code.code);
	}
}

static void largest(void)
{
	char text[20 * TL_BYTECODE_SIZE] = "";
	unsigned at;

	EQ(TL_BYTECODE_SIZE, 3 * 85 + 1);
	for (unsigned i = 0; i < 85; i++)
		strcat(text, "const8 1 pop ");
	strcat(text, "end");
	EQ(check(text, &world, &at), 0);
	EQ(run(text), 0);
	strcat(text, " 0");
	EQ(check(text, &world, &at), -TL_ETOOBIG);
	EQ(at, 0);
}

#define LOOP       "const8 "
#define COUNT_DOWN " const8 1 sub dup if_goto 2 "

/* Strings count against the budget. */
static void steps(void)
{
	static const struct {
		unsigned loops;
		int error;
	} table[] = {{249, 0}, {250, TL_ESTEPS}};

	EQ(TL_BYTECODE_STEPS, 1000);
	for (unsigned i = 0; i < 2; i++) {
		char text[100];

		/* 1 + 4 * loops, then 2 */
		sprintf(text, LOOP "%u" COUNT_DOWN "pop end", table[i].loops);
		EQ(run(text), -table[i].error);
	}
	/* 1 + 4 * 248, the string's address and size, tracenz, each of its bytes, end. */
	EQ(run(LOOP "248" COUNT_DOWN "const16 0x1008 const8 3 tracenz end"), 0);
	EQ(run(LOOP "248" COUNT_DOWN "const16 0x1008 const8 4 tracenz end"), -TL_ESTEPS);
	EQ(out.at, 15);
	SAME(logged, "[1008+4]");
	EQ(run(LOOP "249" COUNT_DOWN "const16 0x1008 const8 4 tracenz end"), -TL_ESTEPS);
	EQ(out.at, 14);
	SAME(logged, "");
}

/* Of each good expression every beginning, and every change of a byte: what passes the check fails
   in the run as data may only. */
static void damaged(void)
{
	for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
		struct tl_bytecode code = assemble(values[i].text);
		uint8_t *bytes = (uint8_t *)(uintptr_t)code.code;
		unsigned at, passed = 0;

		for (unsigned change = 0; change < code.size * 256; change++) {
			uint8_t was = bytes[change / 256];
			int error;

			bytes[change / 256] = (uint8_t)change;
			logged[0] = 0;
			error = tl_bytecode_run(&code, &world, &out);
			if (!tl_bytecode_check(&code, &world, &at)) {
				CHECK(!error || error == -TL_EFAULT || error == -TL_EDIVIDE ||
				      error == -TL_ESTEPS || error == -TL_ETVAR ||
				      error == -TL_EFULL);
				passed++;
			} else {
				CHECK(at <= code.size);
			}
			bytes[change / 256] = was;
		}
		CHECK(passed >= code.size);
		for (unsigned n = 0; n < code.size; n++) {
			uint8_t *part = malloc(n ? n : 1);
			struct tl_bytecode cut = {part, n};

			memcpy(part, bytes, n);
			if (!n || bytes[n - 1] != TL_OP_end)
				CHECK(tl_bytecode_check(&cut, &world, &at));
			logged[0] = 0;
			tl_bytecode_run(&cut, &world, &out);
			free(part);
		}
		free(bytes);
	}
}

/* ---- 64-bit arithmetic ---- */

/* Small, large and near powers of two alike. */
static uint64_t any(void)
{
	uint64_t v = unit_random() >> unit_below(64);

	return unit_below(2) ? v : -v;
}

static void wide(void)
{
	unit_seed(1);
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t a = any(), b = any(), rest;
		unsigned n = unit_below(64);

		unit_at("%lx, %lx, %u", (long)a, (long)b, n);
		EQ(tl_wide_left(a, n), a << n);
		EQ(tl_wide_right(a, n), a >> n);
		EQ(tl_wide_right_signed(a, n), (int64_t)a >> n);
		EQ(tl_wide_mul(a, b), a * b);
		EQ(tl_wide_tenth(a), a / 10);
		EQ(tl_wide_zero_ext(a, n), a & ((1ull << n) - 1));
		EQ(tl_wide_ext(a, n + 1), (int64_t)(a << (63 - n)) >> (63 - n));
		if (b) {
			EQ(tl_wide_div(a, b, &rest), a / b);
			EQ(rest, a % b);
		}
		if (b && (a != 1ull << 63 || ~b)) {
			EQ(tl_wide_div_signed(a, b, &rest), (int64_t)a / (int64_t)b);
			EQ(rest, (int64_t)a % (int64_t)b);
		}
	}
}

/* ---- trace state variables ---- */

static void variables(void)
{
	uint64_t v;

	EQ(tl_tvar_get(2, &v), -TL_ETVAR);
	EQ(tl_tvar_set(2, 2), -TL_ETVAR);
	EQ(tl_tvar_define(0, 1), -TL_EINVAL);
	EQ(tl_tvar_define(65536, 1), -TL_EINVAL);
	for (unsigned i = 0; i < TL_TVARS; i++)
		EQ(tl_tvar_define(65535 - i, i), 0);
	EQ(tl_tvar_define(2, 0), -TL_EFULL);
	EQ(tl_tvar_set(65535, 1ull << 40), 0);
	EQ(tl_tvar_get(65535, &v), 0);
	EQ(v, 1ull << 40);
	EQ(tl_tvar_define(65534, 100), 0); /* anew, though all are taken */
	EQ(tl_tvar_get(65534, &v), 0);
	EQ(v, 100);
	tl_tvar_reset();
	EQ(tl_tvar_get(65535, &v), 0);
	EQ(v, 0);
	EQ(tl_tvar_get(65534, &v), 0);
	EQ(v, 100);
	tl_tvar_forget_all();
	EQ(tl_tvar_get(65534, &v), -TL_ETVAR);
	EQ(tl_tvar_get(0, &v), -TL_ETVAR);
	EQ(tl_tvar_set(0, 1), -TL_ETVAR);
	EQ(tl_tvar_define(2, 5), 0);
	EQ(tl_tvar_get(2, &v), 0);
	EQ(v, 5);

	EQ(tl_tvar_define(TL_TVAR_TIME, 5), -TL_EINVAL); /* the agent's own */
	EQ(tl_tvar_set(TL_TVAR_TIME, 5), -TL_ETVAR);
	EQ(tl_tvar_get(TL_TVAR_TIME, &v), 0);
}

/* The agent's own registers as a world has them. */
static void registers(void)
{
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)];
	const struct tl_regs *regs = (struct tl_regs *)(void *)room;
	uint64_t v;

	for (unsigned i = 0; i < tl_arch_isa->ncore; i++)
		room[i] = 0x8000000000000000 + i;
	for (unsigned i = 0; i < tl_arch_isa->ncore; i++) {
		EQ(tl_world_reg(regs, tl_arch_isa->regs[i].gdb, &v), 0);
		EQ(v, 0x8000000000000000 + i);
		EQ(tl_world_reg(NULL, tl_arch_isa->regs[i].gdb, NULL), 0);
	}
	EQ(tl_world_reg(regs, 1000, &v), -TL_EREG);
	EQ(tl_world_reg(NULL, 1000, NULL), -TL_EREG);
}

static const struct unit_test tests[] = {
        {"every instruction", every_instruction},
        {"every error", every_error},
        {"what the world lacks", lacking},
        {"the largest expression", largest},
        {"the budget of steps", steps},
        {"damaged expressions", damaged},
        {"64-bit arithmetic", wide},
        {"trace state variables", variables},
        {"registers", registers},
};

UNIT_MAIN(tests)
