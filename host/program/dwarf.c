/* SPDX-License-Identifier: MIT */
/*
 * The DWARF line tables through libdw: see dwarf.h. Which unit an address belongs to is found in an
 * index of our own, made once from the units' ranges: the file's own table (.debug_aranges) is
 * often missing (clang, Rust), or not as libdw wants it (GNU as for RISC-V).
 */
#include "program/dwarf.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/dwarf_units.h"
#include "program/frames.h"
#include "program/unpack.h"

struct range {
	uint64_t low, high;
	uint64_t highest; /* of this one and those before it */
	Dwarf *dwarf;
	Dwarf_Off unit;
};

struct lines {
	int *fds;
	size_t nfds;
	bool tried;
	struct unpacked *unpacked;
	const char *missing; /* the first of the .dwo files that are not there */
	unsigned nmissing;
	Elf **elfs;     /* of each fd, read anew, since debug sections may have to be unpacked */
	Dwarf **dwarfs; /* of each, NULL if it has none */
	struct range *ranges;
	size_t nranges;
};

struct lines *lines_open(void)
{
	struct lines *l = grow(NULL, 1, sizeof *l);

	*l = (struct lines){0};
	return l;
}

void lines_add(struct lines *l, int fd)
{
	l->fds = grow(l->fds, l->nfds + 1, sizeof *l->fds);
	l->fds[l->nfds++] = fd;
}

void lines_close(struct lines *l)
{
	if (!l)
		return;
	for (size_t i = 0; l->tried && i < l->nfds; i++) {
		if (l->dwarfs[i])
			dwarf_end(l->dwarfs[i]);
		elf_end(l->elfs[i]);
	}
	free(l->dwarfs);
	free(l->elfs);
	unpack_free(l->unpacked);
	free(l->ranges);
	free(l->fds);
	free(l);
}

/* -- the index of units -- */

static int by_low(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->high > y->high ? -1 : x->high < y->high;
}

static void add_unit(struct lines *l, Dwarf *dwarf, Dwarf_Die *unit)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(unit, at, &base, &low, &high)) > 0) {
		if (low >= high)
			continue;
		if (l->nranges % 256 == 0)
			l->ranges = grow(l->ranges, l->nranges + 256, sizeof *l->ranges);
		l->ranges[l->nranges++] = (struct range){
		        .low = low, .high = high, .dwarf = dwarf, .unit = dwarf_dieoffset(unit)};
	}
}

static void each_unit(Dwarf *dwarf, unit_fn *take, void *ctx)
{
	Dwarf_Off at = 0, next;
	Dwarf_Die unit;
	size_t head;

	for (; dwarf_nextcu(dwarf, at, &next, &head, NULL, NULL, NULL) == 0 && next > at; at = next)
		if (dwarf_offdie(dwarf, at + head, &unit))
			take(ctx, dwarf, &unit);
}

/* -- split units (-gsplit-dwarf): the lines are here, the rest in a .dwo file -- */

/* What describes the unit; false: it is in a file that is not there. */
static bool whole_unit(Dwarf_Die *unit)
{
	Dwarf_Die split;
	uint8_t type;

	if (dwarf_cu_info(unit->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) != 0 ||
	    type != DW_UT_skeleton)
		return true;
	if (!split.addr)
		return false;
	*unit = split;
	return true;
}

static const char *dwo_name(Dwarf_Die *unit)
{
	Dwarf_Attribute attr;
	const char *name = dwarf_formstring(dwarf_attr(unit, DW_AT_dwo_name, &attr));

	return name ? name : dwarf_formstring(dwarf_attr(unit, DW_AT_GNU_dwo_name, &attr));
}

static void look_for_dwo(struct lines *l, Dwarf_Die unit)
{
	Dwarf_Die skeleton = unit;
	const char *name;

	if (whole_unit(&unit))
		return;
	name = dwo_name(&skeleton);
	if (!l->nmissing++)
		l->missing = name ? name : "?";
}

static void tell_missing(const struct lines *l)
{
	if (!l->nmissing)
		return;
	if (l->nmissing == 1)
		note("debug information that was split off is not there: %s", l->missing);
	else
		note("debug information that was split off is not there: %s and %u more",
		     l->missing, l->nmissing - 1);
	hint("inlined functions are not found, nor by name what the agent calls in a trap; lines "
	     "are: keep the .dwo files where "
	     "they were built, or compile without -gsplit-dwarf");
}

static void index_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	add_unit(ctx, dwarf, unit);
	look_for_dwo(ctx, *unit);
}

