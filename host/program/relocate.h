/* SPDX-License-Identifier: MIT */
/*
 * A program that runs elsewhere than it was linked for: its ELF file as if it had been linked for
 * there. Whoever reads the copy need not know of it.
 */
#ifndef HOST_RELOCATE_H
#define HOST_RELOCATE_H

#include <stddef.h>
#include <stdint.h>

/* A part of a program: linked for `link`, runs at `base`. */
struct elf_segment {
	uint64_t link, base, size;
};

/*
 * A copy, in memory (memfd_create), of the ELF file on `fd`, whose addresses are those where the
 * segments run: of the entry, program headers, sections, symbols, tables for unwinding, and all
 * DWARF. What is in no segment stays as it is. Contents of the program's own (pointers in its data,
 * dynamic relocations) do, too. Debug sections that were compressed no longer are.
 *
 * The file descriptor, or -1 after saying why (status SYMBOL).
 */
int elf_relocate(int fd, const char *name, const struct elf_segment *, size_t n);

#endif
