/* SPDX-License-Identifier: MIT */
/*
 * Fetch programs: every instruction, what the check refuses, and what is unreadable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/fetch.h"
#include "fetch_asm.h"
#include "probes.h"
#include "stream/fetched.h"
#include "unit.h"

enum { WORD = sizeof(uintptr_t), NREGS = 12, RAM = (int)MOCK_RAM };

static uintptr_t regs[NREGS];

/* Of exactly its size, so that the sanitizer sees whoever reads beyond it. */
static uint8_t *assemble(const char *text, unsigned *n)
{
	uint8_t room[4096], *program;
	int size = fetch_asm(text, room, sizeof room);

	unit_at("%.200s", text);
	CHECK(size > 0);
	*n = (unsigned)size;
	program = malloc(*n);
	memcpy(program, room, *n);
	return program;
}

static int check_for(const char *text, unsigned word, unsigned nregs)
{
	unsigned n;
	uint8_t *program = assemble(text, &n);
	int words = tl_fetch_check(program, n, word, nregs);

	free(program);
	return words;
}

static int check(const char *text)
{
	return check_for(text, WORD, NREGS);
}

/* A machine with words at MOCK_RAM, and that as its window. */
static void start(void)
{
	static const uint8_t bytes[] = {0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
	                                'a',  'b',  'c',  0,    'd',  'e',  'f',  'g'};
	const struct tl_window window = {MOCK_RAM, 32};

	mock_reset();
	memset((void *)MOCK_RAM, 0x11, 64);
	memcpy((void *)MOCK_RAM, bytes, sizeof bytes);
	tl_windows_set(&window, 1);
	for (unsigned i = 0; i < NREGS; i++)
		regs[i] = i;
	regs[0] = MOCK_RAM;
	regs[1] = (uintptr_t)0xfedcba9876543210;
	regs[2] = MOCK_PAGE;
	regs[3] = 5;
	mock_cpu.count = 0x1234567812345678;
}

/* ---- conditions: what acc is in the end ---- */

static const struct {
	const char *text;
	uintptr_t value;
} conditions[] = {
        {"REG 3", 5},
        {"REG 1", 0xfedcba9876543210},
        {"CONST1 200", -56ul},
        {"CONST2 0x8000", -32768ul},
        {"CONST4 0xfedcba98", 0xfffffffffedcba98},
        {"CONST8 0x123456789abcdef0", 0x123456789abcdef0},
        {"REG 3 ADD1 255", 4},
        {"REG 3 ADD2 1000", 1005},
        {"REG 3 ADD2 0xff00", 5 - 256ul},
        {"CONST1 7 INDEX 3 12", 67},
        {"REG 0 LOAD1 1", 0x81},
        {"REG 0 LOAD2 2", 0x8382},
        {"REG 0 LOAD4 4", 0x87868584},
        {"REG 0 LOAD8 0", 0x8786858483828180},
        {"REG 0 LOAD2 1", 0x8281},
        {"REG 0 LOAD4 3", 0x86858483},
        {"REG 0 LOAD8 1", 0x6187868584838281},
        {"REG 0 LOAD1 31", 0x11},
        {"REG 0 LOAD4 28", 0x11111111},
        {"REG 1 ZEXT1", 0x10},
        {"REG 1 ZEXT2", 0x3210},
        {"REG 1 ZEXT4", 0x76543210},
        {"CONST1 128 ZEXT1 SEXT1", -128ul},
        {"CONST4 0xf000 SEXT2", -4096ul},
        {"CONST8 0x80000000 SEXT4", 0xffffffff80000000},
        {"REG 3 KEEP 2 CONST1 1 TAKE 2", 5},
        {"TAKE 3", 0},
        {"REG 3 KEEP 0 CONST1 3 ADD 0", 8},
        {"REG 3 KEEP 0 CONST1 3 SUB 0", 2},
        {"REG 3 KEEP 0 CONST1 3 MUL 0", 15},
        {"REG 3 KEEP 0 CONST1 3 AND 0", 1},
        {"REG 3 KEEP 0 CONST1 3 OR 0", 7},
        {"REG 3 KEEP 0 CONST1 3 XOR 0", 6},
        {"REG 3 KEEP 0 CONST1 3 SHL 0", 40},
        {"REG 3 KEEP 0 CONST1 66 SHL 0", 20},
        {"REG 1 KEEP 0 CONST1 60 SHR 0", 15},
        {"REG 1 KEEP 0 CONST1 60 SAR 0", -1ul},
        {"REG 3 KEEP 0 CONST1 5 EQ 0", 1},
        {"REG 3 KEEP 0 CONST1 4 EQ 0", 0},
        {"REG 3 KEEP 0 CONST1 4 NE 0", 1},
        {"CONST1 255 KEEP 1 REG 3 LTS 1", 1},
        {"CONST1 255 KEEP 1 REG 3 LTU 1", 0},
        {"REG 3 KEEP 1 REG 3 LES 1", 1},
        {"REG 3 KEEP 1 REG 3 LTS 1", 0},
        {"REG 3 KEEP 1 REG 3 LEU 1", 1},
        {"REG 3 KEEP 1 CONST1 255 LTU 1", 1},
        {"REG 3 EQC 5", 1},
        {"REG 3 EQC 6", 0},
        {"REG 3 NEC 6", 1},
        {"REG 3 LTSC 255", 0},
        {"REG 3 GTSC 255", 1},
        {"REG 3 GTSC 5", 0},
        {"REG 3 LTUC 255", 1},
        {"REG 3 GTUC 255", 0},
        {"REG 3 GTUC 4", 1},
        {"REG 3 NOT", 0},
        {"CONST1 0 NOT", 1},
        {"CONST1 0 JUMPZ 2 CONST1 9", 0},
        {"CONST1 1 JUMPZ 2 CONST1 9", 9},
        {"CONST1 1 JUMPNZ 2 CONST1 9", 1},
        {"CONST1 0 JUMPNZ 2 CONST1 9", 9},
        {"SYS 40 0", 7},
        {"SYS 41 0 ADD1 1", 0x1234567812345679},
        {"CONST1 1 JUMPNZ 3 SYS 41 0", 1},
};

