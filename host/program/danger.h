/* SPDX-License-Identifier: MIT */
/*
 * Code of the firmware's that must not be probed, seen whole: what the agent calls in a trap
 * (tl_port.ticks), what runs where no trap is possible (the handlers of tl_isa.fatal_vectors, code
 * with FAULTMASK set), and what all of these call or jump to. The target refuses it, too, as far as
 * its own walk goes. Calls by pointer are not seen.
 *
 * The target says where that code begins (danger_root). Without a target the ELF does: by its
 * vector tables, told by their shape; by names of handlers, if there are none; and by variables of
 * type struct tl_port. It is worked out when the first question is asked.
 */
#ifndef HOST_DANGER_H
#define HOST_DANGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf;
struct danger;

struct danger *danger_open(const struct elf *);
void danger_close(struct danger *); /* NULL is fine */

/* The target's roots are known from now on: `n` is 0 for ticks, then as tl_arch_root() counts;
   `error` is what it refuses with. */
void danger_root(struct danger *, unsigned n, uint64_t addr, unsigned error);
/* 0, or an error of errors.def; then `why` says what runs that code. */
unsigned danger_at(struct danger *, uint64_t addr, char *why, size_t size);
/* Is it known what the agent calls in a trap? And is there more of it than can be seen, by a
 * pointer perhaps? */
bool danger_knows_ticks(struct danger *);
bool danger_ticks_open(struct danger *);

#endif
