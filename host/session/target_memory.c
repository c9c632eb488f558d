/* SPDX-License-Identifier: MIT */
/*
 * Memory, registers and the console's input, as packets: see target.h.
 */
#include "base/util.h"
#include "error.h"
#include "session/target.h"

enum {
	CHUNK_MAX = 256, /* bytes of memory in one packet */
	CHUNK_MIN = 16,  /* on a line so bad that longer ones do not get through */
	FEW = 3,         /* attempts, until shorter ones are tried */
	INPUT_MAX = 32,  /* bytes of console input in one packet */
};

int target_raw(struct session *s, uint64_t addr, uint8_t *to, unsigned n)
{
	struct reply r;
	int result = session_ask(s, &r, "qTl.raw", ",%llx,%x", (unsigned long long)addr, n);

	if (result)
		return result;
	return reply_bytes(&r, to, n) == (int)n ? 0 : TL_EPACKET;
}

static unsigned chunk(const struct session *s, size_t n)
{
	unsigned room = s->target.packet > 64 ? (s->target.packet - 48) / 2 : 16;

	if (s->chunk && s->chunk < room)
		room = s->chunk;
	if (room > CHUNK_MAX)
		room = CHUNK_MAX;
	return n < room ? (unsigned)n : room;
}

/* A packet of that many bytes did not get through: will shorter ones be tried? */
static bool try_shorter(struct session *s, unsigned bytes, int result)
{
	if (result != SESSION_LOST || s->link.gone || bytes <= CHUNK_MIN)
		return false;
	s->chunk = bytes / 4 > CHUNK_MIN ? bytes / 4 : CHUNK_MIN;
	return true;
}

static unsigned attempts(unsigned bytes)
{
	return bytes > CHUNK_MIN ? FEW : 0;
}

int target_read(struct session *s, uint64_t addr, uint8_t *to, size_t n)
{
	while (n) {
		unsigned part = chunk(s, n);
		struct reply r;
		int result = session_try(s, &r, attempts(part), "qTl.read", ",%llx,%x",
		                         (unsigned long long)addr, part);

		if (try_shorter(s, part, result))
			continue;
		if (result)
			return result;
		if (reply_bytes(&r, to, part) != (int)part)
			return TL_EPACKET;
		addr += part;
		to += part;
		n -= part;
	}
	return 0;
}

int target_write(struct session *s, uint64_t addr, const uint8_t *from, size_t n)
{
	while (n) {
		unsigned part = chunk(s, n);
		char hex[2 * CHUNK_MAX + 1];
		struct reply r;
		int result;

		format_hex(hex, from, part);
		result = session_try(s, &r, attempts(part), "QTl.write", ",%llx,%s",
		                     (unsigned long long)addr, hex);
		if (try_shorter(s, part, result))
			continue;
		if (result)
			return result;
		addr += part;
		from += part;
		n -= part;
	}
	return 0;
}

int target_crc(struct session *s, uint64_t addr, uint64_t n, uint32_t *crc)
{
	struct reply r;
	uint64_t v;
	int result = session_ask(s, &r, "qTl.crc", ",%llx,%llx", (unsigned long long)addr,
	                         (unsigned long long)n);

	if (result)
		return result;
	if (!reply_number(&r, &v))
		return TL_EPACKET;
	*crc = (uint32_t)v;
	return 0;
}

/* As many as fit a packet, from *n on, to which their number is added. */
static int more_registers(struct session *s, uintptr_t *regs, unsigned *n, uint64_t *caller)
{
	unsigned left = s->target.isa->ncore - *n, word = s->target.isa->word;
	uint8_t bytes[64 * 8];
	struct reply r;
	int size, result = *n ? session_ask(s, &r, "qTl.regs", ",%x", *n)
	                      : session_ask(s, &r, "qTl.regs", "%s", "");

	if (result)
		return result;
	size = reply_bytes(&r, bytes, left * word);
	if (size <= 0 || (unsigned)size % word)
		return TL_EPACKET;
	if (!reply_number(&r, caller))
		*caller = 0;
	for (int i = size; i-- > 0;) {
		uintptr_t *reg = &regs[*n + (unsigned)i / word];

		*reg = ((unsigned)i % word == word - 1 ? 0 : *reg << 8) | bytes[i];
	}
	*n += (unsigned)size / word;
	return 0;
}

int target_registers(struct session *s, uintptr_t *regs, uint64_t *caller)
{
	unsigned n = 0;
	int result = 0;

	while (!result && n < s->target.isa->ncore)
		result = more_registers(s, regs, &n, caller);
	return result;
}

int target_input(struct session *s, const uint8_t *bytes, unsigned n, unsigned *taken)
{
	char hex[2 * INPUT_MAX + 1];
	struct reply r;
	uint64_t v;
	int result;

	if (n > INPUT_MAX)
		n = INPUT_MAX;
	format_hex(hex, bytes, n);
	result = session_ask(s, &r, "QTl.input", ",%s", hex);
	*taken = 0;
	if (result)
		return result;
	if (!reply_number(&r, &v) || v > n)
		return TL_EPACKET;
	*taken = (unsigned)v;
	return 0;
}
