/* SPDX-License-Identifier: MIT */
/*
 * Reads .debug_frame: see frames.h. Follows DWARF 5, 6.4.1.
 */
#include "program/frames.h"

#include <elfutils/libdw.h>
#include <gelf.h>
#include <string.h>

static Elf_Data *section(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) != 0)
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name =
		        gelf_getshdr(scn, &shdr) ? elf_strptr(elf, names, shdr.sh_name) : NULL;

		if (name && strcmp(name, ".debug_frame") == 0 && shdr.sh_type != SHT_NOBITS)
			return elf_rawdata(scn, NULL);
	}
	return NULL;
}

static uint64_t word(const uint8_t *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

/* An entry's first address and its length. */
static bool claims(const Dwarf_FDE *fde, unsigned bytes, uint64_t addr)
{
	return fde->end - fde->start >= 2 * (int)bytes &&
	       addr - word(fde->start, bytes) < word(fde->start + bytes, bytes);
}

unsigned frames_claiming(Elf *elf, uint64_t addr)
{
	const unsigned char *ident = (const unsigned char *)elf_getident(elf, NULL);
	Elf_Data *data = section(elf);
	Dwarf_Off at = 0, next;
	Dwarf_CFI_Entry entry;
	unsigned n = 0, bytes;

	if (!ident || !data || !data->d_buf)
		return 0;
	bytes = ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	for (; dwarf_next_cfi(ident, data, false, at, &next, &entry) == 0 && next > at; at = next)
		n += !dwarf_cfi_cie_p(&entry) && claims(&entry.fde, bytes, addr);
	return n;
}
