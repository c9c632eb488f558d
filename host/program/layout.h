/* SPDX-License-Identifier: MIT */
/*
 * What a piece of text is made of, where no mapping symbols say it. From where the piece is known
 * to begin the code is followed, branches and tables of jumps included; what that code reads beside
 * the PC is data. What is neither reached nor read is unknown: dead code, padding, or data that
 * something else reads.
 *
 * In a section that has mapping symbols those decide, and what is found here only adds to the data:
 * of several objects linked together, one may have lost its own.
 */
#ifndef HOST_LAYOUT_H
#define HOST_LAYOUT_H

#include <stdint.h>

struct elf;
struct layout;
struct layouts;

enum layout_kind {
	LAYOUT_CODE,
	LAYOUT_DATA,
	LAYOUT_UNKNOWN,
};

struct layouts *layouts_open(const struct elf *);
void layouts_close(struct layouts *); /* NULL is fine */
/* Of start..end, one section's text, worked out when first asked for and kept. An instruction
 * begins at `start`. */
const struct layout *layout_of(struct layouts *, uint64_t start, uint64_t end);
/* What is at `addr` of it, and up to where it is the same (`limit` at most; of code, an
 * instruction's length will do). */
enum layout_kind layout_at(const struct layout *, uint64_t addr, uint64_t limit, uint64_t *until);

#endif
