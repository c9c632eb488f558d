/* SPDX-License-Identifier: MIT */
/*
 * Thin agents (TL_DECODE=0): what the host does for them before a probe is added.
 */
#ifndef HOST_THIN_H
#define HOST_THIN_H

#include "program/elf.h"
#include "program/given.h"
#include "session/session.h"

struct thin {
	uint64_t slot; /* where the target has it */
	struct given given;
};

/* Does the target leave decoding to the host? */
bool thin_is(const struct session *);
/* Asks where the slot is, and builds it. `elf` may be NULL: refused. 0, a target error, or
 * SESSION_LOST. */
int thin_prepare(struct session *, const struct elf *elf, uint64_t addr, unsigned kind,
                 struct thin *);
/* The fields that QTl.add ends with, from the comma on. */
enum { THIN_FIELDS = 64 + 2 * TL_SLOT_MAX };
void thin_fields(const struct thin *, char fields[THIN_FIELDS]);

#endif
