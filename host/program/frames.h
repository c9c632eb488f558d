/* SPDX-License-Identifier: MIT */
/*
 * Entries of .debug_frame, as far as libdw does not tell of them.
 */
#ifndef HOST_FRAMES_H
#define HOST_FRAMES_H

#include <libelf.h>
#include <stdint.h>

/*
 * How many entries claim an address. libdw takes whichever it has read first; but a linker leaves
 * those of functions that it threw away, at 0, where code of others may be.
 */
unsigned frames_claiming(Elf *, uint64_t addr);

#endif
