/* SPDX-License-Identifier: MIT */
/*
 * The codec of stacks: random stacks, in pieces of any length, and back; and what no encoder makes
 * is refused, or stays within its words.
 */
#include "stack.h"

#include <string.h>

/* config: codec */
#include "unit.h"

enum { WORDS = 300 };

static const struct tl_record_format formats[] = {{.word = 4, .nregs = 17},
                                                  {.word = 8, .nregs = 32}};
enum { FORMATS = sizeof formats / sizeof *formats };

/* What the next stack differs in: nothing, a few words, all. */
static void shake(uintptr_t *words, unsigned n, unsigned word)
{
	uintptr_t mask = word == 4 ? 0xffffffff : UINTPTR_MAX;
	unsigned how = unit_below(4);

	for (unsigned i = 0; i < n; i++)
		if (how == 3 || (how && !unit_below(how * 20)))
			words[i] =
			        (unit_below(2) ? unit_random() : words[i] + unit_below(99)) & mask;
}

/* A piece, as the agent makes one: head, tokens, an end unless all is there. */
static unsigned piece(uint8_t *out, const struct tl_record_format *f, const uintptr_t *now,
                      uintptr_t *kept, unsigned room, struct tl_stack_way *way)
{
	unsigned n = tl_put_varint(out, 7 << TL_RECORD_SHIFT | TL_RECORD_PIECE);
	unsigned tokens = 1 + unit_below(40);

	while (way->at < way->n && tokens--) {
		unsigned from = way->at, used = tl_stack_encode(out + n, f, now, kept, way);

		CHECK(used && used <= TL_STACK_TOKEN);
		n += used;
		for (; from < way->at && from < room; from++)
			kept[from] = now[from];
	}
	if (way->at < way->n) {
		memset(out + n, 0, TL_STACK_END);
		n += TL_STACK_END;
	}
	return n;
}

static void round_trip(void)
{
	for (unsigned k = 0; k < FORMATS; k++) {
		const struct tl_record_format *f = &formats[k];
		uintptr_t now[WORDS] = {0}, kept[WORDS] = {0}, got[WORDS] = {0};
		unsigned known = 0;

		unit_seed(70 + k);
		for (unsigned round = 0; round < 3000; round++) {
			unsigned n = 1 + unit_below(WORDS), room = unit_below(3) ? WORDS : n / 2;
			struct tl_stack_way out = {.n = n, .base = known < n ? known : n}, in = out;

			unit_at("format %u, round %u", k, round);
			shake(now, WORDS, f->word);
			while (out.at < out.n) {
				uint8_t code[WORDS * TL_STACK_TOKEN + 8];
				unsigned used = piece(code, f, now, kept, room, &out), head;

				head = tl_stack_head(code, used);
				CHECK(head && tl_record_is_piece(code, used));
				EQ(tl_record_probe(code, used), 7);
				EQ(tl_stack_decode(code + head, used - head, f, got, &in),
				   used - head);
				EQ(in.at, out.at);
			}
			for (unsigned i = 0; i < n; i++)
				EQ(got[i], now[i]);
			known = n < room ? n : room;
			if (!unit_below(9))
				known = 0; /* a key frame */
		}
	}
}

static void malformed(void)
{
	static const struct {
		uint8_t bytes[12];
		unsigned n;
	} bad[] = {
	        {{0}, 0},                               /* nothing */
	        {{0x80}, 1},                            /* a number that is cut short */
	        {{0}, 1},                               /* a run without a length */
	        {{0, 11}, 2},                           /* longer than what is left */
	        {{2, 4, 0, 9}, 4},                      /* likewise */
	        {{0, 0xff, 0xff, 0xff, 0xff, 0x0f}, 6}, /* by far */
	        {{2, 2}, 2},                            /* no end, and not all words */
	};

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		uintptr_t words[10] = {0};
		struct tl_stack_way way = {.n = 10};

		unit_at("bytes %u", i);
		EQ(tl_stack_decode(bad[i].bytes, bad[i].n, &formats[1], words, &way), 0);
		CHECK(way.at <= way.n);
	}
	unit_seed(72);
	for (unsigned i = 0; i < 100000; i++) {
		uintptr_t words[24] = {0};
		struct tl_stack_way way = {.n = 16, .base = unit_below(17)};
		uint8_t code[32];
		unsigned used;

		for (unsigned b = 0; b < sizeof code; b++)
			code[b] = (uint8_t)(unit_below(3) ? unit_random() : unit_below(20));
		used = tl_stack_decode(code, sizeof code, &formats[i % FORMATS], words, &way);
		CHECK(used <= sizeof code && way.at <= way.n);
		for (unsigned w = 16; w < 24; w++)
			EQ(words[w], 0);
	}
}

/* The shape of a stack in its record. */
static void shapes(void)
{
	static const struct tl_stack_shape given[] = {
	        {true, false, 0, 0, 0},      {true, false, 128, 0, 128},  {true, true, 1, 0, 18},
	        {true, false, 100, 28, 129}, {true, true, 4000, 4000, 0},
	};

	for (unsigned i = 0; i < sizeof given / sizeof *given; i++) {
		const struct tl_record_format *f = &formats[0];
		struct tl_delta out = {0}, in = {0};
		uint32_t in_time = 0;
		uintptr_t regs[TL_RECORD_REGS] = {5}, mask;
		uint8_t code[TL_RECORD_REGS * 10 + 32];
		struct tl_record r;
		unsigned n = tl_record_encode(code, f,
		                              &(struct tl_snapshot){.probe = 3,
		                                                    .seq = 1,
		                                                    .regs = regs,
		                                                    .select = 1,
		                                                    .stack = &given[i]},
		                              &out, 0, &mask);

		unit_at("shape %u", i);
		CHECK(n && n <= tl_record_max(f) && !tl_record_is_piece(code, n));
		EQ(tl_record_decode(code, n, f, &r, &in, &in_time), n);
		CHECK(r.stack.any);
		EQ(r.stack.regs, given[i].regs);
		EQ(r.stack.main, given[i].main);
		EQ(r.stack.other, given[i].other);
		EQ(r.stack.base, given[i].base);
		for (unsigned cut = 0; cut < n; cut++) {
			in = (struct tl_delta){0};
			EQ(tl_record_decode(code, cut, f, &r, &in, &in_time), 0);
		}
	}
}

static const struct unit_test tests[] = {
        {"round trip", round_trip},
        {"what is malformed", malformed},
        {"shapes", shapes},
};
UNIT_MAIN(tests)
