/* SPDX-License-Identifier: MIT */
/*
 * See park.h. A file that is not read yet has no sections here, but its segments tell as much.
 */
#include "program/park.h"

#include <gelf.h>
#include <string.h>

#include "base/say.h"

enum { STEP = 1 << 24 };

struct extent {
	uint64_t low, high; /* behind the last byte */
};

static struct extent extent_of(const struct elf_segment *segments, size_t n)
{
	struct extent e = {UINT64_MAX, 0};

	for (size_t i = 0; i < n; i++) {
		if (segments[i].base < e.low)
			e.low = segments[i].base;
		if (segments[i].base + segments[i].size > e.high)
			e.high = segments[i].base + segments[i].size;
	}
	return e;
}

/* Does any file have something there? */
static bool is_used(const struct elf *elf, uint64_t low, uint64_t high)
{
	for (size_t i = 0; i < elf->nfiles; i++) {
		const struct elf_file *f = &elf->files[i];
		struct elf_segment segments[SEGMENTS_MAX];
		size_t n = f->nsegments;

		if (n)
			memcpy(segments, f->segments, sizeof segments);
		else if (elf_file_segments(f, segments, &n))
			n = 0;
		for (size_t k = 0; k < n; k++)
			if (low < segments[k].base + segments[k].size && segments[k].base < high)
				return true;
	}
	return false;
}

int park(const struct elf *elf, const struct elf_file *file, bool stay,
         struct elf_segment to[SEGMENTS_MAX])
{
	struct extent e = extent_of(file->segments, file->nsegments);
	uint64_t size = e.high - e.low, offset = e.low % STEP;
	uint64_t top =
	        gelf_getclass(file->elf) == ELFCLASS64 ? UINT64_C(1) << 63 : UINT64_C(1) << 32;

	memcpy(to, file->segments, sizeof file->segments);
	if (stay && !is_used(elf, e.low, e.high))
		return DONE;
	for (uint64_t at = top - STEP; at >= size + 2 * STEP; at -= STEP) {
		uint64_t low = at - (size + STEP - 1) / STEP * STEP - STEP + offset;

		if (is_used(elf, low, low + size))
			continue;
		for (size_t i = 0; i < file->nsegments; i++)
			to[i].base = to[i].link - e.low + low;
		return DONE;
	}
	return fail(SYMBOL, "%s is too large: no addresses are free for it", file->path);
}
