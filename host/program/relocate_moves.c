/* SPDX-License-Identifier: MIT */
/*
 * Where addresses move: see relocate_parts.h.
 */
#include "program/relocate_parts.h"

#include "base/say.h"
#include "base/util.h"

enum { PADDING = 4 }; /* behind a unit's last function, in bytes */

const struct elf_segment *segment_at(const struct relocation *r, uint64_t addr)
{
	for (size_t i = 0; i < r->nsegments; i++)
		if (addr - r->segments[i].link < r->segments[i].size)
			return &r->segments[i];
	return NULL;
}

const struct elf_segment *segment_near(const struct relocation *r, const struct elf_segment *home,
                                       uint64_t addr)
{
	const struct elf_segment *s = segment_at(r, addr);

	if (home && addr - home->link <= home->size)
		return home;
	for (size_t i = 0; !s && i < r->nsegments; i++)
		if (r->segments[i].size && addr - r->segments[i].link == r->segments[i].size)
			s = &r->segments[i];
	return s;
}

uint64_t shift_of(const struct elf_segment *s)
{
	return s ? s->base - s->link : 0;
}

uint64_t mask_of(unsigned bytes)
{
	return bytes >= 8 ? UINT64_MAX : ((uint64_t)1 << 8 * bytes) - 1;
}

static uint64_t end_of(const void *r, size_t i)
{
	return ((const struct relocation *)r)->functions[i].end;
}

/* What lives ends where a function does, and none is cut. */
bool lives_at_zero(const struct relocation *r, uint64_t length)
{
	const struct extent *f = r->functions;
	size_t n = up_to(r, r->nfunctions, end_of, length);

	if (!r->at_zero || !r->symbols)
		return r->at_zero;
	if (!r->code_at_zero || (n < r->nfunctions && f[n].start < length))
		return false;
	return r->unmeasured || (n && length - f[n - 1].end < PADDING);
}

const struct elf_segment *segment_of_code(const struct relocation *r, uint64_t addr,
                                          uint64_t length)
{
	return addr || lives_at_zero(r, length) ? segment_at(r, addr) : NULL;
}

bool relocate_damaged(const struct relocation *r, const char *section, size_t at)
{
	fail(SYMBOL, "%s cannot be shown where it runs: its %s is damaged at 0x%zx", r->name,
	     section, at);
	hint("link it again; or without its debug information: objcopy --strip-debug %s", r->name);
	return false;
}

bool relocate_apart(const struct relocation *r, const char *section, size_t at)
{
	fail(SYMBOL,
	     "%s cannot be shown where it runs: in its %s at 0x%zx is a distance between two "
	     "places, which its segments have moved apart too far",
	     r->name, section, at);
	hint("load its segments as far from each other as they are linked, or compile it with "
	     "-ffunction-sections");
	return false;
}

bool relocate_step(struct relocation *r, uint64_t steps)
{
	if (steps > r->steps)
		return false;
	r->steps -= steps;
	return true;
}
