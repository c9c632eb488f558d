/* SPDX-License-Identifier: MIT */
/*
 * Where a call has put its parameters when the function's first instruction runs: by the calling
 * convention, whatever the function does with them then.
 */
#ifndef HOST_PASSED_H
#define HOST_PASSED_H

#include "expr/location.h"
#include "expr/scope.h"
#include "expr/type.h"
#include "isa.h"

/* A call, whose parameters are asked for one after the other. */
struct passing {
	const struct tl_isa *isa;
	unsigned float_bytes; /* of the longest float that is passed in a register of the FPU; 0:
	                         none is */
	bool plain;           /* the language is C: what is passed is what the types say */
	unsigned next;        /* core argument register */
	unsigned fp_taken;    /* argument registers of the FPU: of Arm a bit each, else how many */
	bool fp_over;         /* there are none left, even where some are free */
	uint64_t stack;       /* bytes of it, so far */
	const char *lost;     /* nothing is known from here on, and why; NULL: it is */
};

void passing_begin(struct passing *, const struct tl_isa *, unsigned float_bytes,
                   const struct call_kind *);
/* The next parameter's. False: it is not known, and *why says why. */
bool passing_next(struct passing *, const struct type *, struct location *, const char **why);

/* Is a value of that type written where the caller says, by a first argument of its own? */
bool returned_in_memory(const struct tl_isa *, unsigned float_bytes, const struct type *);
/* Where it is returned, if that is in registers of the FPU, to be freed. False: in none. */
bool returned_in_fpu(const struct tl_isa *, unsigned float_bytes, const struct type *,
                     struct location *);
/* So many floats of one size, and nothing else: *bytes of each. 0: it is something else. */
unsigned homogeneous_floats(const struct type *, unsigned *bytes);

#endif
