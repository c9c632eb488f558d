/* SPDX-License-Identifier: MIT */
/*
 * Frames to records: see stream.h.
 */
#include "session/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "pack.h"

enum { CRC = 2, NUMBERS = 128 };

void stream_start(struct stream *s, const struct tl_isa *isa)
{
	s->joined = false;
	s->way.n = 0;
	s->format = (struct tl_record_format){.word = isa->word, .nregs = isa->ncore};
	for (unsigned i = 0; i < isa->ncore; i++)
		if (isa->regs[i].kind == TL_REG_FLAGS)
			s->format.flags |= (uintptr_t)1 << i;
}

void stream_end(struct stream *s)
{
	for (unsigned i = 0; i <= TL_PROBE_MAX; i++) {
		free(s->stacks[i].words);
		s->stacks[i] = (struct stacked){0};
	}
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
	for (unsigned i = 0; i <= TL_PROBE_MAX; i++)
		s->stacks[i].n = 0;
	s->way.n = 0;
	s->time = (uint32_t)time;
	s->joined = used != 0;
	return 1 + used;
}

/* A record came: it is whole, or its stack is to follow. False: it cannot be. */
static bool take_record(struct stream *s, const struct tl_record *r)
{
	struct stacked *stack = &s->stacks[r->probe];
	unsigned n = tl_stack_words(&r->stack, s->format.nregs);

	if (!n) {
		s->record(s->ctx, r);
		return true;
	}
	if (r->stack.base > stack->n)
		return false;
	if (n > stack->room) {
		stack->words = grow(stack->words, n, sizeof *stack->words);
		stack->room = n;
	}
	s->under_way = *r;
	s->way = (struct tl_stack_way){.n = n, .base = r->stack.base};
	return true;
}

/* A piece of the stack of the record under way: its bytes, 0: it is malformed. */
static unsigned take_piece(struct stream *s, const uint8_t *data, unsigned n)
{
	struct tl_record *r = &s->under_way;
	struct stacked *stack = &s->stacks[r->probe];
	unsigned head = tl_stack_head(data, n), used;

	if (!head || !s->way.n || tl_record_probe(data, n) != r->probe)
		return 0;
	stack->n = 0;
	used = tl_stack_decode(data + head, n - head, &s->format, stack->words, &s->way);
	if (!used)
		return 0;
	if (s->way.at < s->way.n)
		return head + used;
	stack->n = s->way.n;
	s->way.n = 0;
	r->words = stack->words;
	s->record(s->ctx, r);
	return head + used;
}

static unsigned take(struct stream *s, const uint8_t *data, unsigned n)
{
	uint8_t probe = tl_record_probe(data, n);
	struct tl_record r;
	unsigned used;

	if (tl_record_is_piece(data, n))
		return take_piece(s, data, n);
	if (s->way.n)
		return 0; /* the stack is not whole */
	used = tl_record_decode(data, n, &s->format, &r, &s->deltas[probe], &s->time);
	return used && take_record(s, &r) ? used : 0;
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
		unsigned used = take(s, data + at, end - at);

		s->joined = used;
		at += used;
	}
	return s->joined;
}
