/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for agent expressions: the check and the run.
 *
 * Input: what the world lacks and how far its memory reaches; then the code. Whatever it is,
 * neither reads outside it nor runs over the budget, and the same input does the same again. What
 * passes the check ends, or fails for its data.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/bytecode.h"
#include "expr/tvar.h"

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum { HEAD = 2, REGS = 33, VARS = 4, NO_TRACE = 1, NO_PRINT = 2 };

static unsigned reach;        /* a read above fails */
static unsigned reads, calls; /* of memory; of the rest */
static uint64_t vars[VARS];
static uint32_t done; /* a hash of all that came out */

static void note(uint64_t v)
{
	done = (done ^ (uint32_t)v ^ (uint32_t)(v >> 32)) * 16777619u;
}

int tl_tvar_get(unsigned number, uint64_t *value)
{
	calls++;
	if (number >= VARS)
		return -TL_ETVAR;
	*value = vars[number];
	return 0;
}

int tl_tvar_set(unsigned number, uint64_t value)
{
	calls++;
	if (number >= VARS)
		return -TL_ETVAR;
	vars[number] = value;
	return 0;
}

static int get_reg(const void *ctx, unsigned n, uint64_t *value)
{
	REQUIRE(ctx == &vars);
	if (n >= REGS)
		return -TL_EREG;
	if (value) {
		*value = n * 0x01010101u;
		calls++;
	}
	return 0;
}

static int get_memory(uintptr_t addr, void *to, unsigned n)
{
	uint8_t *bytes = to;

	reads++;
	REQUIRE(n == 1 || n == 2 || n == 4 || n == 8);
	if ((addr & 0xff) + n > reach)
		return -TL_EFAULT;
	for (unsigned i = 0; i < n; i++)
		bytes[i] = (uint8_t)((addr + i) % 13 * 37);
	return 0;
}

static int trace(const void *ctx, uintptr_t addr, uintptr_t n)
{
	REQUIRE(ctx == &vars);
	calls++;
	note(addr);
	note(n);
	return (addr & 0xff) > reach ? -TL_EFAULT : 0;
}

static int trace_tvar(const void *ctx, unsigned number)
{
	REQUIRE(ctx == &vars);
	calls++;
	note(number);
	return 0;
}

static int print(const void *ctx, const char *text, unsigned n)
{
	REQUIRE(ctx == &vars && n);
	while (n--)
		note((uint8_t)*text++);
	return 0;
}

static int run(const struct tl_bytecode *code, const struct tl_world *world,
               struct tl_bytecode_result *out)
{
	int error;

	reads = calls = done = 0;
	memset(vars, 0, sizeof vars);
	error = tl_bytecode_run(code, world, out);
	/* A step each; strings are read a second time when they are printed. */
	REQUIRE(calls <= TL_BYTECODE_STEPS && reads <= 2 * TL_BYTECODE_STEPS);
	REQUIRE(error <= 0 && (error == -TL_EFAULT || !out->fault) && (!error || !out->value));
	return error;
}

static void fails_for_data_only(int error)
{
	switch (-error) {
	case TL_OK:
	case TL_EFAULT:
	case TL_EDIVIDE:
	case TL_ESTEPS:
	case TL_ETVAR:
		return;
	default:
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_world world = {get_reg, get_memory, trace, trace_tvar, print, &vars};
	struct tl_bytecode_result out, again;
	uint8_t *bytes; /* exactly as large as the code */
	unsigned at;
	int error;

	if (size < HEAD)
		return -1;
	if (data[0] & NO_TRACE)
		world.trace = NULL, world.trace_tvar = NULL;
	if (data[0] & NO_PRINT)
		world.print = NULL;
	reach = data[1];
	size -= HEAD;
	bytes = malloc(size ? size : 1);
	memcpy(bytes, data + HEAD, size);
	struct tl_bytecode code = {bytes, (unsigned)size};

	error = run(&code, &world, &out);
	uint32_t first = done;
	REQUIRE(run(&code, &world, &again) == error && done == first);
	REQUIRE(again.value == out.value && again.fault == out.fault && again.at == out.at);
	if (tl_bytecode_check(&code, &world, &at) == 0)
		fails_for_data_only(error);
	else
		REQUIRE(at <= size);
	free(bytes);
	return 0;
}