static uintptr_t status;

static uintptr_t condition(const char *text)
{
	char whole[256];
	unsigned n;
	uint8_t *program;
	uintptr_t value;

	snprintf(whole, sizeof whole, "%s;", text);
	program = assemble(whole, &n);
	EQ(tl_fetch_check(program, n, WORD, NREGS), 1);
	tl_fetch_forget();
	status = 0;
	value = tl_fetch_run(program + 1, regs, &status);
	free(program);
	return value;
}

static void each_condition(void)
{
	start();
	for (unsigned i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		EQ(condition(conditions[i].text), conditions[i].value);
		EQ(status, 0);
	}
	/* Undecided: it counts. */
	EQ(condition("REG 2 LOAD4 0 GTSC 8"), 1);
	EQ(status, TL_FETCH_UNDECIDED);
	EQ(condition("REG 0 LOAD4 29"), 1);
	EQ(status, TL_FETCH_UNDECIDED);
	EQ(condition("CONST1 0 LOAD1 0"), 1);
	EQ(condition("REG 0 ADD1 255 LOAD1 0"), 1);
	EQ(status, TL_FETCH_UNDECIDED);
	/* A register that the context has not. */
	mock_cpu.no_count = true;
	EQ(condition("SYS 40 0"), 7);
	EQ(status, 0);
	EQ(condition("SYS 41 0 EQC 0"), 1);
	EQ(status, TL_FETCH_UNDECIDED);
}

/* ---- values ---- */

/* Output behind the status word; its words are what the check has said. */
static const uint8_t *values(const char *text)
{
	static uintptr_t out[NREGS + 2];
	unsigned n;
	uint8_t *program = assemble(text, &n);
	int words = tl_fetch_check(program, n, WORD, NREGS);

	CHECK(words >= 1);
	memset(out, 0x55, sizeof out);
	tl_fetch_forget();
	status = 0;
	out[0] = 0;
	tl_fetch_run(tl_fetch_values(program), regs, out);
	status = out[0];
	EQ(out[words], 0x5555555555555555);
	free(program);
	return (const uint8_t *)(out + 1);
}

