/* SPDX-License-Identifier: MIT */
/*
 * What is at an address, by bisection of the sorted tables: see elf.h.
 */
#include <stdio.h>
#include <string.h>

#include "program/elf.h"
#include "program/lookup.h"
#include "program/starts.h"

/* The index after the last function that begins at or before `addr`. */
static size_t funcs_up_to(const struct elf *e, uint64_t addr)
{
	size_t low = 0, high = e->nfuncs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->funcs[middle]->addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct elf_symbol *elf_func_at(const struct elf *e, uint64_t addr)
{
	const struct elf_symbol *found = NULL;
	size_t i = funcs_up_to(e, addr);
	uint64_t start = i ? e->funcs[i - 1]->addr : 0;

	/* Of several names for one place, the first in order is the best. */
	while (i-- > 0 && e->funcs[i]->addr == start)
		if (addr - start < e->funcs[i]->size)
			found = e->funcs[i];
	return found;
}

const struct elf_symbol *elf_func_after(const struct elf *e, uint64_t addr)
{
	size_t i = funcs_up_to(e, addr);

	return i < e->nfuncs ? e->funcs[i] : NULL;
}

bool elf_named(const struct elf *e, uint64_t addr, const char *name)
{
	for (size_t i = funcs_up_to(e, addr); i-- > 0 && e->funcs[i]->addr == addr;)
		if (strcmp(e->funcs[i]->name, name) == 0)
			return true;
	return false;
}

const struct elf_section *elf_section_at(const struct elf *e, uint64_t addr)
{
	size_t low = 0, high = e->nsections;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->sections[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	/* Those of several files may lie within each other. */
	for (; low; low--) {
		if (addr - e->sections[low - 1].addr < e->sections[low - 1].size)
			return &e->sections[low - 1];
		if (!e->overlaps)
			break;
	}
	return NULL;
}

/* The index of the first mark after `addr`. */
static size_t marks_up_to(const struct elf *e, uint64_t addr)
{
	size_t low = 0, high = e->nmarks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->marks[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool elf_is_data(const struct elf *e, uint64_t addr)
{
	size_t i = marks_up_to(e, addr);
	const struct elf_section *section = elf_section_at(e, addr);

	return i && section && e->marks[i - 1].addr >= section->addr && e->marks[i - 1].data;
}

uint64_t elf_next_mark(const struct elf *e, uint64_t addr, uint64_t end)
{
	size_t i = marks_up_to(e, addr);

	return i < e->nmarks && e->marks[i].addr < end ? e->marks[i].addr : end;
}

bool elf_has_marks(const struct elf *e, const struct elf_section *section)
{
	size_t i = marks_up_to(e, section->addr + section->size - 1);

	return i && e->marks[i - 1].addr >= section->addr;
}

/* Without a function's symbol: the last start that an unwind table tells, or the mapping symbol of
 * code, if that is later. */
static bool piece_by_start(const struct elf *e, const struct elf_section *section, uint64_t addr,
                           uint64_t *start)
{
	size_t mark = marks_up_to(e, addr), n = starts_up_to(e, addr);
	bool found = false;

	*start = section->addr;
	if (mark && !e->marks[mark - 1].data && e->marks[mark - 1].addr >= *start) {
		*start = e->marks[mark - 1].addr;
		found = true;
	}
	if (n && e->starts[n - 1] >= *start) {
		*start = e->starts[n - 1];
		found = true;
	}
	return found;
}

bool elf_piece_at(const struct elf *e, uint64_t addr, uint64_t *start, uint64_t *end)
{
	const struct elf_section *section = elf_section_at(e, addr);
	const struct elf_symbol *func = elf_func_at(e, addr);
	size_t n = starts_up_to(e, addr);

	if (!section)
		return false;
	*end = section->addr + section->size;
	if (func) {
		*start = func->addr;
		if (func->size < *end - func->addr)
			*end = func->addr + func->size;
		return true;
	}
	if (!piece_by_start(e, section, addr, start))
		return false;
	func = elf_func_after(e, addr);
	if (func && func->addr < *end)
		*end = func->addr;
	if (n < e->nstarts && e->starts[n] < *end)
		*end = e->starts[n];
	return true;
}

void elf_describe(const struct elf *e, uint64_t addr, char *to, size_t size)
{
	const struct elf_symbol *func = e ? elf_func_at(e, addr) : NULL;
	const char *name = func ? elf_name(e, func) : NULL;
	uint64_t off = func ? addr - func->addr : 0;
	char behind[24] = "";
	size_t room, length;

	if (!func) {
		snprintf(to, size, "0x%llx", (unsigned long long)addr);
		return;
	}
	if (off)
		snprintf(behind, sizeof behind, off < 10 ? "+%llu" : "+0x%llx",
		         (unsigned long long)off);
	room = size - strlen(behind) - 1;
	length = strlen(name);
	if (length <= room)
		snprintf(to, size, "%s%s", name, behind);
	else /* a longer name loses its end, never its offset */
		snprintf(to, size, "%.*s…%s", (int)(room - strlen("…")), name, behind);
}
