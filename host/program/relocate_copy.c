/* SPDX-License-Identifier: MIT */
/*
 * The copy of an ELF file: see relocate_copy.h.
 */
#define _GNU_SOURCE /* memfd_create */
#include "program/relocate_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"

enum { STEPS_PER_BYTE = 8, STEPS = 1 << 20, ALIGNMENT = 16 };

static const struct field sh_offset = FIELD(Shdr, sh_offset), sh_size = FIELD(Shdr, sh_size),
                          sh_flags = FIELD(Shdr, sh_flags),
                          sh_addralign = FIELD(Shdr, sh_addralign);

bool copy_is_wide(const struct copy *c)
{
	return c->r.word == 8;
}

void copy_put(struct copy *c, const struct field *field, uint64_t at, uint64_t value)
{
	size_t from = field->at[copy_is_wide(c)], n = field->n[copy_is_wide(c)];

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

bool part_is_zdebug(const struct part *p)
{
	return strncmp(p->name, ".zdebug", 7) == 0;
}

/* Bytes of a section that is compressed. */
static bool unpack(struct copy *c, Elf_Scn *scn, struct part *p)
{
	bool old = part_is_zdebug(p);

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

uint64_t copy_section_header(const struct copy *c, size_t section)
{
	return c->ehdr.e_shoff +
	       section * (copy_is_wide(c) ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
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
	uint64_t header = copy_section_header(c, section);
	size_t at = (*end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	if (p->unpacked->d_size)
		memcpy(c->bytes + at, p->unpacked->d_buf, p->unpacked->d_size);
	*end = at + p->unpacked->d_size;
	copy_put(c, &sh_offset, header, at);
	copy_put(c, &sh_size, header, p->unpacked->d_size);
	copy_put(c, &sh_flags, header, p->shdr.sh_flags & ~(uint64_t)SHF_COMPRESSED);
	copy_put(c, &sh_addralign, header, 1);
	if (part_is_zdebug(p))
		rename_section(c, p);
	p->bytes.bytes = c->bytes + at;
	p->bytes.n = p->unpacked->d_size;
}

static bool fill(struct copy *c, int fd)
{
	size_t got = 0;
	ssize_t n = 1;

	c->bytes = grow(NULL, c->n + 1, 1);
	memset(c->bytes + c->file_size, 0, c->n + 1 - c->file_size);
	while (got < c->file_size && n > 0) {
		n = pread(fd, c->bytes + got, c->file_size - got, (off_t)got);
		got += n > 0 ? (size_t)n : 0;
	}
	if (got == c->file_size)
		return true;
	fail(SYMBOL, "%s cannot be read: %s", c->r.name, n < 0 ? strerror(errno) : "it is shorter");
	return false;
}

static bool place_part(struct copy *c, struct part *p)
{
	if (p->shdr.sh_type == SHT_NOBITS || p->shdr.sh_type == SHT_NULL)
		return true;
	if (p->shdr.sh_offset > c->file_size ||
	    p->shdr.sh_size > c->file_size - p->shdr.sh_offset) {
		fail(SYMBOL, "%s is cut short: its %s is not all there", c->r.name, p->name);
		hint("was the copy, or the build, interrupted? copy it again, or link it again");
		return false;
	}
	p->bytes.bytes = c->bytes + p->shdr.sh_offset;
	p->bytes.n = (size_t)p->shdr.sh_size;
	return true;
}

static bool place_parts(struct copy *c)
{
	size_t end = c->file_size;

	for (size_t i = 1; i < c->nparts; i++) {
		struct part *p = &c->parts[i];

		p->bytes.name = p->name;
		p->bytes.addr = p->shdr.sh_flags & SHF_ALLOC ? p->shdr.sh_addr : 0;
		p->bytes.segment = p->segment;
		if (p->unpacked)
			append(c, p, i, &end);
		else if (!place_part(c, p))
			return false;
	}
	c->n = end;
	return true;
}

/* -- all of it -- */

bool copy_read(struct copy *c, int fd)
{
	if (!read_file(c, fd) || !find_parts(c) || !fill(c, fd) || !place_parts(c))
		return false;
	c->r.steps = (uint64_t)c->n * STEPS_PER_BYTE + STEPS;
	return true;
}

void copy_free(struct copy *c)
{
	free(c->parts);
	free(c->bytes);
	unpack_free(c->zstd);
	elf_end(c->elf);
}

int copy_write(const struct copy *c)
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
