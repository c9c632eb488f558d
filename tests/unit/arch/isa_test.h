/* SPDX-License-Identifier: MIT */
/*
 * For tests of the pure half of an architecture: programs of their own, without the agent and the
 * mock machine that other unit tests are linked with, one test_<arch>_*.c each. A failed check is
 * counted and shown, and the test goes on.
 */
#ifndef ISA_TEST_H
#define ISA_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"

/* `detail` is shown with a failure, in hexadecimal. */
void check(bool ok, const char *what, unsigned long detail);
/* What main() returns: says how it went. */
int check_end(const char *name);

/* ---- the rows of decode tables (table.h): isa_rows.c ---- */

struct isa_rows {
	const struct tl_isa *const *isas; /* all variants */
	unsigned nisas;
	uint8_t wide_only; /* what only rows of 32 bits may ask: bits of their check */
	/* Is that an instruction of `len` bytes, and one that passes the check of the row that it
	 * matches? */
	bool (*passes)(uint32_t bits, unsigned len, uint8_t check);
};

/* Checks that each row decides about some encoding in some variant, and that every variant decides
 * about every encoding. */
void isa_rows(const struct isa_rows *arch);

#endif