static void each_put(void)
{
	uint64_t word;

	start();
	memcpy(&word, values("FIELD 3 1 REG 1 PUT1"), 8);
	EQ(word, 0x10);
	memcpy(&word, values("FIELD 3 2 REG 1 PUT2"), 8);
	EQ(word, 0x3210);
	memcpy(&word, values("FIELD 3 4 REG 1 PUT4"), 8);
	EQ(word, 0x76543210);
	memcpy(&word, values("FIELD 3 8 REG 1 PUT8"), 8);
	EQ(word, 0xfedcba9876543210);
	memcpy(&word, values("FIELD 3 1 REG 1 PUT1 FIELD 7 3 PAD 1 REG 0 LOAD2 0 PUT2"), 8);
	EQ(word, 0x81800010);
}

static void fields(void)
{
	const uint8_t *out;

	start();
	out = values("FIELD 3 4 REG 3 PUT4 FIELD 5 4 REG 0 LOAD4 0 PUT4 FIELD 4 8 REG 0 BLOCK 8");
	CHECK(!memcmp(out, "\5\0\0\0\x80\x81\x82\x83\x80\x81\x82\x83\x84\x85\x86\x87", 16));
	EQ(status, 0);
	/* The second cannot be read: zeros, its bit, and on with the third. */
	out = values("FIELD 3 4 REG 3 PUT4 FIELD 5 4 REG 2 LOAD4 0 PUT4 FIELD 3 2 REG 3 PUT2");
	CHECK(!memcmp(out, "\5\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0", 16));
	EQ(status, 2);
	/* So it is with a register that the context has not. */
	mock_cpu.no_count = true;
	out = values("FIELD 3 4 REG 3 PUT4 FIELD 6 4 REG 3 SYS 41 0 PUT4 FIELD 4 1 SYS 40 0 PUT1");
	CHECK(!memcmp(out, "\5\0\0\0\0\0\0\0\7\0\0\0", 12));
	EQ(status, 2);
	mock_cpu.no_count = false;
	out = values("FIELD 4 8 SYS 41 0 PUT8");
	CHECK(!memcmp(out, "\x78\x56\x34\x12\x78\x56\x34\x12", 8));
	EQ(status, 0);
	/* What it had put is zero, too; PAD. */
	out = values("FIELD 10 12 REG 3 PUT4 REG 2 PAD 4 LOAD4 0 PUT4 FIELD 3 4 REG 3 PUT4");
	CHECK(!memcmp(out, "\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0", 16));
	EQ(status, 1);
	/* Blocks of any alignment, to the end of the window and beyond. */
	out = values("FIELD 6 12 REG 0 ADD1 3 BLOCK 12");
	CHECK(!memcmp(out,
	              "\x83\x84\x85\x86\x87"
	              "abc\0def",
	              12));
	out = values("FIELD 4 32 REG 0 BLOCK 32");
	CHECK(!memcmp(out, (void *)MOCK_RAM, 32));
	EQ(status, 0);
	out = values("FIELD 4 33 REG 0 BLOCK 33");
	EQ(status, 1);
	for (unsigned i = 0; i < 33; i++)
		EQ(out[i], 0);
}

static void strings(void)
{
	const uint8_t *out;

	start();
	out = values("FIELD 6 8 REG 0 ADD1 8 STRING 8");
	CHECK(!memcmp(out, "abc\0\0\0\0\0", 8));
	out = values("FIELD 6 2 REG 0 ADD1 8 STRING 2");
	CHECK(!memcmp(out, "ab\0\0\0\0\0\0", 8));
	out = values("FIELD 6 3 REG 0 ADD1 8 STRING 3");
	CHECK(!memcmp(out, "abc\0\0\0\0\0", 8));
	out = values("FIELD 6 2 REG 0 ADD1 11 STRING 2");
	CHECK(!memcmp(out, "\0\0", 2));
	EQ(status, 0);
	/* Ends where memory does, if it has begun. */
	out = values("FIELD 6 40 REG 0 ADD1 12 STRING 40");
	CHECK(!memcmp(out,
	              "defg"
	              "\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11"
	              "\0\0\0\0",
	              24));
	EQ(status, 0);
	out = values("FIELD 6 40 REG 0 ADD1 31 STRING 40");
	CHECK(!memcmp(out, "\x11\0\0\0", 4));
	EQ(status, 0);
	values("FIELD 6 40 REG 0 ADD1 32 STRING 40");
	EQ(status, 1);
	values("FIELD 4 4 CONST1 0 STRING 4");
	EQ(status, 1);
}

