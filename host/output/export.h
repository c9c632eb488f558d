/* SPDX-License-Identifier: MIT */
/*
 * Where hits go: a row of functions, as formats.h has them. The order of calls is begin, then hit
 * and lost as they come, then end.
 */
#ifndef HOST_EXPORT_H
#define HOST_EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "session/run.h"

struct export;

struct export_ops {
	void (*begin)(struct export *, const struct run *);
	void (*hit)(struct export *, const struct hit *);
	void (*lost)(struct export *, const struct probe *, uint64_t records);
	/* NULL: what run says on stderr will do */
	void (*event)(struct export *, const struct event *);
	void (*end)(struct export *, const struct run *);
};

struct export
{
	const struct export_ops *ops;
	FILE *out;
	const struct tl_isa *isa;
	const struct elf *elf; /* may be NULL */
	bool quiet, verbose, coloured;
	unsigned depth, elements;  /* of values that are shown */
	unsigned frames;           /* of backtraces, likewise */
	struct unwinder *unwinder; /* NULL: there is no ELF */
	unsigned columns;          /* text: width of the names */
	void *ctx;                 /* of ops that are none of formats.h */

	/* private: losses that stderr has not been told of yet */
	const struct probe *losing; /* NULL: of several */
	uint64_t unsaid, said;
};

/* Where it was, in a program as that was linked: of a watch, the instruction that has made the
 * access; 0: it was added without the program counter. */
static inline uint64_t hit_pc(const struct export *e, const struct hit *h)
{
	uint64_t pc = h->mask >> e->isa->pc & 1 ? h->regs[e->isa->pc] : 0;

	return elf_linked(e->elf, h->probe->point.watch ? pc : h->probe->point.addr);
}

/* The word for it in exports; all of it as a line of JSON. */
const char *event_name(enum event_kind);
void export_json_event(FILE *, const struct event *);

/* Registers of a hit that programs get: those asked for, or all that it has. */
static inline uintptr_t hit_registers(const struct hit *h)
{
	return h->probe->point.mask ? h->mask & h->probe->point.mask : h->mask;
}

/* Says a loss on stderr: at once, but no more than one line a second, with the sum since the
   last. */
void export_say_lost(struct export *, const struct probe *, uint64_t records);
void export_say_rest(struct export *);

#endif
