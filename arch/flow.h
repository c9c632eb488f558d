/* SPDX-License-Identifier: MIT */
/*
 * What an instruction tells of the text that it lies in: where the code goes on, and what it reads
 * as data. The host takes code and data apart by it where an ELF has lost the mapping symbols that
 * would say so. Pure, and for the host alone.
 */
#ifndef TL_FLOW_H
#define TL_FLOW_H

#include "isa.h"

enum tl_refers {
	TL_REFERS_NOT,
	TL_REFERS_READS, /* it, or one that soon follows, reads `bytes` at `addr` */
	TL_REFERS_TAKES, /* it takes the address of `bytes` of data there, or more */
	TL_REFERS_KEEPS  /* it takes the address, for whatever use */
};

/* A table of jumps: an entry's target is base + entry * scale. */
struct tl_flow_table {
	uint64_t addr, base; /* addr 0: it is one of those that the code takes the address of */
	uint32_t entries;    /* 0: nothing tells, and it is in the text */
	uint8_t bytes;       /* of an entry; 0: there is no table */
	uint8_t scale;
	bool is_signed;
};

struct tl_flow {
	bool stops;     /* the code does not go on behind it */
	bool computed;  /* it jumps to where a register says, or may */
	int64_t goes;   /* a branch or jump, no call: so far from its own address; 0: it is none */
	uint8_t refers; /* enum tl_refers */
	uint8_t bytes;
	uint64_t addr;
	struct tl_flow_table table; /* of which it takes its way */
};

/* Text anywhere: its bytes, at least `n` of them, or NULL. */
typedef const uint8_t *tl_fetch_fn(void *ctx, uint64_t addr, unsigned n);

/* `insn` is what decode() made of `text`, refused or not; `flow` is all 0. */
typedef void tl_flow_fn(const struct tl_text *text, const struct tl_insn *insn, tl_fetch_fn *fetch,
                        void *ctx, struct tl_flow *flow);

#endif
