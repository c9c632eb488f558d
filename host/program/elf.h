/* SPDX-License-Identifier: MIT */
/*
 * The firmware's ELF file, or several together (bootloader, application, ROM): symbols, text, and
 * what in text is data. Sorted once, then searched in O(log n).
 *
 * Follows the ELF specification (gABI 4.1) and the mapping symbols of the Arm ELF ABI ($a, $t, $x:
 * code; $d: data), which other architectures share.
 */
#ifndef HOST_ELF_H
#define HOST_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa.h"
#include "program/elf_file.h"

struct elf_symbol {
	const char *name;
	uint64_t addr; /* of code: without the bit that marks Thumb */
	uint64_t size; /* of a function that has none in the file: up to the next one */
	bool func;
	bool object;       /* a variable */
	uint8_t rank;      /* 0 global, 1 weak, 2 local: which alias names an address */
	const char *shown; /* private to lookup.c: elf_name() */
	char *demangled;
};

struct elf_section {
	const char *name;
	uint64_t addr, size;
	const uint8_t *bytes; /* NULL: not in the file */
	bool code;
	bool writable;
	bool hollow; /* code, but the bytes are not in the file (objcopy --only-keep-debug) */
	const struct elf_file *file;
	uint8_t *fetched; /* `bytes`, if they came from the target */
};

struct elf_mark {
	uint64_t addr;
	bool data;
};

struct elf {
	struct elf_file *files;
	size_t nfiles;
	char *name; /* of the files, without their folders, for sentences */
	const struct tl_isa *isa;
	struct elf_symbol *symbols; /* by address */
	size_t nsymbols;
	const struct elf_symbol **names; /* the same by name */
	const struct elf_symbol **funcs; /* functions by address */
	size_t nfuncs;
	struct elf_section *sections; /* allocated ones, by address */
	size_t nsections;
	bool overlaps;          /* some of them do */
	struct elf_mark *marks; /* by address */
	size_t nmarks;
	uint64_t agent_start, agent_end; /* text that is never probed; equal: none */
	struct lines *lines;             /* private to dwarf.c */
	struct handlers *handlers;       /* private to handlers.c */
	struct layouts *layouts;         /* private to layout.c */
	uint64_t *starts; /* of functions, as unwind tables know them, in order (starts.c) */
	size_t nstarts;
	struct danger *danger; /* private to danger.c */
};

/* One file or more; `debug` (may be NULL): where the first one's symbols are. Programs that are not
 * there have their addresses where nothing else is. 0 and *elf, or an exit status after saying
 * why. */
int elf_open(const struct elf_input *, size_t n, const char *debug, struct elf **elf);
void elf_close(struct elf *elf); /* NULL is fine */

/* The program that an address is in; NULL: none that the firmware loads. */
const struct elf_file *elf_image_at(const struct elf *, uint64_t addr);
/* By its name; NULL: there is none. */
const struct elf_file *elf_image(const struct elf *, const char *name);
/* An address as the program was linked for it, and back; false: it has no such. */
bool elf_image_link(const struct elf_file *image, uint64_t addr, uint64_t *link);
bool elf_image_addr(const struct elf_file *image, uint64_t link, uint64_t *addr);
/* Where its segments are, as one number (SPEC.md, "Images"). */
uint64_t elf_image_bases(const struct elf_file *image);
/* Is it in a program that is not there? */
bool elf_is_absent(const struct elf *, uint64_t addr);
/* What an address is called: that of a program as it was linked, since where that is loaded may
 * change. The ELF may be NULL. */
uint64_t elf_linked(const struct elf *, uint64_t addr);

/* The function around an address, NULL if there is none. */
const struct elf_symbol *elf_func_at(const struct elf *, uint64_t addr);
/* The first function that begins above an address, NULL if there is none. */
const struct elf_symbol *elf_func_after(const struct elf *, uint64_t addr);
/* Is there a function of that name at this address (aliases included)? */
bool elf_named(const struct elf *, uint64_t addr, const char *name);
const struct elf_section *elf_section_at(const struct elf *, uint64_t addr);
/* Does a mapping symbol say that this is data? */
bool elf_is_data(const struct elf *, uint64_t addr);
/* For the functions of a struct tl_isa: reads memory as the ELF has it. Of one ELF at a time. */
tl_read_fn *elf_reader(const struct elf *);
/* Has the section mapping symbols? */
bool elf_has_marks(const struct elf *, const struct elf_section *);
/* How many mapping symbols are at or below an address: an index into `marks`. */
size_t elf_marks_up_to(const struct elf *, uint64_t addr);
/* The next mapping symbol after an address, or `end` if that comes first. */
uint64_t elf_next_mark(const struct elf *, uint64_t addr, uint64_t end);
#endif
