/* SPDX-License-Identifier: MIT */
/*
 * What the ELF tells of a place in a backtrace: how to unwind from there, which call came before,
 * and the functions that are there by the source. Found once for each place, and kept.
 */
#ifndef HOST_SITE_H
#define HOST_SITE_H

#include "program/dwarf_units.h"
#include "program/elf.h"

/* A function that is at a place: the physical one, or one that was inlined into it. */
struct site_function {
	char *name;    /* to be freed; of the physical one with what it is off, func+0x12 */
	char line[64]; /* file.c:12, "" if it is not known */
	bool inlined;
};

struct site {
	uint64_t pc;
	bool exact; /* the instruction there is the next that runs; else it is behind a call */
	bool made;
	const struct elf_symbol *func; /* NULL: it is in none */
	uint64_t start;                /* of the function, which may have lost its symbol */
	bool code;                     /* of the firmware */
	bool traps;                    /* func returns from traps */
	bool returns;                  /* what runs next returns */
	bool unwinds;
	struct unwind row;
	bool behind_call;
	uint64_t called;                 /* where that call goes, 0: a run tells */
	uint64_t jumped;                 /* where what is before it jumps, if that is all it does */
	struct site_function *functions; /* the innermost first */
	size_t nfunctions;
};

struct sites;

struct sites *sites_open(const struct elf *);
void sites_close(struct sites *); /* NULL is fine */
/* It may be gone when the next is asked for. */
const struct site *site_at(struct sites *, uint64_t pc, bool exact);
/* Are both of one function, as the source has them? False, too, where DWARF does not tell. */
bool sites_differ(struct sites *, uint64_t a, uint64_t b);

#endif
