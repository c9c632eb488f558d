/* SPDX-License-Identifier: MIT */
/*
 * Data that is watched: see data.h. An expression of C over variables that are always there, where
 * there is debug information; else a symbol, or an address, which is a word.
 */
#include "session/data.h"

#include <inttypes.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "expr/resolve.h"
#include "expr/value.h"
#include "program/place.h"

/* Where something is may not depend on what memory holds. */
static bool read_nothing(void *ctx, uint64_t addr, void *to, size_t n)
{
	(void)ctx, (void)addr, (void)to, (void)n;
	return false;
}

static struct tree *parse(const char *text, const struct fields_source *from)
{
	struct scope scope = {.elf = from->elf, .types = from->types};
	struct surroundings around = {.scope = &scope, .isa = from->isa};

	return expr_make(text, &around);
}

static int no_place(const char *text, const char *why)
{
	fail(USAGE, "'%s' has no place that is always the same: %s", text, why);
	hint("watch a variable, a member or an element of one, or what is at an address: "
	     "write:*(uint32_t *)0x20000400");
	return USAGE;
}

static int by_expression(struct point *p, const struct fields_source *from)
{
	struct evaluation e = {.isa = from->isa,
	                       .types = from->types,
	                       .machine = {.read = read_nothing, .word = from->isa->word}};
	struct tree *t = parse(p->data, from);
	struct value v;
	int status = DONE;

	if (!t->root) {
		status = tree_say(t, SYMBOL);
	} else if (!value_of(&e, t->root, &v)) {
		status = no_place(p->data, e.why);
	} else if (!v.in_memory) {
		status = no_place(p->data, "it is a value");
	} else if (v.bits) {
		status = fail(USAGE, "'%s' is a bit-field, and comparators compare bytes", p->data);
		hint("watch the word that it is in: write:*(uint32_t *)&…");
	} else {
		p->addr = v.addr;
		p->bytes = v.type->size;
	}
	arena_free(&e.arena);
	tree_free(t);
	return status;
}

static int by_symbol(struct point *p, const struct fields_source *from)
{
	uint64_t number;

	if (!from->elf && !parse_number(p->data, &number)) {
		fail(USAGE, "'%s': without an ELF only addresses can be watched", p->data);
		hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF");
		return USAGE;
	}
	return place_parse(p->data, from->elf, &p->addr, &p->bytes);
}

/* Comparators compare what one access can be. */
static int may_be_watched(const struct point *p, const struct tl_isa *isa)
{
	if (!p->bytes || p->bytes & (p->bytes - 1) || p->bytes > isa->word) {
		fail(USAGE, "'%s' has %" PRIu64 " bytes, and a comparator watches 1, 2%s or %u",
		     p->data, p->bytes, isa->word == 8 ? ", 4" : "", isa->word);
		hint("watch a member or an element, or a part: write:*(uint32_t *)0x%" PRIx64,
		     p->addr);
		return USAGE;
	}
	if (isa->word == 4 && p->addr > UINT32_MAX)
		return fail(USAGE, "'%s': not an address of a 32-bit core", p->data);
	if (p->addr % p->bytes) {
		fail(USAGE,
		     "'%s' is at 0x%" PRIx64 ", and a comparator watches %" PRIu64
		     " bytes at a multiple of that",
		     p->data, p->addr, p->bytes);
		hint("watch a part of it: write:*(uint8_t *)0x%" PRIx64, p->addr);
		return USAGE;
	}
	return DONE;
}

static bool has_types(const struct fields_source *from)
{
	return from->elf && lines_any(from->elf->lines);
}

static int locate(struct point *p, const struct fields_source *from)
{
	uint64_t number;
	bool address = parse_number(p->data, &number);
	int status = has_types(from) && !address ? by_expression(p, from) : by_symbol(p, from);

	for (p->bytes = address ? from->isa->word : p->bytes; address && p->addr % p->bytes;)
		p->bytes /= 2;
	return status ? status : may_be_watched(p, from->isa);
}

int points_locate(struct points *points, const struct fields_source *from)
{
	int status = DONE;

	for (size_t i = 0; i < points->n && !status; i++)
		if (points->at[i].watch && !points->at[i].id)
			status = locate(&points->at[i], from);
	return status;
}

const struct type *data_type(const struct point *p, const struct fields_source *from)
{
	const struct type *type = NULL;
	uint64_t number;
	struct tree *t;

	if (!p->data || !has_types(from) || parse_number(p->data, &number))
		return NULL;
	t = parse(p->data, from);
	if (t->root)
		type = t->root->type;
	tree_free(t);
	return type;
}
