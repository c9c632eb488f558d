/* SPDX-License-Identifier: MIT */
/*
 * What the files of a run share among themselves.
 */
#ifndef HOST_RUN_PARTS_H
#define HOST_RUN_PARTS_H

#include "session/run.h"

/* A probe that was added before, as the target has it: 0, a target error or SESSION_LOST. */
int run_find_added(struct run *, struct probe *);
/* Is the program that it runs the one that is made here of what it was added with? DONE, or an exit
 * status after saying that its records mean nothing here. */
int run_match_added(const struct run *, const struct probe *);
/* The parts of a record's stack. */
struct captured run_captured(const struct tl_record *, const struct tl_isa *);
/* No more records: they stay in the ring. What the line holds comes before the answer. 0, a target
 * error or SESSION_LOST. */
int run_hush(struct run *);
/* Where its program is, of a hit before the function returns. */
void run_shift(const struct run *, const struct probe *, bool returned, struct captured *);
/* What it consists of. */
static inline const char *run_noun(const struct run *run)
{
	return run->samples ? "sampler" : "probe";
}
/* Why a probe was refused when its program was loaded, once. */
void run_tell_refused(struct probe *, int error);
/* Says what happened to the session to whom the run is for. `gap`: hits were not counted. */
void run_tell_event(struct run *, enum event_kind, bool gap);
/* Which probes the target has switched off, over its budget. 0 or SESSION_LOST. */
int run_follow_overloads(struct run *);
/* So many records of a probe will not come any more. */
void run_lose(struct run *, struct probe *, uint64_t records);
/* Enables or disables all that are armed, at one moment. 0, a target error or SESSION_LOST. */
int run_set_all(struct run *, bool on);
/* The counters of armed probes, from the target. 0, a target error or SESSION_LOST. */
int run_read_counters(struct run *);
/* The total of a probe: what is past, and what its counters say. */
void run_add_up(struct probe *);
/* Deletes what has been added so far, and says nothing. */
void run_disarm_quietly(struct run *);
/* DONE, or an exit status after saying why the target writes no flash, if it is to. */
int run_may_write_flash(const struct run *);
/* Writes the breakpoints that are new into pages of flash. DONE, or an exit status after saying why
 * not. Then writes those pages back whose probes have gone: 0, a target error or SESSION_LOST. */
int run_flash_in(struct run *);
int run_flash_out(struct run *);
/* What is known of the time before a reset becomes the past. */
void run_fold(struct run *);

#endif
