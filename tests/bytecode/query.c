/* SPDX-License-Identifier: MIT */
/*
 * The agent's expressions as a filter, for tests that compare them with GDB's. usage: query <bits>
 * <base> <memory> [NUMBER=VALUE]…
 *
 * The target's words have so many bits; `memory` is a file of what it has at `base`; then its
 * registers by number, in hex. On each line an expression as bytecode_asm.h has it; of each:
 * <check> <run> <offset> <fault> <value> <text> <code> (the last two in hex, - for none)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytecode_asm.h"
#include "expr/bytecode.h"
#include "expr/tvar.h"

enum { REGS = 64 };

static uint8_t memory[1 << 20];
static uint64_t base, size, addresses; /* addresses: all ones */
static uint64_t regs[REGS];
static bool have[REGS];
static char printed[1 << 16];
static unsigned nprinted;

static int get_reg(const void *ctx, unsigned n, uint64_t *value)
{
	(void)ctx;
	if (n >= REGS || !have[n])
		return -TL_EREG;
	if (value)
		*value = regs[n];
	return 0;
}

static int get_memory(uintptr_t addr, void *to, unsigned n)
{
	uint64_t at = (addr & addresses) - base;

	if (at > size || n > size - at)
		return -TL_EFAULT;
	memcpy(to, memory + at, n);
	return 0;
}

static int print(const void *ctx, const char *text, unsigned n)
{
	(void)ctx;
	while (n--)
		nprinted += (unsigned)sprintf(printed + nprinted, "%02x", (uint8_t)*text++);
	return 0;
}

/* No expression of GDB's print command needs one. */
int tl_tvar_get(unsigned number, uint64_t *value)
{
	(void)number, (void)value;
	return -TL_ETVAR;
}

int tl_tvar_set(unsigned number, uint64_t value)
{
	(void)number, (void)value;
	return -TL_ETVAR;
}

static void evaluate(const char *text)
{
	static const struct tl_world world = {.reg = get_reg, .read = get_memory, .print = print};
	static uint8_t room[TL_BYTECODE_SIZE + 1];
	struct tl_bytecode_result out = {0};
	int n = bytecode_asm(text, room, sizeof room), checked, ran;
	unsigned at;

	if (n < 0) {
		puts("not understood");
		return;
	}
	/* exactly as large, so that the sanitizer sees whoever reads beyond it */
	uint8_t *bytes = malloc((size_t)n + 1);
	struct tl_bytecode code = {memcpy(bytes, room, (size_t)n), (unsigned)n};
	nprinted = 0;
	printed[0] = 0;
	checked = tl_bytecode_check(&code, &world, &at);
	ran = tl_bytecode_run(&code, &world, &out);
	printf("%d %d %u %lx %lx %s ", -checked, -ran, out.at, (long)(out.fault & addresses),
	       (long)out.value, nprinted ? printed : "-");
	for (int i = 0; i < n; i++)
		printf("%02x", bytes[i]);
	puts(n ? "" : "-");
	free(bytes);
}

int main(int argc, char **argv)
{
	static char line[1 << 16];
	FILE *file;

	if (argc < 4 || !(file = fopen(argv[3], "rb")))
		return 2;
	addresses = UINT64_MAX >> (64 - strtoul(argv[1], NULL, 0));
	base = strtoull(argv[2], NULL, 0);
	size = fread(memory, 1, sizeof memory, file);
	fclose(file);
	for (int i = 4; i < argc; i++) {
		char *value;
		unsigned long n = strtoul(argv[i], &value, 0);

		if (n >= REGS || *value != '=')
			return 2;
		regs[n] = strtoull(value + 1, NULL, 16);
		have[n] = true;
	}
	while (fgets(line, sizeof line, stdin))
		evaluate(line);
	return 0;
}
