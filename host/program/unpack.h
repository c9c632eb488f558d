/* SPDX-License-Identifier: MIT */
/*
 * Debug sections that are compressed by zstd (-gz=zstd), for a libelf that knows zlib only.
 */
#ifndef HOST_UNPACK_H
#define HOST_UNPACK_H

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

enum { PACKED_BY_ZSTD = 2 }; /* ELFCOMPRESS_ZSTD, which older headers have not */

/* Is there what they are unpacked with? */
bool unpack_can(void);
/* What was unpacked for an Elf, and is needed as long as that. */
struct unpacked {
	struct unpacked *next;
	uint8_t bytes[];
};

/*
 * In memory alone: `elf` must have memory of its own (not ELF_C_READ_MMAP). What cannot be unpacked
 * stays as it is. False: there was such a section.
 */
bool unpack_debug(struct unpacked **, Elf *elf);
void unpack_free(struct unpacked *);

#endif
