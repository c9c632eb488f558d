/* SPDX-License-Identifier: MIT */
/*
 * A build-id as a field of an answer.
 */
#ifndef TL_BUILD_ID_H
#define TL_BUILD_ID_H

#include "frame.h"

/* Of a note's section (gABI, "Note Section": name size, descriptor size, type, name, descriptor),
 * or NULL. */
static inline void tl_field_build_id(struct tl_frame_tx *out, const void *section)
{
	enum { NT_GNU_BUILD_ID = 3, LONGEST = 64 };
	const uint32_t *note = section;

	tl_frame_put(out, ',');
	if (note && note[2] == NT_GNU_BUILD_ID && note[1] <= LONGEST && note[0] <= LONGEST)
		tl_frame_bytes(out, (const uint8_t *)(note + 3) + ((note[0] + 3) & ~3u), note[1]);
}

#endif
