/* SPDX-License-Identifier: MIT */
/*
 * trapline set VARIABLE VALUE: a typed value into memory while the firmware runs, if the type can
 * hold it.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "cmd/cmd.h"
#include "cmd/evaluate.h"
#include "session/target.h"

/* What an integer type holds at the least and the most. */
static void range(const struct value *v, int64_t *least, uint64_t *most)
{
	unsigned bits = v->bits ? v->bits : 8 * (unsigned)v->type->size;

	bits = v->type->kind == TYPE_BOOL ? 1 : bits;
	if (v->type->is_signed) {
		*least = bits < 64 ? -(INT64_C(1) << (bits - 1)) : INT64_MIN;
		*most = (UINT64_C(1) << (bits - 1)) - 1;
	} else {
		*least = 0;
		*most = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
	}
}

static bool is_negative(const struct value *v)
{
	return v->type->kind == TYPE_FLOAT ? value_real(v) < 0
	                                   : v->type->is_signed && value_integer(v) < 0;
}

/* The number to write; false: the type does not hold it. */
static bool as_integer(const struct value *from, const struct value *to, uint64_t *n)
{
	int64_t least;
	uint64_t most;

	range(to, &least, &most);
	if (from->type->kind == TYPE_FLOAT) {
		double real = value_real(from);

		if (real != floor(real) || real < -9.2e18 || real > 1.8e19)
			return false;
		*n = real < 0 ? (uint64_t)(int64_t)real : (uint64_t)real;
	} else {
		*n = (uint64_t)value_integer(from);
	}
	return is_negative(from) ? (int64_t)*n >= least : *n <= most;
}

static int does_not_fit(const struct tree *text, const struct value *to)
{
	char type[160];
	int64_t least;
	uint64_t most;

	type_write(to->type, type, sizeof type);
	range(to, &least, &most);
	if (to->bits)
		fail(REFUSED, "%s does not fit %u bits of %s", text->text, to->bits, type);
	else
		fail(REFUSED, "%s does not fit %s", text->text, type);
	hint("it holds integers from %lld to %llu", (long long)least, (unsigned long long)most);
	return REFUSED;
}

/* False: it is larger than what so many bytes hold. */
static bool put_real(const struct value *from, size_t size, uint8_t *bytes)
{
	double real = value_real(from);
	float single = (float)real;

	if (size == 4)
		memcpy(bytes, &single, 4);
	else
		memcpy(bytes, &real, 8);
	return size != 4 || isinf(real) || !isinf(single);
}

/* The bytes of `to` with the number in them: a bit-field's neighbours stay. */
static void put_integer(uint64_t n, struct value *to, uint8_t *bytes)
{
	unsigned bits = to->bits ? to->bits : 8 * (unsigned)to->n;

	for (unsigned i = 0; i < bits; i++) {
		unsigned at = i + to->shift;

		bytes[at / 8] = (uint8_t)((bytes[at / 8] & ~(1u << at % 8)) | (unsigned)(n >> i & 1)
		                                                                      << at % 8);
	}
}

/* The new bytes of `to`, whose old ones were read. */
static int convert(const struct tree *text, const struct value *from, struct value *to,
                   uint8_t *bytes)
{
	char type[160];
	uint64_t n;

	type_write(to->type, type, sizeof type);
	if (!type_is_scalar(to->type) || to->n > 16) {
		fail(USAGE, "%s cannot be set as a whole", type);
		hint("set its members or elements, or write bytes: trapline write");
		return USAGE;
	}
	if (!type_is_scalar(from->type))
		return fail(USAGE, "%s is no number", text->text);
	memcpy(bytes, to->bytes, to->n);
	if (to->type->kind == TYPE_FLOAT) {
		if (put_real(from, to->n, bytes))
			return DONE;
		fail(REFUSED, "%s does not fit %s", text->text, type);
		hint("it holds numbers from %g to %g", -(double)FLT_MAX, (double)FLT_MAX);
		return REFUSED;
	}
	if (!as_integer(from, to, &n))
		return does_not_fit(text, to);
	put_integer(n, to, bytes);
	return DONE;
}

static int write_bytes(struct evaluator *v, const struct tree *what, const struct value *to,
                       const uint8_t *bytes)
{
	uint8_t back[16];
	int result = target_write(&v->a->session, to->addr, bytes, to->n);

	if (!result)
		result = target_read(&v->a->session, to->addr, back, to->n);
	if (result)
		return target_report(&v->a->session, result, what->text);
	if (memcmp(back, bytes, to->n) != 0)
		warn("what %s reads now is not what was written: the firmware wrote it, too, or it "
		     "is read-only",
		     what->text);
	return DONE;
}

static int set(struct evaluator *v, const struct tree *what, const struct tree *text,
               const struct options *o)
{
	const struct elf_section *section;
	struct value to, from;
	uint8_t bytes[16];
	int status = evaluator_value(v, text, &from);

	if (!status)
		status = evaluator_value(v, what, &to);
	if (status)
		return status;
	if (!to.in_memory)
		return fail(USAGE, "%s is no variable, nor a part of one", what->text);
	section = elf_section_at(v->a->elf, to.addr);
	if (section && !section->writable && !o->force) {
		fail(REFUSED, "%s is constant: it is in %s", what->text, section->name);
		hint("--force writes all the same");
		return REFUSED;
	}
	status = convert(text, &from, &to, bytes);
	return status ? status : write_bytes(v, what, &to, bytes);
}

int cmd_set(const struct options *o, int argc, char **argv)
{
	struct tree *what = NULL, *text = NULL;
	struct evaluator v;
	struct attached a;
	int status;

	if (argc != 2)
		return MISUSED;
	status = attach(&a, o, WANT_PORT | WANT_ELF);
	if (status)
		return status;
	evaluator_open(&v, &a);
	what = evaluator_parse(&v, argv[0]);
	text = what ? evaluator_parse(&v, argv[1]) : NULL;
	status = text ? set(&v, what, text, o) : SYMBOL;
	tree_free(what);
	tree_free(text);
	evaluator_close(&v);
	detach(&a);
	return status;
}