/* The highest field has the highest bit that one can have. */
static void many_fields(void)
{
	char text[1024] = "";

	start();
	for (unsigned i = 0; i < TL_FETCH_FIELDS; i++)
		strcat(text, "FIELD 5 1 REG 2 LOAD1 0 PUT1 ");
	values(text);
	EQ(status, 0x7fffffff);
	strcat(text, "FIELD 5 1 REG 2 LOAD1 0 PUT1 ");
	EQ(check(text), -TL_EINVAL);
}

/* ---- the check ---- */

static const struct {
	const char *text;
	int words;
} checks[] = {
        {"", 1},
        {"REG 11;", 1},
        {"REG 12;", -TL_EINVAL},
        {"INDEX 12 1;", -TL_EINVAL},
        {"KEEP 3;", 1},
        {"KEEP 4;", -TL_EINVAL},
        {"TAKE 4;", -TL_EINVAL},
        {"LEU 4;", -TL_EINVAL},
        {"ADD 4;", -TL_EINVAL},
        {"EQC 4;", 1},
        {"SYS 40 0;", 1},
        {"SYS 40 1;", -TL_EREG},
        {"SYS 41 0;", 1},
        {"SYS 41 1;", -TL_EREG},
        {"SYS 39 0;", -TL_EREG},
        {"SYS 255 255;", -TL_EREG},
        {"FIELD 4 1 SYS 40 0 PUT1", 2},
        {"FIELD 4 1 SYS 42 0 PUT1", -TL_EREG},
        {"SYS 40 0 PUT1", -TL_EINVAL},
        {"JUMPZ 3 SYS 40 0;", 1},
        {"JUMPZ 2 SYS 40 0;", -TL_EINVAL},
        {"PUT1;", -TL_EINVAL},
        {"FIELD 0 0;", -TL_EINVAL},
        {"BLOCK 4;", -TL_EINVAL},
        {"END REG 0;", -TL_EINVAL},
        {"REG 0 PUT1", -TL_EINVAL},
        {"FIELD 0 0", 1},
        {"FIELD 3 1 REG 0 PUT1", 2},
        {"FIELD 2 1 REG 0 PUT1", -TL_EINVAL},
        {"FIELD 4 1 REG 0 PUT1", -TL_EINVAL},
        {"FIELD 3 2 REG 0 PUT1", -TL_EINVAL},
        {"FIELD 3 0 REG 0 PUT1", -TL_EINVAL},
        {"FIELD 3 1 REG 0 PUT1 FIELD 3 2 REG 0 PUT2", -TL_EINVAL},
        {"FIELD 3 1 REG 0 PUT1 FIELD 5 3 REG 0 PAD 1 PUT2", 2},
        {"FIELD 3 8 REG 0 PUT8 FIELD 3 1 REG 0 PUT1", 3},
        {"FIELD 4 88 REG 0 BLOCK 88", 12},
        {"FIELD 4 89 REG 0 BLOCK 89", -TL_EINVAL},
        {"FIELD 2 0 BLOCK 0", -TL_EINVAL},
        {"FIELD 2 0 STRING 0", -TL_EINVAL},
        {"JUMPZ 0;", 1},
        {"JUMPZ 1;", -TL_EINVAL},
        {"JUMPZ 2 CONST1 9;", 1},
        {"JUMPZ 1 CONST1 9;", -TL_EINVAL},
        {"JUMPZ 3 CONST1 9;", -TL_EINVAL},
        {"JUMPNZ 4 CONST2 9 NOT;", 1},
        {"JUMPNZ 5 CONST2 9 NOT;", -TL_EINVAL},
        {"FIELD 7 1 JUMPZ 2 CONST1 9 REG 0 PUT1", 2},
        {"FIELD 7 1 JUMPZ 4 CONST1 9 REG 0 PUT1", 2},
        {"FIELD 7 1 JUMPZ 2 CONST1 9 PUT1 REG 0", 2},
        {"FIELD 7 1 JUMPZ 3 CONST1 9 PUT1 REG 0", -TL_EINVAL},
        {"FIELD 5 1 JUMPZ 1 PUT1 REG 0 FIELD 0 0", -TL_EINVAL},
        {"FIELD 5 1 PUT1 JUMPZ 2 REG 0 FIELD 0 0", 2},
        {"FIELD 5 1 PUT1 JUMPZ 5 REG 0 FIELD 0 0", -TL_EINVAL},
};

