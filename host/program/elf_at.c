/* SPDX-License-Identifier: MIT */
/*
 * What is at an address, by bisection of the sorted tables: see elf.h.
 */
#include <string.h>

#include "base/util.h"
#include "error.h"
#include "program/elf.h"

static uint64_t func_addr(const void *e, size_t i)
{
	return ((const struct elf *)e)->funcs[i]->addr;
}

static uint64_t section_addr(const void *e, size_t i)
{
	return ((const struct elf *)e)->sections[i].addr;
}

static uint64_t mark_addr(const void *e, size_t i)
{
	return ((const struct elf *)e)->marks[i].addr;
}

/* The index after the last function that begins at or before `addr`. */
static size_t funcs_up_to(const struct elf *e, uint64_t addr)
{
	return up_to(e, e->nfuncs, func_addr, addr);
}

/* -- programs that the firmware loads -- */

const struct elf_file *elf_image_at(const struct elf *e, uint64_t addr)
{
	for (size_t i = 0; i < e->nfiles; i++) {
		const struct elf_file *f = &e->files[i];

		for (size_t k = 0; f->image && k < f->nsegments; k++)
			if (addr - f->segments[k].base < f->segments[k].size)
				return f;
	}
	return NULL;
}

const struct elf_file *elf_image(const struct elf *e, const char *name)
{
	for (size_t i = 0; i < e->nfiles; i++)
		if (e->files[i].image && strcmp(e->files[i].image, name) == 0)
			return &e->files[i];
	return NULL;
}

bool elf_image_link(const struct elf_file *f, uint64_t addr, uint64_t *link)
{
	for (size_t i = 0; i < f->nsegments; i++)
		if (addr - f->segments[i].base < f->segments[i].size) {
			*link = addr - f->segments[i].base + f->segments[i].link;
			return true;
		}
	return false;
}

bool elf_image_addr(const struct elf_file *f, uint64_t link, uint64_t *addr)
{
	for (size_t i = 0; i < f->nsegments; i++)
		if (link - f->segments[i].link < f->segments[i].size) {
			*addr = link - f->segments[i].link + f->segments[i].base;
			return true;
		}
	return false;
}

uint64_t elf_image_bases(const struct elf_file *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->nsegments; i++)
		sum += (i + 1) * (f->segments[i].base - f->segments[i].link);
	return sum;
}

bool elf_is_absent(const struct elf *e, uint64_t addr)
{
	const struct elf_file *f = elf_image_at(e, addr);

	return f && !f->there;
}

uint64_t elf_linked(const struct elf *e, uint64_t addr)
{
	const struct elf_file *f = e ? elf_image_at(e, addr) : NULL;
	uint64_t link;

	return f && elf_image_link(f, addr, &link) ? link : addr;
}

/* -- functions -- */

/* Another program may be there now. */
static bool has_gone(const struct elf *e, uint64_t addr)
{
	const struct elf_file *f = elf_image_at(e, addr);

	return f && f->gone;
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
	return found && !has_gone(e, addr) ? found : NULL;
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
	size_t n = up_to(e, e->nsections, section_addr, addr);

	/* Those of several files may lie within each other. */
	for (; n; n--) {
		if (addr - e->sections[n - 1].addr < e->sections[n - 1].size)
			return &e->sections[n - 1];
		if (!e->overlaps)
			break;
	}
	return NULL;
}

size_t elf_marks_up_to(const struct elf *e, uint64_t addr)
{
	return up_to(e, e->nmarks, mark_addr, addr);
}

bool elf_is_data(const struct elf *e, uint64_t addr)
{
	size_t i = elf_marks_up_to(e, addr);
	const struct elf_section *section = elf_section_at(e, addr);

	return i && section && e->marks[i - 1].addr >= section->addr && e->marks[i - 1].data;
}

uint64_t elf_next_mark(const struct elf *e, uint64_t addr, uint64_t end)
{
	size_t i = elf_marks_up_to(e, addr);

	return i < e->nmarks && e->marks[i].addr < end ? e->marks[i].addr : end;
}

bool elf_has_marks(const struct elf *e, const struct elf_section *section)
{
	size_t i = elf_marks_up_to(e, section->addr + section->size - 1);

	return i && e->marks[i - 1].addr >= section->addr;
}

static const struct elf *reading;

static int read_elf(uintptr_t addr, void *to, unsigned n)
{
	const struct elf_section *s = elf_section_at(reading, addr);

	if (!s || !s->bytes || n > s->size - (addr - s->addr))
		return -TL_EFAULT;
	memcpy(to, s->bytes + (addr - s->addr), n);
	return 0;
}

tl_read_fn *elf_reader(const struct elf *elf)
{
	reading = elf;
	return read_elf;
}
