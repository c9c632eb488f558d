/* SPDX-License-Identifier: MIT */
/*
 * Frames to records: see stream.h.
 */
#include "session/stream.h"

#include <string.h>

#include "pack.h"

enum { CRC = 2, NUMBERS = 128 };

void stream_start(struct stream *s, const struct tl_isa *isa)
{
	s->joined = false;
	s->format = (struct tl_record_format){.word = isa->word, .nregs = isa->ncore};
	for (unsigned i = 0; i < isa->ncore; i++)
		if (isa->regs[i].kind == TL_REG_FLAGS)
			s->format.flags |= (uintptr_t)1 << i;
}

static bool sound(const uint8_t *data, unsigned n)
{
	uint16_t crc = 0xffff;

	if (n < 1 + CRC)
		return false;
	for (unsigned i = 0; i < n - CRC; i++)
		crc = tl_crc16(crc, data[i]);
	return data[n - 2] == crc >> 8 && data[n - 1] == (crc & 0xff);
}

/* A key frame begins: its clock, and no memory of earlier records. */
static unsigned begin(struct stream *s, const uint8_t *data, unsigned n)
{
	uintptr_t time;
	unsigned used = tl_get_varint(data + 1, n - 1, &time);

	memset(s->deltas, 0, sizeof s->deltas);
	s->time = (uint32_t)time;
	s->joined = used != 0;
	return 1 + used;
}

bool stream_frame(struct stream *s, const uint8_t *data, unsigned n)
{
	unsigned at = 1, end;
	uint8_t number;

	if (!sound(data, n)) {
		s->joined = false;
		return false;
	}
	end = n - CRC;
	number = data[0] % NUMBERS;
	if (s->frames && number != s->next)
		s->missed += (unsigned)(number - s->next) % NUMBERS;
	if (data[0] & TL_FRAME_KEY)
		at = begin(s, data, end);
	else if (number != s->next)
		s->joined = false;
	s->next = (number + 1) % NUMBERS;
	s->frames++;
	while (s->joined && at < end) {
		struct tl_record r;
		uint8_t probe = tl_record_probe(data + at, end - at);
		unsigned used = tl_record_decode(data + at, end - at, &s->format, &r,
		                                 &s->deltas[probe], &s->time);

		if (!used)
			s->joined = false;
		else
			s->record(s->ctx, &r);
		at += used;
	}
	return s->joined;
}
