/* SPDX-License-Identifier: MIT */
/*
 * What picolibc asks of the board: output through the agent's line, a heap, and nothing else.
 */
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "trapline.h"

static int put(char c, FILE *file)
{
	(void)file;
	while (!tl_console_write(&c, 1))
		tl_poll();
	return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);

FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;

void *sbrk(ptrdiff_t by)
{
	extern char end[];
	static char *brk = end;
	char *was = brk;

	brk += by;
	return was;
}

void _exit(int status)
{
	(void)status;
	for (;;)
		tl_poll();
}
