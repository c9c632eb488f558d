/* SPDX-License-Identifier: MIT */
/*
 * An assembler for agent expressions: see bytecode_asm.h.
 */
#include "bytecode_asm.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned operand;
} ops[256] = {
#define TL_BYTECODE_OP(name, value, operand, pops, pushes) [value] = {#name, operand},
#define TL_BYTECODE_FLOAT(name, value)                     [value] = {#name, 0},
#include "expr/bytecodes.def"
#undef TL_BYTECODE_FLOAT
#undef TL_BYTECODE_OP
};

struct output {
	uint8_t *bytes;
	unsigned n, room;
	const char *in;
};

const char *bytecode_name(unsigned op)
{
	return ops[op].name;
}

static void put(struct output *o, uint64_t v, unsigned bytes)
{
	while (bytes--) {
		if (o->n < o->room)
			o->bytes[o->n] = (uint8_t)(v >> 8 * bytes);
		o->n++;
	}
}

/* A number that fits so many bytes. */
static int number(struct output *o, unsigned bytes)
{
	char *end;
	unsigned long long v = strtoull(o->in, &end, 0);

	if (end == o->in || (bytes < 8 && v >> 8 * bytes))
		return -1;
	o->in = end;
	put(o, v, bytes);
	return 0;
}

/* "format", what is between the quotes as it is, and a zero. */
static int string(struct output *o)
{
	const char *from = o->in + strspn(o->in, " ") + 1, *to = from;

	if (from[-1] != '"')
		return -1;
	for (; *to && *to != '"'; to++)
		to += *to == '\\' && to[1];
	if (!*to)
		return -1;
	put(o, (uint64_t)(to - from) + 1, 2);
	while (from < to)
		put(o, (uint8_t)*from++, 1);
	put(o, 0, 1);
	o->in = to + 1;
	return 0;
}

static int instruction(struct output *o)
{
	size_t n = strcspn(o->in, " \n");

	for (unsigned op = 0; op < 256; op++) {
		if (!ops[op].name || strlen(ops[op].name) != n ||
		    strncmp(ops[op].name, o->in, n) != 0)
			continue;
		o->in += n;
		put(o, op, 1);
		if (strcmp(ops[op].name, "printf") == 0)
			return number(o, 1) || string(o) ? -1 : 0;
		return ops[op].operand ? number(o, ops[op].operand) : 0;
	}
	return number(o, 1);
}

int bytecode_asm(const char *text, uint8_t *out, unsigned room)
{
	struct output o = {out, 0, room, text};

	while (*(o.in += strspn(o.in, " \n")))
		if (instruction(&o))
			return -1;
	return o.n <= room ? (int)o.n : -1;
}
