/* SPDX-License-Identifier: MIT */
/*
 * Where a variable is at one place of the program, and how that is worked out from registers and
 * memory.
 *
 * Follows DWARF 5: 2.5 (expressions), 2.6 (location descriptions).
 */
#ifndef HOST_LOCATION_H
#define HOST_LOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum location_kind {
	LOCATION_NONE,     /* nowhere: `why` says it */
	LOCATION_MEMORY,   /* the operations give its address */
	LOCATION_REGISTER, /* it is register `reg` */
	LOCATION_VALUE,    /* the operations give the value itself */
	LOCATION_BYTES,    /* it is a constant */
};

/* An operation of DWARF's stack machine; frame bases are put in already, and DW_OP_entry_value has
   the number of a register. A DW_OP_consts with a second number is of 64 bits on any core: it is a
   variable's value. */
struct location_op {
	uint8_t atom; /* DW_OP_… */
	uint64_t number, number2;
};

/* All of a variable, or a piece of it. */
struct location_piece {
	enum location_kind kind;
	unsigned reg;  /* DWARF's number */
	uint64_t size; /* bytes; 0: all of it */
	struct location_op *ops;
	size_t nops;
	const uint8_t *bytes;
	size_t nbytes;
	uint64_t lost; /* bits of a value that are nowhere; it is one without them */
	const char *why;
	/* NONE: what it is if values at the function's entry can be had; NONE: nowhere even so. */
	enum location_kind entry;
};

struct location {
	struct location_piece *pieces;
	size_t npieces;
};

extern const char location_in_part[]; /* why: some of it is nowhere */

void location_free(struct location *);
struct location location_copy(const struct location *);
/* What needs values at the function's entry is where these say, from here on. */
void location_take_entry(struct location *);
bool location_needs_entry(const struct location *); /* that, or what may become that */
bool piece_needs_entry(const struct location_piece *);
/* An operation more, at the end. */
void location_add_op(struct location_piece *, uint8_t atom, uint64_t number, uint64_t number2);

/* What a value is worked out from. */
struct machine {
	/* false: it is not known; the register by DWARF's number */
	bool (*reg)(void *ctx, unsigned reg, uint64_t *v);
	bool (*read)(void *ctx, uint64_t addr, void *to, size_t n);
	void *ctx;
	unsigned word;
	/* A register at the function's entry; false: *why says why it is not known. May be NULL. */
	bool (*entry)(void *ctx, unsigned reg, uint64_t *v, const char **why);
};

/* Do a piece's operations look at memory? */
bool location_reads(const struct location_piece *);

/* What a piece's operations give. False: *why says why not. */
bool location_run(const struct location_piece *, const struct machine *, uint64_t *v,
                  const char **why);

#endif
