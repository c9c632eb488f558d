/* SPDX-License-Identifier: MIT */
/*
 * Thin agents: see thin.h.
 */
#include "session/thin.h"

#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "program/danger.h"
#include "session/target.h"

enum { REWRITTEN = 0x40, BOOSTED = 0x80 }; /* of the flags, beside enum tl_insn_flag */

bool thin_is(const struct session *s)
{
	return !(s->target.features & TL_FEATURE_DECODER);
}

int thin_prepare(struct session *s, const struct elf *elf, uint64_t addr, unsigned kind,
                 struct thin *t)
{
	struct reply r;
	int result;

	if (!elf)
		return E_NO_DECODER;
	if (kind & KIND_SNAPSHOT && danger_ticks_open(elf->danger))
		return E_OPEN_TICKS;
	result = session_ask(s, &r, "qTl.slot", ",%llx", (unsigned long long)addr);
	if (result)
		return result;
	if (!reply_number(&r, &t->slot))
		return TL_EPACKET;
	return (int)given_build(elf, addr, t->slot, &t->given);
}

static unsigned number(const uint8_t *bytes, unsigned n)
{
	unsigned value = 0;

	while (n--)
		value = value << 8 | bytes[n];
	return value;
}

void thin_fields(const struct thin *t, char fields[THIN_FIELDS])
{
	const struct given *g = &t->given;
	unsigned flags = g->insn.flags | (g->insn.verdict == TL_SIMULATE ? REWRITTEN : 0) |
	                 (g->boosted ? BOOSTED : 0);
	int n = snprintf(fields, THIN_FIELDS, ",%llx,%x,%x,%x,%x,%x,", (unsigned long long)t->slot,
	                 flags, g->insn.len, number(g->text, g->insn.len), g->nbreakpoint,
	                 number(g->breakpoint, g->nbreakpoint));

	format_hex(fields + n, g->slot, g->nslot);
}
