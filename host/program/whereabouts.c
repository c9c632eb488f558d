/* SPDX-License-Identifier: MIT */
/*
 * Finds locations of variables: see whereabouts.h.
 */
#include "program/whereabouts.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/operations.h"

/* -- frames -- */

static bool cfa_at(const struct elf *elf, uint64_t addr, struct term *cfa)
{
	struct place_context ctx = {.elf = elf, .addr = addr};
	struct unwind unwind;
	Dwarf_Op *ops;
	size_t n;
	bool known;

	if (!lines_unwind(elf->lines, addr, &unwind))
		return false;
	known = dwarf_frame_cfa(unwind.frame, &ops, &n) == 0 && n &&
	        formula_term(&ctx, ops, n, cfa);
	lines_unwind_end(&unwind);
	return known;
}

/* The function's frame base at that address: of gcc the CFA, of clang a register. */
static bool frame_base(const struct elf *elf, const struct scopes *scopes, uint64_t addr,
                       struct term *base)
{
	Dwarf_Die function = scopes->at[0];
	struct place_context ctx = {.elf = elf, .addr = addr};
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr_integrate(&function, DW_AT_frame_base, &attr) ||
	    dwarf_getlocation_addr(&attr, addr, &ops, &n, 1) != 1 || !n)
		return false;
	if (n == 1 && ops->atom == DW_OP_call_frame_cfa)
		return cfa_at(elf, addr, base);
	ctx.attr = &attr;
	return formula_term(&ctx, ops, n, base);
}

/* -- locations -- */

static void read_at(const struct elf *elf, const struct scopes *scopes, Dwarf_Attribute *attr,
                    uint64_t addr, Dwarf_Op *ops, size_t n, struct formula *f)
{
	struct term base = {0};
	bool known = frame_base(elf, scopes, addr, &base);
	struct place_context ctx = {elf, attr, known ? &base : NULL, addr};

	formula_read(&ctx, ops, n, f);
	free(base.base);
}

/* What is read, as it is shown; `f` is freed. */
static char *shown(struct formula *f)
{
	const char *form = f->kind == FORMULA_MEMORY  ? "[%s]"
	                   : f->kind == FORMULA_VALUE ? "= %s"
	                                              : "%s";
	char *text = format_string(form, f->text ? f->text : ""); /* NOLINT: one of these three */

	free(f->text);
	return text;
}

static enum whereabouts_kind kind_of(enum formula_kind kind)
{
	switch (kind) {
	case FORMULA_ENTRY:
		return WHERE_ENTRY;
	case FORMULA_NONE:
		return WHERE_NOWHERE;
	case FORMULA_UNREAD:
		return WHERE_UNKNOWN;
	default:
		return WHERE_HERE;
	}
}

static char *constant(Dwarf_Attribute *attr)
{
	Dwarf_Sword number;
	Dwarf_Block block;
	uint64_t v = 0;

	if (dwarf_formsdata(attr, &number) == 0)
		return format_string("= %lld", (long long)number);
	if (dwarf_formstring(attr))
		return format_string("= \"%s\"", dwarf_formstring(attr));
	if (dwarf_formblock(attr, &block) != 0)
		return copy_string("a constant that cannot be read");
	if (block.length > sizeof v)
		return format_string("= %llu bytes of a constant",
		                     (unsigned long long)block.length);
	for (Dwarf_Word i = 0; i < block.length; i++)
		v |= (uint64_t)block.data[i] << 8 * i;
	return format_string("= 0x%llx", (unsigned long long)v);
}

/* A range of a list, or the one location that holds everywhere: then `end` is UINT64_MAX. */
typedef bool each_range_fn(void *ctx, uint64_t start, uint64_t end, Dwarf_Op *, size_t n);

static void each_range(Dwarf_Attribute *attr, each_range_fn *take, void *ctx)
{
	Dwarf_Addr base, start, end;
	Dwarf_Op *ops;
	ptrdiff_t at = 0;
	size_t n;

	while ((at = dwarf_getlocations(attr, at, &base, &start, &end, &ops, &n)) > 0)
		if (start < end && !take(ctx, start, end, ops, n))
			return;
}

struct at {
	const struct elf *elf;
	const struct scopes *scopes;
	Dwarf_Attribute *attr;
	uint64_t addr;
	struct whereabouts *to;
	struct where_ranges *ranges;
	bool elsewhere;
};

static bool take_here(void *ctx, uint64_t start, uint64_t end, Dwarf_Op *ops, size_t n)
{
	struct at *at = ctx;
	struct formula f;

	at->elsewhere |= n > 0;
	if (at->addr < start || at->addr >= end)
		return true;
	read_at(at->elf, at->scopes, at->attr, at->addr, ops, n, &f);
	at->to->kind = kind_of(f.kind);
	if (at->to->kind != WHERE_NOWHERE)
		at->to->text = shown(&f);
	return false;
}

void whereabouts_at(const struct elf *elf, const struct scopes *scopes, Dwarf_Die *die,
                    uint64_t addr, struct whereabouts *to)
{
	Dwarf_Attribute attr;
	struct at at = {elf, scopes, &attr, addr, to, NULL, false};

	*to = (struct whereabouts){WHERE_NOWHERE, NULL};
	if (dwarf_attr_integrate(die, DW_AT_location, &attr)) {
		each_range(&attr, take_here, &at);
		if (to->kind == WHERE_NOWHERE && at.elsewhere)
			to->kind = WHERE_ELSEWHERE;
	} else if (dwarf_attr_integrate(die, DW_AT_const_value, &attr)) {
		*to = (struct whereabouts){WHERE_HERE, constant(&attr)};
	} else if (dwarf_hasattr_integrate(die, DW_AT_declaration)) {
		*to = (struct whereabouts){WHERE_UNKNOWN, copy_string("defined elsewhere")};
	}
}

/* gcc has a stretch begin or end within a call, a byte before the next instruction: for people, it
 * is at that. */
static uint64_t boundary(const struct elf *elf, uint64_t addr)
{
	unsigned align = elf->isa->insn_align;

	return addr > UINT64_MAX - align ? addr : (addr + align - 1) / align * align;
}

static bool take_range(void *ctx, uint64_t start, uint64_t end, Dwarf_Op *ops, size_t n)
{
	struct at *at = ctx;
	struct where_ranges *to = at->ranges;
	struct formula f;

	start = boundary(at->elf, start);
	end = boundary(at->elf, end);
	if (start >= end)
		return true;
	read_at(at->elf, at->scopes, at->attr, start, ops, n, &f);
	if (kind_of(f.kind) != WHERE_HERE) {
		free(f.text);
		return true;
	}
	to->at = grow(to->at, to->n + 1, sizeof *to->at);
	to->at[to->n++] = (struct where_range){start, end, shown(&f)};
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct where_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

void where_ranges_of(const struct elf *elf, const struct scopes *scopes, Dwarf_Die *die,
                     struct where_ranges *to)
{
	Dwarf_Attribute attr;
	struct at at = {elf, scopes, &attr, 0, NULL, to, false};

	*to = (struct where_ranges){0};
	if (dwarf_attr_integrate(die, DW_AT_location, &attr))
		each_range(&attr, take_range, &at);
	if (to->n)
		qsort(to->at, to->n, sizeof *to->at, by_start);
}

void where_ranges_free(struct where_ranges *ranges)
{
	for (size_t i = 0; i < ranges->n; i++)
		free(ranges->at[i].text);
	free(ranges->at);
	*ranges = (struct where_ranges){0};
}
