/* SPDX-License-Identifier: MIT */
/*
 * The ELF of a program that runs elsewhere: see relocate.h. Here are its headers, sections and
 * symbols. The copy is the file's bytes with addresses patched where they stand, and behind them
 * the debug sections that were compressed. Follows the generic ABI ("System V Application Binary
 * Interface", 4).
 */
#define _GNU_SOURCE /* memfd_create */
#include "program/relocate.h"

#include <errno.h>
#include <gelf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"
#include "program/relocate_parts.h"
#include "program/unpack.h"

enum { EXIDX = 0x70000001, STEPS_PER_BYTE = 8, STEPS = 1 << 20, ALIGNMENT = 16 };

/* A section of the file, and where it is in the copy. */
struct part {
	GElf_Shdr shdr;
	const char *name;
	const struct elf_segment *segment;
	Elf_Data *unpacked; /* its bytes, if the file has them compressed */
	struct section_bytes bytes;
};

struct copy {
	struct relocation r;
	Elf *elf;
	GElf_Ehdr ehdr;
	struct unpacked *zstd;
	uint8_t *bytes;
	size_t n, file_size;
	struct part *parts;
	size_t nparts;
};

/* -- fields of headers, by their places in both classes -- */

struct field {
	size_t at[2], n[2]; /* of ELF32, of ELF64 */
};
#define FIELD(type, name)                                                                          \
	{                                                                                          \
		{offsetof(Elf32_##type, name), offsetof(Elf64_##type, name)},                      \
		{                                                                                  \
			sizeof((Elf32_##type *)0)->name, sizeof((Elf64_##type *)0)->name           \
		}                                                                                  \
	}

static const struct field entry = FIELD(Ehdr, e_entry), vaddr = FIELD(Phdr, p_vaddr),
                          paddr = FIELD(Phdr, p_paddr), sh_type = FIELD(Shdr, sh_type),
                          sh_flags = FIELD(Shdr, sh_flags), sh_addr = FIELD(Shdr, sh_addr),
                          sh_offset = FIELD(Shdr, sh_offset), sh_size = FIELD(Shdr, sh_size),
                          sh_addralign = FIELD(Shdr, sh_addralign), st_value = FIELD(Sym, st_value);

static bool is_wide(const struct copy *c)
{
	return c->r.word == 8;
}

static void put_field(struct copy *c, const struct field *field, uint64_t at, uint64_t value)
{
	size_t from = field->at[is_wide(c)], n = field->n[is_wide(c)];

	if (at <= c->file_size && from + n <= c->file_size - at)
		put_number(c->bytes + at + from, (unsigned)n, value);
}

/* -- the file -- */

static bool read_file(struct copy *c, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		fail(SYMBOL, "%s is not a file", c->r.name);
		return false;
	}
	elf_version(EV_CURRENT);
	c->file_size = (size_t)st.st_size;
	c->elf = elf_begin(fd, ELF_C_READ_MMAP_PRIVATE, NULL);
	if (!c->elf || elf_kind(c->elf) != ELF_K_ELF || !gelf_getehdr(c->elf, &c->ehdr)) {
		fail(SYMBOL, "%s is not an ELF file", c->r.name);
		return false;
	}
	c->r.word = c->ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? 4 : 8;
	c->r.thumb = c->ehdr.e_machine == EM_ARM;
	if (c->ehdr.e_ident[EI_DATA] != ELFDATA2LSB) {
		fail(SYMBOL, "%s is for another machine (big endian)", c->r.name);
		hint("is it a program of the firmware's?");
		return false;
	}
	if (c->ehdr.e_type == ET_REL) {
		fail(SYMBOL, "%s is an object file: its addresses are not final", c->r.name);
		hint("give the linked program");
		return false;
	}
	return true;
}

/* Old compression of GNU, told by the name. */
static bool is_zdebug(const struct part *p)
{
	return strncmp(p->name, ".zdebug", 7) == 0;
}

/* Bytes of a section that is compressed. */
static bool unpack(struct copy *c, Elf_Scn *scn, struct part *p)
{
	bool old = is_zdebug(p);

	if (!old && !(p->shdr.sh_flags & SHF_COMPRESSED))
		return true;
	if (old ? elf_compress_gnu(scn, 0, 0) >= 0 : elf_compress(scn, 0, 0) >= 0)
		p->unpacked = elf_getdata(scn, NULL);
	else if (!old) { /* by zstd, and unpacked already */
		GElf_Shdr now;

		if (gelf_getshdr(scn, &now) && !(now.sh_flags & SHF_COMPRESSED))
			p->unpacked = elf_getdata(scn, NULL);
	}
	if (p->unpacked && (p->unpacked->d_buf || !p->unpacked->d_size)) {
		c->n += p->unpacked->d_size + ALIGNMENT;
		return true;
	}
	fail(SYMBOL,
	     "%s cannot be shown where it runs: its %s is compressed in a way that cannot "
	     "be undone here",
	     c->r.name, p->name);
	hint("link it with -gz=zlib or without -gz; or: objcopy --decompress-debug-sections %s",
	     c->r.name);
	return false;
}

/* Where a section begins, or an empty one at the end of a segment. */
static const struct elf_segment *segment_of_section(const struct copy *c, const GElf_Shdr *shdr)
{
	if (!(shdr->sh_flags & SHF_ALLOC))
		return NULL;
	return shdr->sh_size ? segment_at(&c->r, shdr->sh_addr)
	                     : segment_near(&c->r, NULL, shdr->sh_addr);
}

static bool find_parts(struct copy *c)
{
	size_t names;
	Elf_Scn *scn = NULL;

	if (elf_getshdrnum(c->elf, &c->nparts) != 0 || elf_getshdrstrndx(c->elf, &names) != 0)
		c->nparts = 0;
	c->n = c->file_size;
	c->parts = grow(NULL, c->nparts + 1, sizeof *c->parts);
	memset(c->parts, 0, (c->nparts + 1) * sizeof *c->parts);
	c->parts[0].name = "";
	for (size_t i = 1; i < c->nparts; i++) {
		struct part *p = &c->parts[i];
		const char *name;

		scn = elf_getscn(c->elf, i);
		if (!scn || !gelf_getshdr(scn, &p->shdr)) {
			p->shdr = (GElf_Shdr){.sh_type = SHT_NULL};
			p->name = "";
			continue;
		}
		name = elf_strptr(c->elf, names, p->shdr.sh_name);
		p->name = name ? name : "";
		p->segment = segment_of_section(c, &p->shdr);
	}
	unpack_debug(&c->zstd, c->elf);
	for (size_t i = 1; i < c->nparts; i++)
		if (c->parts[i].shdr.sh_type != SHT_NULL &&
		    c->parts[i].shdr.sh_type != SHT_NOBITS &&
		    !unpack(c, elf_getscn(c->elf, i), &c->parts[i]))
			return false;
	return true;
}

/* -- the copy -- */

static uint64_t header_of(const struct copy *c, size_t section)
{
	return c->ehdr.e_shoff + section * (is_wide(c) ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
}

/* `.zdebug_info` is `.debug_info` from now on, where it stands. */
static void rename_section(struct copy *c, const struct part *p)
{
	size_t names, length = strlen(p->name);
	uint64_t at;

	if (elf_getshdrstrndx(c->elf, &names) != 0 || names >= c->nparts)
		return;
	at = c->parts[names].shdr.sh_offset + p->shdr.sh_name;
	if (at < c->file_size && length < c->file_size - at)
		memmove(c->bytes + at + 1, c->bytes + at + 2, length - 1);
}

/* Behind all else. */
static void append(struct copy *c, struct part *p, size_t section, size_t *end)
{
	uint64_t header = header_of(c, section);
	size_t at = (*end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	if (p->unpacked->d_size)
		memcpy(c->bytes + at, p->unpacked->d_buf, p->unpacked->d_size);
	*end = at + p->unpacked->d_size;
	put_field(c, &sh_offset, header, at);
	put_field(c, &sh_size, header, p->unpacked->d_size);
	put_field(c, &sh_flags, header, p->shdr.sh_flags & ~(uint64_t)SHF_COMPRESSED);
	put_field(c, &sh_addralign, header, 1);
	if (is_zdebug(p))
		rename_section(c, p);
	p->bytes.bytes = c->bytes + at;
	p->bytes.n = p->unpacked->d_size;
}

static bool fill(struct copy *c, int fd)
{
	size_t end = c->file_size, got = 0;
	ssize_t n = 1;

	c->bytes = grow(NULL, c->n + 1, 1);
	memset(c->bytes + c->file_size, 0, c->n + 1 - c->file_size);
	while (got < c->file_size && n > 0) {
		n = pread(fd, c->bytes + got, c->file_size - got, (off_t)got);
		got += n > 0 ? (size_t)n : 0;
	}
	if (got < c->file_size) {
		fail(SYMBOL, "%s cannot be read: %s", c->r.name,
		     n < 0 ? strerror(errno)
		           : "it "
		             "has become shorter");
		return false;
	}
	for (size_t i = 1; i < c->nparts; i++) {
		struct part *p = &c->parts[i];

		p->bytes.name = p->name;
		p->bytes.addr = p->shdr.sh_flags & SHF_ALLOC ? p->shdr.sh_addr : 0;
		p->bytes.segment = p->segment;
		if (p->unpacked) {
			append(c, p, i, &end);
		} else if (p->shdr.sh_type != SHT_NOBITS && p->shdr.sh_type != SHT_NULL) {
			if (p->shdr.sh_offset > c->file_size ||
			    p->shdr.sh_size > c->file_size - p->shdr.sh_offset) {
				fail(SYMBOL, "%s is cut short: its %s is not all there", c->r.name,
				     p->name);
				hint("was the copy, or the build, interrupted? copy it again, or "
				     "link it again");
				return false;
			}
			p->bytes.bytes = c->bytes + p->shdr.sh_offset;
			p->bytes.n = (size_t)p->shdr.sh_size;
		}
	}
	c->n = end;
	return true;
}

/* -- symbols -- */

struct symbols {
	struct copy *c;
	size_t size, n;             /* bytes of each */
	uint64_t at;                /* in the copy */
	const struct part *indices; /* of sections beyond 0xff00 */
};

static GElf_Sym symbol_at(const struct symbols *s, size_t i)
{
	const uint8_t *at = s->c->bytes + s->at + i * s->size;

	if (is_wide(s->c))
		return (GElf_Sym){.st_info = at[4],
		                  .st_shndx = (uint16_t)number_at(at + 6, 2),
		                  .st_value = number_at(at + 8, 8),
		                  .st_size = number_at(at + 16, 8)};
	return (GElf_Sym){.st_info = at[12],
	                  .st_shndx = (uint16_t)number_at(at + 14, 2),
	                  .st_value = number_at(at + 4, 4),
	                  .st_size = number_at(at + 8, 4)};
}

static bool symbols_of(struct copy *c, const struct part *p, struct symbols *s)
{
	if (p->shdr.sh_type != SHT_SYMTAB && p->shdr.sh_type != SHT_DYNSYM)
		return false;
	*s = (struct symbols){.c = c, .size = is_wide(c) ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)};
	if (!p->bytes.bytes || p->unpacked)
		return false;
	s->at = (uint64_t)(p->bytes.bytes - c->bytes);
	s->n = p->bytes.n / s->size;
	for (size_t i = 1; i < c->nparts; i++)
		if (c->parts[i].shdr.sh_type == SHT_SYMTAB_SHNDX &&
		    c->parts[i].shdr.sh_link == (size_t)(p - c->parts))
			s->indices = &c->parts[i];
	return true;
}

/* The section that a symbol is in; NULL: none. */
static const struct part *part_of(const struct symbols *s, const GElf_Sym *sym, size_t i)
{
	size_t section = sym->st_shndx;

	if (section == SHN_XINDEX && s->indices && i < s->indices->bytes.n / 4)
		section = (size_t)number_at(s->indices->bytes.bytes + 4 * i, 4);
	else if (section >= SHN_LORESERVE)
		section = 0;
	return section && section < s->c->nparts ? &s->c->parts[section] : NULL;
}

static void move_symbol(const struct symbols *s, size_t i)
{
	GElf_Sym sym = symbol_at(s, i);
	unsigned type = GELF_ST_TYPE(sym.st_info);
	const struct part *part = part_of(s, &sym, i);
	const struct elf_segment *segment = part ? part->segment : NULL;

	if (type == STT_TLS || type == STT_FILE)
		return;
	if (sym.st_shndx == SHN_ABS && sym.st_value)
		segment = segment_near(&s->c->r, NULL, sym.st_value);
	if (segment)
		put_field(s->c, &st_value, s->at + i * s->size, sym.st_value + shift_of(segment));
}

/* What of the segment at address 0 has names: see struct relocation. */
static void note_symbol(struct relocation *r, const struct symbols *s, size_t i)
{
	GElf_Sym sym = symbol_at(s, i);
	unsigned type = GELF_ST_TYPE(sym.st_info);
	const struct part *part = part_of(s, &sym, i);
	bool function = type == STT_FUNC || type == STT_GNU_IFUNC;

	if (!part || !(part->shdr.sh_flags & SHF_ALLOC))
		return;
	r->symbols |= function;
	if (function && r->thumb)
		sym.st_value &= ~(uint64_t)1;
	if (function || (part->shdr.sh_flags & SHF_EXECINSTR && type == STT_NOTYPE &&
	                 GELF_ST_BIND(sym.st_info) == STB_GLOBAL))
		r->code_at_zero |= !sym.st_value;
	else if (type == STT_OBJECT)
		r->data_at_zero |= !sym.st_value;
	if (!function || segment_at(r, sym.st_value) != r->at_zero)
		return;
	if (r->nends % 256 == 0)
		r->ends = grow(r->ends, r->nends + 256, sizeof *r->ends);
	r->ends[r->nends++] = sym.st_value + sym.st_size;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Before they move. */
static void look_at_zero(struct copy *c)
{
	struct relocation *r = &c->r;
	struct symbols s;

	r->at_zero = segment_at(r, 0);
	for (size_t i = 1; r->at_zero && i < c->nparts; i++)
		if (symbols_of(c, &c->parts[i], &s))
			for (size_t k = 1; k < s.n; k++)
				note_symbol(r, &s, k);
	if (r->nends)
		qsort(r->ends, r->nends, sizeof *r->ends, by_value);
	if (!r->symbols)
		r->code_at_zero = r->at_zero;
}

static void move_symbols(struct copy *c)
{
	struct symbols s;

	for (size_t i = 1; i < c->nparts; i++)
		if (symbols_of(c, &c->parts[i], &s))
			for (size_t k = 1; k < s.n; k++)
				move_symbol(&s, k);
}

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
	uint64_t at = c->ehdr.e_phoff + i * (is_wide(c) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
	const struct elf_segment *s = segment_of_phdr(&c->r, phdr), *load = s;

	if (!phdr->p_memsz) /* PT_GNU_STACK and its like */
		return;
	if (phdr->p_paddr != phdr->p_vaddr) /* where it is loaded from */
		load = segment_at(&c->r, phdr->p_paddr);
	put_field(c, &vaddr, at, phdr->p_vaddr + shift_of(s));
	put_field(c, &paddr, at, phdr->p_paddr + shift_of(load));
}

static void move_headers(struct copy *c)
{
	uint64_t start = c->ehdr.e_entry & ~(uint64_t)c->r.thumb;
	size_t n = 0;
	GElf_Phdr phdr;

	if (start || c->r.code_at_zero)
		put_field(c, &entry, 0, c->ehdr.e_entry + shift_of(segment_at(&c->r, start)));
	if (elf_getphdrnum(c->elf, &n) != 0)
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(c->elf, (int)i, &phdr))
			move_phdr(c, i, &phdr);
	for (size_t i = 1; i < c->nparts; i++)
		if (c->parts[i].segment)
			put_field(c, &sh_addr, header_of(c, i),
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

	return p->bytes.bytes && strcmp(is_zdebug(p) ? own + 1 : own, name) == 0;
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
			put_field(c, &sh_type, header_of(c, i), SHT_PROGBITS);
	return true;
}

static int write_copy(const struct copy *c)
{
	int fd = memfd_create("relocated", MFD_CLOEXEC);
	size_t done = 0;
	ssize_t n = 1;

	while (fd >= 0 && done < c->n && n > 0) {
		n = write(fd, c->bytes + done, c->n - done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0 && done == c->n && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	fail(SYMBOL, "no room for a copy of %s: %s", c->r.name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int elf_relocate(int fd, const char *name, const struct elf_segment *segments, size_t n)
{
	struct copy c = {.r = {.name = name, .segments = segments, .nsegments = n}};
	int to = -1;

	if (read_file(&c, fd) && find_parts(&c) && fill(&c, fd)) {
		c.r.steps = (uint64_t)c.n * STEPS_PER_BYTE + STEPS;
		look_at_zero(&c);
		if (move_tables(&c)) {
			move_headers(&c);
			move_symbols(&c);
			to = write_copy(&c);
		}
	}
	for (size_t i = 0; i < DEBUG_SECTIONS; i++)
		free(c.r.debug[i].seen);
	free(c.r.ends);
	free(c.r.open);
	free(c.parts);
	free(c.bytes);
	unpack_free(c.zstd);
	elf_end(c.elf);
	return to;
}
