/* SPDX-License-Identifier: MIT */
/*
 * Fetch programs from text: see fetch_asm.h.
 */
#include "fetch_asm.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned operands;
} ops[] = {
#define TL_FETCH_OP(name, operands, text) {#name, operands},
#include "fetch.def"
#undef TL_FETCH_OP
};

enum { NOPS = sizeof ops / sizeof ops[0] };

/* Operands: as many numbers as there are bytes, but one number of several bytes for a constant. */
static unsigned numbers(unsigned op)
{
	return !strncmp(ops[op].name, "CONST", 5) || !strcmp(ops[op].name, "ADD2")
	               ? 1
	               : ops[op].operands;
}

static int instruction(char **at, uint8_t *out, unsigned room)
{
	char *word = strtok_r(NULL, " ", at);
	unsigned op = 0, n;

	if (!word)
		return 0;
	while (op < NOPS && strcmp(word, ops[op].name))
		op++;
	if (op == NOPS || 1 + ops[op].operands > room)
		return -1;
	*out++ = (uint8_t)op;
	n = numbers(op);
	for (unsigned i = 0; i < n; i++) {
		const char *number = strtok_r(NULL, " ", at);
		uint64_t value = number ? strtoull(number, NULL, 0) : 0;

		if (!number)
			return -1;
		for (unsigned b = 0; b < ops[op].operands / n; b++, value >>= 8)
			*out++ = (uint8_t)value;
	}
	return (int)(1 + ops[op].operands);
}

static int part(const char *text, size_t length, uint8_t *out, unsigned size)
{
	char copy[4096] = "- ", *at;
	unsigned n = 0;
	int more;

	if (length > sizeof copy - 8)
		return -1;
	strncat(copy, text, length);
	strtok_r(copy, " ", &at);
	while ((more = instruction(&at, out + n, size - n)) > 0)
		n += (unsigned)more;
	return more < 0 ? -1 : (int)n;
}

int fetch_asm(const char *text, uint8_t *out, unsigned size)
{
	const char *values = strchr(text, ';');
	unsigned n = 1;
	int more;

	out[0] = 0;
	if (values) {
		more = part(text, (size_t)(values - text), out + 1, size - 3);
		if (more < 0 || more > 254)
			return -1;
		n += (unsigned)more;
		out[n++] = 0;
		out[0] = (uint8_t)(n - 1);
		text = values + 1;
	}
	more = part(text, strlen(text), out + n, size - n - 1);
	if (more < 0)
		return -1;
	n += (unsigned)more;
	out[n++] = 0;
	return (int)n;
}
