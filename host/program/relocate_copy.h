/* SPDX-License-Identifier: MIT */
/*
 * The copy of an ELF file that relocate.h makes: the file's bytes, to be patched where they stand,
 * and behind them the debug sections that were compressed.
 */
#ifndef HOST_RELOCATE_COPY_H
#define HOST_RELOCATE_COPY_H

#include <gelf.h>
#include <stddef.h>

#include "program/relocate_parts.h"
#include "program/unpack.h"

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

/* Reads the file; false after saying why. */
bool copy_read(struct copy *, int fd);
void copy_free(struct copy *);
/* A file descriptor; -1 after saying why. */
int copy_write(const struct copy *);

bool copy_is_wide(const struct copy *); /* ELF64 */
/* Old compression of GNU, told by the name. */
bool part_is_zdebug(const struct part *);

/* A field of a header, by its places in both classes. */
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
/* `at`: of the header in the file. */
void copy_put(struct copy *, const struct field *, uint64_t at, uint64_t value);
uint64_t copy_section_header(const struct copy *, size_t section);

/* ---- relocate_symbols.c ---- */

/* What the symbols say of address 0, before they move. */
void relocate_look_at_zero(struct copy *);
void relocate_symbols(struct copy *);

#endif