static void each_check(void)
{
	uint8_t none = 0;

	for (unsigned i = 0; i < sizeof checks / sizeof checks[0]; i++)
		EQ(check(checks[i].text), checks[i].words);
	unit_at("bytes");
	EQ(tl_fetch_check(&none, 0, WORD, NREGS), -TL_EINVAL);
	EQ(tl_fetch_check((const uint8_t[]){0}, 1, WORD, NREGS), -TL_EINVAL);
	EQ(tl_fetch_check((const uint8_t[]){0, TL_FETCH_OPS}, 2, WORD, NREGS), -TL_EINVAL);
	EQ(tl_fetch_check((const uint8_t[]){1, TL_FETCH_END}, 2, WORD, NREGS), -TL_EINVAL);
	EQ(tl_fetch_check((const uint8_t[]){2, TL_FETCH_END}, 2, WORD, NREGS), -TL_EINVAL);
	EQ(tl_fetch_check((const uint8_t[]){1, TL_FETCH_REG, TL_FETCH_END}, 3, WORD, NREGS),
	   -TL_EINVAL);
	EQ(tl_fetch_check((const uint8_t[]){1, TL_FETCH_END, TL_FETCH_END, 0xff}, 4, WORD, NREGS),
	   1);
}

/* What is behind the values is the host's: it is no part of the program, whatever it says. */
static void bytes_of_the_host(void)
{
	static const uint8_t program[] = {3, TL_FETCH_REG, 3, TL_FETCH_END, TL_FETCH_FIELD, 3, 1,
	                                  TL_FETCH_REG, 3, TL_FETCH_PUT1, TL_FETCH_END,
	                                  /* the host's */
	                                  TL_FETCH_SYS, 0xff, 0xff, TL_FETCH_REG, 5, TL_FETCH_KEEP,
	                                  0};
	enum { OWN = 11 };
	struct tl_fetch_use use;

	for (unsigned n = OWN; n <= sizeof program; n++) {
		EQ(tl_fetch_check(program, n, WORD, NREGS), 2);
		use = tl_fetch_uses(program, n, 1 << 3);
		CHECK(!use.others && !use.system && !use.keeps);
	}
	for (unsigned n = 1; n < OWN; n++)
		EQ(tl_fetch_check(program, n, WORD, NREGS), -TL_EINVAL);
}

/* What only words of 8 bytes have is refused for those of 4. */
static void narrow(void)
{
	static const char *const wide[] = {"CONST8 1;", "LOAD8 0;", "ZEXT4;", "SEXT4;"};

	for (unsigned i = 0; i < 4; i++) {
		EQ(check_for(wide[i], 8, 33), 1);
		EQ(check_for(wide[i], 4, 17), -TL_EINVAL);
	}
	EQ(check_for("SYS 41 1;", 4, 17), 1);
	EQ(check_for("SYS 41 2;", 4, 17), -TL_EREG);
	EQ(check_for("SYS 40 1;", 4, 17), -TL_EREG);
	EQ(check_for("FIELD 1 8 PUT8", 8, 17), 2);
	EQ(check_for("FIELD 3 12 PAD 4 PUT8", 4, 17), -TL_EINVAL);
	EQ(check_for("FIELD 1 4 PUT4", 4, 17), 2);
	EQ(check_for("FIELD 4 64 REG 0 BLOCK 64", 4, 17), 17);
	EQ(check_for("FIELD 4 65 REG 0 BLOCK 65", 4, 17), -TL_EINVAL);
	EQ(check_for("FIELD 1 2 PUT2 FIELD 1 4 PUT4", 4, 17), -TL_EINVAL);
}

static const struct unit_test tests[] = {
        {"conditions", each_condition},
        {"puts", each_put},
        {"fields", fields},
        {"strings", strings},
        {"31 fields", many_fields},
        {"what is refused", each_check},
        {"words of 4 bytes", narrow},
        {"bytes of the host", bytes_of_the_host},
};
UNIT_MAIN(tests)
