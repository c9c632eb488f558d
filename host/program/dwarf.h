/* SPDX-License-Identifier: MIT */
/*
 * Source lines from DWARF, which is loaded when the first one is asked for.
 */
#ifndef HOST_DWARF_H
#define HOST_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines;

struct lines *lines_open(void);
void lines_add(struct lines *, int fd); /* of an ELF; it stays the caller's */
void lines_close(struct lines *);       /* NULL is fine */
bool lines_any(struct lines *);         /* has one of the files debug information? */
/* "file.c:12" for a code address, or false and an empty string. */
bool lines_describe(struct lines *, uint64_t addr, char *to, size_t size);

#endif
