/* SPDX-License-Identifier: MIT */
/*
 * The assembler of mock programs: see mock_asm.h.
 */
#include "mock_asm.h"

#include <string.h>

#include "mock_cpu.h"

static uintptr_t at = MOCK_TEXT;

uintptr_t mock_org(uintptr_t to)
{
	uintptr_t was = at;

	at = to;
	return was;
}

uintptr_t mock_here(void)
{
	return at;
}

static uintptr_t put(const void *bytes, unsigned n)
{
	uintptr_t was = at;

	memcpy((void *)at, bytes, n);
	at += n;
	return was;
}

uintptr_t mock_emit(enum mock_op op, unsigned rd, unsigned rs, int imm)
{
	const uint8_t bytes[] = {(uint8_t)op, (uint8_t)(rd << 4 | rs), (uint8_t)imm,
	                         (uint8_t)(imm >> 8)};

	return put(bytes, op & 0x80 ? 4 : 2);
}

uintptr_t mock_word(uintptr_t value)
{
	at = (at + 7) & ~(uintptr_t)7;
	return put(&value, sizeof value);
}

void mock_target(uintptr_t branch, uintptr_t to)
{
	int16_t imm = (int16_t)(to - branch);

	memcpy((void *)(branch + 2), &imm, sizeof imm);
}

uintptr_t mock_jump(enum mock_op op, uintptr_t to)
{
	uintptr_t branch = mock_emit(op, 0, 0, 0);

	if (to)
		mock_target(branch, to);
	return branch;
}
