/* SPDX-License-Identifier: MIT */
/*
 * Reads the starts of functions from unwind tables: see starts.h.
 *
 * Follows "Exception Handling ABI for the Arm Architecture" (EHABI32), 6, and the Linux Standard
 * Base 5.0, 10.6 (.eh_frame). An encoding of addresses that firmware has no use for is passed over:
 * its functions are not known then.
 */
#include "program/starts.h"

#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/elf.h"
#include "program/isas.h"

enum { EXIDX = 0x70000001, EXIDX_ENTRY = 8 };
enum encoding { ABSOLUTE = 0x00, UDATA4 = 0x03, SDATA4 = 0x0b, PCREL = 0x10, NONE = 0xff };

static uint32_t word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void add(struct elf *e, uint64_t addr)
{
	const struct elf_section *section;

	if (e->isa->word == 4)
		addr &= UINT32_MAX;
	addr = isa_code_address(e->isa, addr);
	section = elf_section_at(e, addr);
	if (!section || !section->code)
		return;
	if (e->nstarts % 256 == 0)
		e->starts = grow(e->starts, e->nstarts + 256, sizeof *e->starts);
	e->starts[e->nstarts++] = addr;
}

/* Pairs of words, the first of which is a function's distance, of 31 bits. */
static void read_exidx(struct elf *e, uint64_t at, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i + EXIDX_ENTRY <= n; i += EXIDX_ENTRY) {
		uint32_t distance = word(bytes + i) << 1;

		add(e, at + i + (uint64_t)((int64_t)(int32_t)distance >> 1));
	}
}

/* How the addresses of a unit (CIE) are coded: the R of its augmentation, among the data of the
 * letters before it. */
static enum encoding encoding_of(const Dwarf_CIE *cie, unsigned word_bytes)
{
	const uint8_t *at = cie->augmentation_data;
	size_t left = cie->augmentation_data_size;

	if (cie->augmentation[0] != 'z')
		return cie->augmentation[0] ? NONE : ABSOLUTE;
	for (const char *c = cie->augmentation + 1; *c; c++) {
		size_t skip = *c == 'L' || *c == 'P' ? 1 : 0;

		if (*c == 'R')
			return left ? (enum encoding) * at : NONE;
		if (*c == 'P' && left)
			skip += (*at & 7) == 3   ? 4
			        : (*at & 7) == 4 ? 8
			        : (*at & 7) == 2 ? 2
			                         : word_bytes;
		if (skip > left)
			return NONE;
		at += skip;
		left -= skip;
	}
	return ABSOLUTE;
}

static void add_fde(struct elf *e, uint64_t section, const uint8_t *bytes, const Dwarf_FDE *fde,
                    enum encoding encoding)
{
	bool wide = encoding == ABSOLUTE && e->isa->word == 8;
	uint64_t value;

	if (fde->end - fde->start < (wide ? 8 : 4))
		return;
	value = word(fde->start) | (wide ? (uint64_t)word(fde->start + 4) << 32 : 0);
	if ((encoding & 15) == SDATA4)
		value = (uint64_t)(int64_t)(int32_t)value;
	if (encoding & PCREL)
		value += section + (uint64_t)(fde->start - bytes);
	add(e, value);
}

static bool is_known(enum encoding encoding)
{
	unsigned form = encoding & 15, base = encoding & 0xf0;

	return (form == ABSOLUTE && !base) ||
	       ((form == UDATA4 || form == SDATA4) && (!base || base == PCREL));
}

static void read_frames(struct elf *e, const uint8_t *ident, uint64_t at, Elf_Data *data)
{
	enum encoding encoding = NONE;
	Dwarf_Off off = 0, next, cie = (Dwarf_Off)-1;
	Dwarf_CFI_Entry entry;
	int result;

	for (; (result = dwarf_next_cfi(ident, data, true, off, &next, &entry)) <= 0 && next > off;
	     off = next) {
		if (result < 0)
			continue; /* one that is damaged */
		if (dwarf_cfi_cie_p(&entry)) {
			encoding = encoding_of(&entry.cie, e->isa->word);
			cie = off;
		} else if (is_known(encoding) && entry.fde.CIE_pointer == cie) {
			add_fde(e, at, data->d_buf, &entry.fde, encoding);
		}
	}
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void starts_read(struct elf *e, Elf *file)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t names, size;
	const char *ident = elf_getident(file, &size);

	if (elf_getshdrstrndx(file, &names) < 0)
		return;
	while ((scn = elf_nextscn(file, scn))) {
		const char *name =
		        gelf_getshdr(scn, &shdr) ? elf_strptr(file, names, shdr.sh_name) : NULL;
		Elf_Data *data = name && shdr.sh_type != SHT_NOBITS && shdr.sh_flags & SHF_ALLOC
		                         ? elf_rawdata(scn, NULL)
		                         : NULL;

		if (!data || !data->d_buf)
			continue;
		if (shdr.sh_type == EXIDX && e->isa->word == 4)
			read_exidx(e, shdr.sh_addr, data->d_buf, data->d_size);
		else if (strcmp(name, ".eh_frame") == 0)
			read_frames(e, (const uint8_t *)ident, shdr.sh_addr, data);
	}
	if (e->nstarts)
		qsort(e->starts, e->nstarts, sizeof *e->starts, by_value);
}

/* -- Pieces of text -- */

static uint64_t start_addr(const void *e, size_t i)
{
	return ((const struct elf *)e)->starts[i];
}

/* The index after the last start at or below `addr`. */
static size_t starts_up_to(const struct elf *e, uint64_t addr)
{
	return up_to(e, e->nstarts, start_addr, addr);
}

/* Without a function's symbol: the last start that an unwind table tells, or the mapping symbol of
 * code, if that is later. */
static bool piece_by_start(const struct elf *e, const struct elf_section *section, uint64_t addr,
                           uint64_t *start)
{
	size_t mark = elf_marks_up_to(e, addr), n = starts_up_to(e, addr);
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
