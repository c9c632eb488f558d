/* SPDX-License-Identifier: MIT */
/*
 * The line tables, row by row: where the code of each source line begins.
 *
 * The tables' programs are run here, not by libdw: that sorts the rows of a unit by address, and
 * what a linker threw away (its address is 0 then) gets between the rows of code that is there.
 */
#ifndef HOST_ROWS_H
#define HOST_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct elf;

/*
 * The first statement of a contiguous block of one line's code: where a debugger stops. Rows that
 * are no statements begin none, and a block whose beginning is none is at its first statement.
 */
struct statement {
	uint64_t addr;
	const char *file; /* as the table has it, with its folder */
	unsigned line;
};

typedef void statement_fn(void *ctx, const struct statement *);
/* Every block of code that is in the firmware; those of a unit together, not in order of address.
 */
void statements_each(const struct elf *, statement_fn *, void *ctx);

/* Where the function between these addresses goes on behind its prologue, by the table. False: the
 * table does not tell. */
bool rows_prologue_end(const struct elf *, uint64_t start, uint64_t end, uint64_t *addr);

#endif
