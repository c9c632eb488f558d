/* SPDX-License-Identifier: MIT */
/*
 * The packets as functions: what can be asked of a target within a session. Results as
 * session_ask(): 0, a target error, or SESSION_LOST.
 */
#ifndef HOST_TARGET_H
#define HOST_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program/spec.h"
#include "session/session.h"

struct danger;
struct elf;
struct fetch;

enum probe_kind {
	KIND_COUNT,
	KIND_SNAPSHOT,
	KIND_RETURN = 2, /* or'ed: when the function returns */
	KIND_LIVE = 4,   /* a sampler: no probe, `every` is its period in ms */
	KIND_WRITE = 8,  /* or'ed: a watch of data, when it is written or read */
	KIND_READ = 16,
	KIND_WATCH = KIND_WRITE | KIND_READ
};

/* Of a point: what it adds to KIND_COUNT or KIND_SNAPSHOT. */
static inline unsigned kind_of_point(const struct point *p)
{
	return (p->at_return ? KIND_RETURN : 0u) | (p->watch & WATCH_WRITE ? KIND_WRITE : 0u) |
	       (p->watch & WATCH_READ ? KIND_READ : 0u);
}

/* Does it send records? */
static inline bool kind_records(unsigned kind)
{
	return kind & (KIND_SNAPSHOT | KIND_LIVE);
}

struct counters {
	uint32_t hits, recorded, filtered, missed, dropped;
};

/* A probe as the target lists it. */
struct remote_probe {
	unsigned id, kind, step;
	uint64_t addr;
	uintptr_t mask;
	uint32_t every, limit;
	unsigned maxactive; /* of a return: calls under way that may be hooked, 0: the agent's
	                       default; of a watch: its bytes */
	bool stay, enabled;
	bool flash; /* pages of flash may be written for it */
	bool fixed; /* what it records has addresses of its program: of no use if that moves */
	/* of a program that the firmware loads: `addr` is 0 where its ELF is not known */
	char image[IMAGE_NAME + 1]; /* "": it is the firmware's */
	uint64_t link;              /* the address that it was linked for */
	uint64_t bases;             /* if fixed: where its segments are, as SPEC.md adds them up */
	int error;                  /* why it was refused when the program was loaded */
	struct counters counters;
};

enum {
	STEP_BOOSTED,
	STEP_SLOT,
	STEP_SIMULATED,
	STEP_WATCH,          /* none: a comparator of data traps */
	STEP_COMPARATOR = 4, /* or'ed: a comparator traps, no breakpoint is in the text */
	STEP_FLASH = 8,      /* the breakpoint is in flash, */
	STEP_PENDING = 16,   /* but its page is not written, or was written back */
	STEP_WAITS = 32,     /* its program is not loaded */
	STEP_OVER = 64       /* switched off, over the target's budget */
};
const char *step_name(unsigned step);
/* What the target answers to any probe, as it is meant if the probe is a watch. */
int target_of_watch(unsigned kind, int result);

/* Fills in `step`, and the instruction's length and the points in use. `elf`: what a thin agent's
 * probes are decoded from, may be NULL for others. */
int target_add(struct session *, const struct elf *elf, struct remote_probe *, unsigned *length,
               unsigned *points);
/* A sampler, disabled, that has no program yet. */
int target_live(struct session *, unsigned id, uint32_t period_ms);
/* one that is not there is fine: an answer may have been lost */
int target_delete(struct session *, unsigned id, bool *restored);
int target_enable(struct session *, unsigned id, bool on);
/* Of up to TL_PROBE_MAX probes at one moment, as far as one packet holds their ids. */
int target_enable_set(struct session *, const uint8_t *ids, size_t n, bool on);
/* Gives a disabled probe a program, for its hits to record what that makes. `text`: what the target
 * is to keep behind it for later hosts, NULL: nothing. */
int target_fetch(struct session *, unsigned id, const struct fetch *, const char *text);
/* That program, with what is behind it: `*n` bytes, up to TARGET_PROGRAM. 0: it has none. */
enum { TARGET_PROGRAM = 2048 };
int target_program(struct session *, unsigned id, uint8_t to[TARGET_PROGRAM], unsigned *n);
/* Has a disabled probe record so many bytes of stack. How many one does. */
int target_stack(struct session *, unsigned id, unsigned bytes);
int target_stacked(struct session *, unsigned id, unsigned *bytes);
/* Memory that programs may read. Sets them if there are some (`n` above 0), then reads what is in
   force: `*n` of them. TL_EFAULT: one cannot be read. */
struct window {
	uint64_t base, size;
};
enum { WINDOWS_MAX = 64 };
int target_windows(struct session *, struct window at[WINDOWS_MAX], size_t *n);
/* What the host calls a probe: `*kept` bytes of it are kept. TL_ENOSUP: an older agent keeps
   none. */
int target_set_name(struct session *, unsigned id, const char *name, unsigned *kept);
int target_name(struct session *, unsigned id, char *name, size_t size);
/* The first probe whose id is above `after`; id 0: there is none. `elf` may be NULL. */
int target_next(struct session *, const struct elf *, unsigned after, struct remote_probe *);
/* Of the probe its place, kind, bytes, and whether flash may be written; fills in `step`. */
int target_check(struct session *, const struct elf *elf, struct remote_probe *, unsigned *length);
/* What is never probed, to the walk over the ELF. */
/* Comparators of the core, for text that takes no breakpoint. TL_ENOSUP or TL_EPACKET: the agent
 * knows of none. */
struct target_comparators {
	unsigned count, used;
	bool taken; /* by a debugger on the debug port: then count is 0 */
};
int target_comparators(struct session *, struct target_comparators *);
/* Writes a page of flash, with breakpoints that are new (`add`) and without those that have gone,
 * if there is one to write: `pages` 1, else 0; `left` are still to be written. */
struct target_flash_write {
	unsigned pages, left;
	uint32_t ticks; /* that it took, interrupts locked out */
};
int target_flash_write(struct session *, bool add, struct target_flash_write *);
/* Pages that may be changed at a time, and are; that are to be written; erased since the board
 * counts, and put back when it started. TL_ENOSUP or TL_EPACKET: it writes none. */
struct target_flash {
	unsigned copies, used, left;
	uint32_t erases, back;
};
int target_flash(struct session *, struct target_flash *);
int target_roots(struct session *, struct danger *);
/* patches included; n up to a packet */
int target_raw(struct session *, uint64_t addr, uint8_t *to, unsigned n);
/* any length, without patches */
int target_read(struct session *, uint64_t addr, uint8_t *to, size_t n);
int target_write(struct session *, uint64_t addr, const uint8_t *from, size_t n);
int target_crc(struct session *, uint64_t addr, uint64_t n, uint32_t *crc);
/* isa->ncore of them. `*caller`: 0, or they are the agent's own, which goes back to there. */
int target_registers(struct session *, uintptr_t *regs, uint64_t *caller);
int target_input(struct session *, const uint8_t *bytes, unsigned n, unsigned *taken);

/* `error:` and `hint:` for a result that is not 0; `what` says what was tried. Returns LINK or
 * REFUSED. */
int target_report(struct session *, int result, const char *what);

#endif
