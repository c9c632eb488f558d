/* SPDX-License-Identifier: MIT */
/*
 * The ELF of a program that runs elsewhere: see relocate.h. Here are its headers, and who
 * patches which section. Follows the generic ABI ("System V Application Binary Interface", 4).
 */
#include "program/relocate.h"

#include <stdlib.h>
#include <string.h>

#include "program/relocate_copy.h"

enum { EXIDX = 0x70000001 };

static const struct field entry = FIELD(Ehdr, e_entry), vaddr = FIELD(Phdr, p_vaddr),
                          paddr = FIELD(Phdr, p_paddr), sh_type = FIELD(Shdr, sh_type),
                          sh_addr = FIELD(Shdr, sh_addr);

/* -- headers -- */

/* A program header may begin before the segment: with the headers of the file. */
static const struct elf_segment *segment_of_phdr(const struct relocation *r, const GElf_Phdr *phdr)
{
	const struct elf_segment *s = segment_at(r, phdr->p_vaddr);

	for (size_t i = 0; !s && i < r->nsegments; i++)
		if (r->segments[i].size && r->segments[i].link - phdr->p_vaddr < phdr->p_memsz)
			s = &r->segments[i];
	return s;
}

static void move_phdr(struct copy *c, size_t i, const GElf_Phdr *phdr)
{
	uint64_t at =
	        c->ehdr.e_phoff + i * (copy_is_wide(c) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
	const struct elf_segment *s = segment_of_phdr(&c->r, phdr), *load = s;

	if (!phdr->p_memsz) /* PT_GNU_STACK and its like */
		return;
	if (phdr->p_paddr != phdr->p_vaddr) /* where it is loaded from */
		load = segment_at(&c->r, phdr->p_paddr);
	copy_put(c, &vaddr, at, phdr->p_vaddr + shift_of(s));
	copy_put(c, &paddr, at, phdr->p_paddr + shift_of(load));
}

static void move_headers(struct copy *c)
{
	uint64_t start = c->ehdr.e_entry & ~(uint64_t)c->r.thumb;
	size_t n = 0;
	GElf_Phdr phdr;

	if (start || c->r.code_at_zero)
		copy_put(c, &entry, 0, c->ehdr.e_entry + shift_of(segment_at(&c->r, start)));
	if (elf_getphdrnum(c->elf, &n) != 0)
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(c->elf, (int)i, &phdr))
			move_phdr(c, i, &phdr);
	for (size_t i = 1; i < c->nparts; i++)
		if (c->parts[i].segment)
			copy_put(c, &sh_addr, copy_section_header(c, i),
			         c->parts[i].shdr.sh_addr + shift_of(c->parts[i].segment));
}

/* -- sections of tables -- */

static bool info(struct relocation *r, struct section_bytes *s)
{
	return relocate_units(r, s, false);
}

static bool types(struct relocation *r, struct section_bytes *s)
{
	return relocate_units(r, s, true);
}

static bool debug_frame(struct relocation *r, struct section_bytes *s)
{
	return relocate_frames(r, s, false);
}

static bool eh_frame(struct relocation *r, struct section_bytes *s)
{
	return relocate_frames(r, s, true);
}

static bool frame_table(struct relocation *r, struct section_bytes *s)
{
	relocate_frame_table(r, s);
	return true;
}

/* In this order: units and their lists look for addresses in .debug_addr as they were. */
static const struct {
	const char *name;
	bool (*relocate)(struct relocation *, struct section_bytes *);
} tables[] = {
        {"debug_info", info},
        {"debug_types", types},
        {"debug_addr", relocate_addresses},
        {"debug_aranges", relocate_aranges},
        {"debug_line", relocate_lines},
        {"debug_frame", debug_frame},
        {"eh_frame", eh_frame},
        {"eh_frame_hdr", frame_table},
};
static const char *const referred[DEBUG_SECTIONS] = {
        [DEBUG_ABBREV] = "debug_abbrev", [DEBUG_ADDR] = "debug_addr",
        [DEBUG_RANGES] = "debug_ranges", [DEBUG_RNGLISTS] = "debug_rnglists",
        [DEBUG_LOC] = "debug_loc",       [DEBUG_LOCLISTS] = "debug_loclists",
};

static bool is_named(const struct part *p, const char *name)
{
	const char *own = p->name + (*p->name == '.');

	return p->bytes.bytes && strcmp(part_is_zdebug(p) ? own + 1 : own, name) == 0;
}

/* A section of this name that comes after others. */
static struct part *find_part(const struct copy *c, const char *name, size_t *from)
{
	while (++*from < c->nparts)
		if (is_named(&c->parts[*from], name))
			return &c->parts[*from];
	return NULL;
}

static bool move_tables(struct copy *c)
{
	for (size_t i = 0; i < DEBUG_SECTIONS; i++) {
		size_t from = 0;
		const struct part *p = find_part(c, referred[i], &from);

		if (p)
			c->r.debug[i] = p->bytes;
	}
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		struct part *p;

		for (size_t from = 0; (p = find_part(c, tables[i].name, &from)) != NULL;)
			if (!tables[i].relocate(&c->r, &p->bytes))
				return false;
		if (tables[i].relocate == types && !relocate_open_lists(&c->r))
			return false;
	}
	for (size_t i = 1; c->r.thumb && i < c->nparts; i++)
		/* Of a table that cannot be told any more nothing is believed. */
		if (c->parts[i].shdr.sh_type == EXIDX && c->parts[i].bytes.bytes &&
		    !relocate_exidx(&c->r, &c->parts[i].bytes))
			copy_put(c, &sh_type, copy_section_header(c, i), SHT_PROGBITS);
	return true;
}

int elf_relocate(int fd, const char *name, const struct elf_segment *segments, size_t n)
{
	struct copy c = {.r = {.name = name, .segments = segments, .nsegments = n}};
	int to = -1;

	if (copy_read(&c, fd)) {
		relocate_look_at_zero(&c);
		if (move_tables(&c)) {
			move_headers(&c);
			relocate_symbols(&c);
			to = copy_write(&c);
		}
	}
	for (size_t i = 0; i < DEBUG_SECTIONS; i++)
		free(c.r.debug[i].seen);
	free(c.r.functions);
	free(c.r.open);
	copy_free(&c);
	return to;
}
