/* SPDX-License-Identifier: MIT */
/*
 * How a flag word's change and the shape of a stack are coded, for both ends of record.h: see
 * SPEC.md, "The stream" and "Stacks".
 */
#ifndef TL_RECORD_FLAGS_H
#define TL_RECORD_FLAGS_H

#include "record.h"

static inline uintptr_t tl_word_mask(const struct tl_record_format *f)
{
	return f->word < sizeof(uintptr_t) ? ((uintptr_t)1 << 8 * f->word) - 1 : ~(uintptr_t)0;
}

/* The first number of a stack's shape: the words of the main one, above: */
enum { TL_SHAPE_REGS = 1, TL_SHAPE_OTHER = 2, TL_SHAPE_SHIFT = 2 };

/* A flag word's busy bits are its top ones (N, Z, C, V on Arm): rotate them down to where a varint
 * is short. */
enum { TL_FLAG_ROTATE = 8 };

static inline uintptr_t tl_rotate(const struct tl_record_format *f, uintptr_t v, unsigned by)
{
	unsigned bits = f->word * 8u;

	return (v << by | (v & tl_word_mask(f)) >> (bits - by)) & tl_word_mask(f);
}

#endif
