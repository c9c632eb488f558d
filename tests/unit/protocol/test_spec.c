/* SPDX-License-Identifier: MIT */
/*
 * The examples of protocol/SPEC.md, replayed against the agent, so that the document cannot lie:
 *   -> bytes      from host to target; \xNN is a byte that is no text
 *   <- bytes      all that the target sends then
 *   == …          the mock firmware runs, into whatever is probed: li r0, 42; push r0; pop r1;
 * halt, at 0x10000000
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes.h"
#include "unit.h"

/* What an example's block begins with, of this kind of agent; and at least so many replies are in
 * the document: a parser that finds none proves nothing. */
#ifndef FENCE
#define FENCE "```"
enum { EXAMPLES = 20 };
#endif

static char got[8192];

/* What the target has sent, as the document writes it. */
static const char *sent(void)
{
	size_t n = 0;

	for (unsigned i = 0; i < mock_board.tx_len; i++) {
		uint8_t c = mock_board.tx[i];

		n += (size_t)sprintf(got + n, isprint(c) && c != '\\' ? "%c" : "\\x%02x", c);
		CHECK(n < sizeof got - 8);
	}
	got[n] = 0;
	mock_board.tx_len = 0;
	return got;
}

static void send_line(const char *at)
{
	for (; *at; at++) {
		char digits[3] = {0};
		uint8_t c = (uint8_t)*at;

		if (!strncmp(at, "\\x", 2) && at[2] && at[3]) {
			memcpy(digits, at + 2, 2);
			c = (uint8_t)strtoul(digits, NULL, 16);
			at += 3;
		}
		client_send(&c, 1);
	}
}

/* Polls for longer than the agent lets a record wait. */
static void settle(void)
{
	for (unsigned i = 0; i < 8; i++) {
		mock_board.ms += 5;
		tl_poll();
	}
}

static void examples(void)
{
	FILE *f = fopen(TL_ROOT "/protocol/SPEC.md", "r");
	char line[4096], want[4096] = "";
	unsigned replies = 0, number = 0;
	bool block = false, code = false;

	CHECK(f);
	client_start();
	mock_org(MOCK_TEXT);
	LI(R0, 42);
	PUSH(R0);
	POP(R1);
	HALT();
	mock_org(MOCK_TEXT + 0x20);
	CALL(MOCK_TEXT + 0x26);
	HALT();
	ADDI(R0, 1);
	RET();
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\r\n")] = 0;
		number++;
		unit_at("SPEC.md:%u", number);
		if (code && !strncmp(line, "<- ", 3)) {
			strcat(want, line + 3);
			replies++;
			continue;
		}
		if (*want) {
			unit_at("the reply before SPEC.md:%u", number);
			SAME(sent(), want);
			unit_at("SPEC.md:%u", number);
		}
		*want = 0;
		if (!strncmp(line, "```", 3)) {
			EQ(mock_board.tx_len, 0);
			code = !block && !strcmp(line, FENCE);
			block = !block;
		} else if (code && !strncmp(line, "-> ", 3)) {
			EQ(mock_board.tx_len, 0); /* nothing that the document does not say */
			send_line(line + 3);
			settle();
		} else if (code && !strncmp(line, "== ", 3)) {
			mock_cpu.regs = (struct mock_regs){.r = {[R0] = 7, [SP] = MOCK_MAIN_STACK}};
			CHECK(mock_run(strncmp(line, "== call", 7) ? MOCK_TEXT : MOCK_TEXT + 0x20,
			               100));
			settle();
		} else if (code && *line) {
			unit_fail(__FILE__, __LINE__, "what is \"%s\"?", line);
		}
	}
	fclose(f);
	CHECK(replies >= EXAMPLES);
}

static const struct unit_test tests[] = {
        {"the examples of SPEC.md", examples},
};
UNIT_MAIN(tests)
