/* SPDX-License-Identifier: MIT */
/*
 * Reads .ARM.attributes: see attributes.h. Follows "Addenda to, and Errata in, the ABI for the Arm
 * Architecture" (ADDENDA32), 3.
 */
#include "program/attributes.h"

#include <stdbool.h>
#include <string.h>

enum {
	VERSION = 'A',
	TAG_FILE = 1,
	TAG_CPU_RAW_NAME = 4,
	TAG_CPU_NAME = 5,
	TAG_CPU_ARCH = 6,
	/* a number and a string; above it, odd tags have strings, even ones numbers */
	TAG_COMPATIBILITY = 32,
};

struct reader {
	const uint8_t *at, *end;
};

static unsigned uleb(struct reader *r)
{
	unsigned value = 0, shift = 0;

	while (r->at < r->end) {
		uint8_t byte = *r->at++;

		if (shift < 28)
			value |= (byte & 0x7fu) << shift;
		shift += 7;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

static void skip_string(struct reader *r)
{
	while (r->at < r->end && *r->at++)
		;
}

/* A length that counts itself: what it covers, and `r` behind it. */
static struct reader block(struct reader *r, const uint8_t *from)
{
	struct reader inner = {r->end, r->end};
	size_t left = (size_t)(r->end - r->at), head = (size_t)(r->at - from) + 4, size;

	if (left < 4) {
		r->at = r->end;
		return inner;
	}
	size = r->at[0] | (size_t)r->at[1] << 8 | (size_t)r->at[2] << 16 | (size_t)r->at[3] << 24;
	inner.at = r->at + 4;
	if (size >= head && size - head <= left - 4)
		inner.end = inner.at + (size - head);
	r->at = inner.end;
	return inner;
}

static unsigned cpu_arch(struct reader r)
{
	while (r.at < r.end) {
		unsigned tag = uleb(&r);

		if (tag == TAG_CPU_ARCH)
			return uleb(&r);
		if (tag == TAG_COMPATIBILITY)
			uleb(&r);
		if (tag == TAG_CPU_RAW_NAME || tag == TAG_CPU_NAME ||
		    (tag >= TAG_COMPATIBILITY && (tag == TAG_COMPATIBILITY || tag & 1)))
			skip_string(&r);
		else
			uleb(&r);
	}
	return 0;
}

unsigned attributes_variant(const uint8_t *bytes, size_t n)
{
	struct reader r = {bytes, bytes + n};

	if (n == 0 || *r.at++ != VERSION)
		return 0;
	while (r.at < r.end) {
		struct reader vendor = block(&r, r.at);
		const char *name = (const char *)vendor.at;

		if (!memchr(name, 0, (size_t)(vendor.end - vendor.at)) ||
		    strcmp(name, "aeabi") != 0)
			continue;
		skip_string(&vendor);
		while (vendor.at < vendor.end) {
			const uint8_t *from = vendor.at;
			unsigned tag = uleb(&vendor);
			struct reader attributes = block(&vendor, from);

			if (tag == TAG_FILE)
				return cpu_arch(attributes);
		}
	}
	return 0;
}