static void load(struct lines *l)
{
	if (l->tried)
		return;
	l->tried = true;
	l->dwarfs = grow(NULL, l->nfds, sizeof *l->dwarfs);
	l->elfs = grow(NULL, l->nfds, sizeof *l->elfs);
	for (size_t i = 0; i < l->nfds; i++) {
		l->elfs[i] = elf_begin(l->fds[i], ELF_C_READ_MMAP_PRIVATE, NULL);
		if (!unpack_debug(&l->unpacked, l->elfs[i]))
			warn("zstd-compressed debug sections are damaged: source lines may be "
			     "missing");
		l->dwarfs[i] = dwarf_begin_elf(l->elfs[i], DWARF_C_READ, NULL);
		if (l->dwarfs[i])
			each_unit(l->dwarfs[i], index_unit, l);
	}
	tell_missing(l);
	if (l->nranges)
		qsort(l->ranges, l->nranges, sizeof *l->ranges, by_low);
	for (size_t i = 0; i < l->nranges; i++)
		l->ranges[i].highest = i && l->ranges[i - 1].highest > l->ranges[i].high
		                               ? l->ranges[i - 1].highest
		                               : l->ranges[i].high;
}

bool lines_any(struct lines *l)
{
	load(l);
	for (size_t i = 0; i < l->nfds; i++)
		if (l->dwarfs[i])
			return true;
	return false;
}

struct taker {
	unit_fn *take;
	void *ctx;
};

static void take_whole(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	const struct taker *t = ctx;

	whole_unit(unit);
	t->take(t->ctx, dwarf, unit);
}

void lines_tables(struct lines *l, unit_fn *take, void *ctx)
{
	load(l);
	for (size_t i = 0; i < l->nfds; i++)
		if (l->dwarfs[i])
			each_unit(l->dwarfs[i], take, ctx);
}

void lines_units(struct lines *l, unit_fn *take, void *ctx)
{
	struct taker taker = {take, ctx};

	lines_tables(l, take_whole, &taker);
}

static uint64_t range_low(const void *l, size_t i)
{
	return ((const struct lines *)l)->ranges[i].low;
}

/* The ranges that have an address, the nearest first: what a linker threw away may claim address 0
 * and what follows. `from`: where the last one was, at first nranges. NULL: no more. */
static const struct range *next_range(const struct lines *l, uint64_t addr, size_t *from)
{
	size_t i = *from == l->nranges ? up_to(l, l->nranges, range_low, addr) : *from;

	while (i-- > 0 && l->ranges[i].highest > addr)
		if (addr < l->ranges[i].high) {
			*from = i;
			return &l->ranges[i];
		}
	return NULL;
}

void lines_units_at(struct lines *l, uint64_t addr, unit_at_fn *take, void *ctx)
{
	const struct range *range;
	Dwarf_Die unit;

	load(l);
	for (size_t i = l->nranges; (range = next_range(l, addr, &i)) != NULL;)
		if (dwarf_offdie(range->dwarf, range->unit, &unit) && whole_unit(&unit) &&
		    !take(ctx, range->dwarf, &unit))
			return;
}

const char *lines_missing_at(struct lines *l, uint64_t addr)
{
	const struct range *range;
	Dwarf_Die unit, whole;
	const char *name;

	load(l);
	for (size_t i = l->nranges; (range = next_range(l, addr, &i)) != NULL;) {
		if (!dwarf_offdie(range->dwarf, range->unit, &unit))
			continue;
		whole = unit;
		name = whole_unit(&whole) ? NULL : dwo_name(&unit);
		if (name)
			return name;
	}
	return NULL;
}

/* -- unwinding -- */

bool lines_unwind(struct lines *l, uint64_t addr, struct unwind *to)
{
	load(l);
	for (size_t i = 0; i < l->nfds; i++) {
		Dwarf_CFI *cfi = l->dwarfs[i] ? dwarf_getcfi(l->dwarfs[i]) : NULL;

		*to = (struct unwind){0};
		if (cfi && frames_claiming(l->elfs[i], addr) > 1)
			return false;
		if (cfi && dwarf_cfi_addrframe(cfi, addr, &to->frame) == 0)
			return true;
		to->own = l->elfs[i] ? dwarf_getcfi_elf(l->elfs[i]) : NULL;
		if (to->own && dwarf_cfi_addrframe(to->own, addr, &to->frame) == 0)
			return true;
		if (to->own)
			dwarf_cfi_end(to->own);
	}
	return false;
}

void lines_unwind_end(struct unwind *unwind)
{
	free(unwind->frame);
	if (unwind->own)
		dwarf_cfi_end(unwind->own);
}

/* -- lines -- */

bool line_name(const char *file, int number, char *to, size_t size)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (!file || number <= 0)
		return false;
	snprintf(to, size, "%s:%d", slash ? slash + 1 : file, number);
	return true;
}

static bool describe_in(const struct range *range, uint64_t addr, char *to, size_t size)
{
	Dwarf_Die unit;
	Dwarf_Line *line;
	int number;

	if (!dwarf_offdie(range->dwarf, range->unit, &unit))
		return false;
	line = dwarf_getsrc_die(&unit, addr);
	return line && dwarf_lineno(line, &number) == 0 &&
	       line_name(dwarf_linesrc(line, NULL, NULL), number, to, size);
}

bool lines_describe(struct lines *l, uint64_t addr, char *to, size_t size)
{
	const struct range *range;

	*to = 0;
	if (!l)
		return false;
	load(l);
	for (size_t i = l->nranges; (range = next_range(l, addr, &i)) != NULL;)
		if (describe_in(range, addr, to, size))
			return true;
	return false;
}
