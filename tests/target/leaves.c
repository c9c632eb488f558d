/* SPDX-License-Identifier: MIT */
/*
 * Calls that are left by longjmp(), from places of different depth, as parsers do that give up; and
 * one that goes on later, on a stack within the stack. Commands: lines on the console, "leave N",
 * "hold 0", "resume 0".
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "check.h"

static volatile uint32_t calls, sink;
static jmp_buf out, outer, inner;

__attribute__((noinline)) int field(int depth);
int field(int depth)
{
	calls = calls + 1;
	if (depth == 0 && sink % 2)
		longjmp(out, 1);
	return depth == 0 ? 1 : field(depth - 1) + 1;
}

__attribute__((noinline)) static void job(unsigned bytes)
{
	volatile uint8_t room[bytes];

	room[0] = 1;
	if (setjmp(out) == 0)
		field(3);
	room[bytes - 1] = room[0];
}

/* Half of the jobs are left. */
static void leave(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		sink = i;
		job(8 + 8 * (i * 37 % 25));
		for (unsigned polls = 0; polls < 20; polls++)
			tl_poll();
	}
	printf("left, %lu calls\n", (unsigned long)calls);
}

__attribute__((noinline)) int held(int n);
int held(int n)
{
	if (setjmp(inner) == 0)
		longjmp(outer, 1);
	return n + 1;
}

__attribute__((noinline)) static void within(void)
{
	volatile uint8_t others[3000]; /* the stack of those that go on meanwhile */

	others[0] = 41;
	printf("held %d\n", held(others[0]));
	longjmp(outer, 1);
}

static void hold(uint32_t n)
{
	(void)n;
	if (setjmp(outer) == 0)
		within();
	puts("holding");
}

static void resume(uint32_t n)
{
	(void)n;
	if (setjmp(outer) == 0)
		longjmp(inner, 1);
	puts("resumed");
}

static const struct {
	const char *name;
	void (*run)(uint32_t n);
} commands[] = {{"leave ", leave}, {"hold ", hold}, {"resume ", resume}};

int main(void)
{
	static char line[32];
	size_t length = 0;
	char c;

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	puts("leaves: ready");
	for (;;) {
		tl_poll();
		if (tl_console_read(&c, 1) != 1)
			continue;
		line[length++ % sizeof line] = c;
		if (c != '\n')
			continue;
		line[(length - 1) % sizeof line] = 0;
		length = 0;
		for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
			if (!strncmp(line, commands[i].name, strlen(commands[i].name)))
				commands[i].run((uint32_t)strtoul(line + strlen(commands[i].name),
				                                  NULL, 0));
	}
}
