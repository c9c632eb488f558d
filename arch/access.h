/* SPDX-License-Identifier: MIT */
/*
 * Memory for a target half, by the two accesses of its own that may fault: each the widest that is
 * naturally aligned. Shared by the patch.c of architectures; included there alone.
 */
#ifndef TL_ACCESS_H
#define TL_ACCESS_H

#include "arch.h"
#include "error.h"
#include "tl_config.h"

/* `bytes` is a power of two up to a word, and `addr` a multiple of it. 0, or not: it faults, and
 * nothing has happened. */
typedef int tl_load_fn(uintptr_t addr, unsigned bytes, uintptr_t *to);
typedef int tl_store_fn(uintptr_t addr, unsigned bytes, uintptr_t value);

/* The widest access that is aligned at `addr` and no longer than `n`. */
static inline unsigned tl_access_width(uintptr_t addr, unsigned n)
{
	unsigned width = sizeof(uintptr_t);

	while (addr & (width - 1) || width > n)
		width /= 2;
	return width;
}

/* tl_arch_copy() */
static inline unsigned tl_access_read(tl_load_fn *load, uintptr_t addr, uint8_t *to, unsigned n)
{
	enum { WORD = sizeof(uintptr_t) };
	uintptr_t start = addr, end = addr + n;

	while (addr != end) {
		unsigned left = (unsigned)(end - addr), width = tl_access_width(addr, left);
		uintptr_t value, from = addr;

		if (TL_TRACE && width == WORD && left >= 2 * WORD) {
			addr = tl_arch_words(addr, to, left / WORD);
			to += addr - from;
			if (addr - from < (left & -(unsigned)WORD))
				break;
			continue;
		}
		if (load(addr, width, &value))
			break;
		for (addr += width; from < addr; from++, value >>= 8)
			*to++ = (uint8_t)value;
	}
	return (unsigned)(addr - start);
}

/* tl_arch_write() */
static inline int tl_access_write(tl_store_fn *store, uintptr_t addr, const uint8_t *from,
                                  unsigned n)
{
	while (n) {
		unsigned width = tl_access_width(addr, n);
		uintptr_t value = 0;

		for (unsigned i = 0; i < width; i++)
			value |= (uintptr_t)*from++ << 8 * i;
		if (store(addr, width, value))
			return -TL_EFAULT;
		addr += width;
		n -= width;
	}
	return 0;
}

/* For tl_arch_patch(): has memory taken these 1 to 4 bytes? */
static inline bool tl_access_holds(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	uint8_t seen[4];

	if (tl_arch_read(addr, seen, n))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (seen[i] != bytes[i])
			return false;
	return true;
}

#endif
