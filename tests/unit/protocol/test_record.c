/* SPDX-License-Identifier: MIT */
/*
 * The record codec: random snapshots, delta-coded and back, for words of four and eight bytes.
 */
#include "record.h"

#include <string.h>

#include "pack.h"
/* config: codec */
#include "unit.h"

enum { PROBES = 5 };

static const struct tl_record_format formats[] = {
        {.word = 4, .nregs = 17, .flags = 1 << 16}, /* Cortex-M */
        {.word = 8, .nregs = 12, .flags = 1 << 11}, /* the mock */
        {.word = 4, .nregs = 32, .flags = 0},       {.word = 8, .nregs = 40, .flags = 3},
        {.word = 4, .nregs = 1, .flags = 0},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static uintptr_t mask_of(const struct tl_record_format *f)
{
	return f->word == 4 ? 0xffffffff : UINTPTR_MAX;
}

/* A value as registers have them: small, near the last one, or anything. */
static uintptr_t next_value(const struct tl_record_format *f, uintptr_t last)
{
	switch (unit_below(5)) {
	case 0:
		return last;
	case 1:
		return (last + unit_below(200) - 100) & mask_of(f);
	case 2:
		return unit_below(256);
	case 3:
		return ((uintptr_t)0 - unit_below(3)) & mask_of(f);
	default:
		return unit_random() & mask_of(f);
	}
}

static unsigned encode(uint8_t *out, const struct tl_record_format *f, struct tl_snapshot s,
                       struct tl_delta *prev, uint32_t *last_time)
{
	uintptr_t mask;
	unsigned n = tl_record_encode(out, f, &s, prev, *last_time, &mask);

	tl_record_keep(&s, mask, prev);
	*last_time = s.time;
	return n;
}

static void round_trip(void)
{
	for (unsigned k = 0; k < FORMATS; k++) {
		const struct tl_record_format *f = &formats[k];
		struct tl_delta out[PROBES + 1], in[PROBES + 1];
		uintptr_t regs[PROBES + 1][TL_RECORD_REGS] = {0},
		                        known[PROBES + 1][TL_RECORD_REGS] = {0};
		uint32_t seq[PROBES + 1] = {0}, time = 0, out_time = 0, in_time = 0;
		unsigned reused = 0;

		unit_seed(10 + k);
		memset(out, 0, sizeof out);
		memset(in, 0, sizeof in);
		for (unsigned round = 0; round < 5000; round++) {
			unsigned p = 1 + unit_below(PROBES), n;
			bool busy = unit_below(2); /* else one register changes */
			uintptr_t all =
			        f->nregs == 64 ? UINTPTR_MAX : ((uintptr_t)1 << f->nregs) - 1;
			uint32_t elapsed;
			uintptr_t select = p == 1 ? all : unit_random() & all;
			uint8_t code[TL_RECORD_REGS * 10 + 32];
			struct tl_record r;

			unit_at("format %u, round %u", k, round);
			if (!unit_below(50)) { /* a key frame */
				memset(out, 0, sizeof out);
				memset(in, 0, sizeof in);
				memset(known, 0, sizeof known);
				out_time = in_time = time;
			}
			for (unsigned i = busy ? 0 : unit_below(f->nregs); i < f->nregs;
			     i += busy ? 1 : f->nregs)
				regs[p][i] = next_value(f, regs[p][i]);
			seq[p] += unit_below(10) ? 1 : 1 + unit_below(1000);
			time += unit_below(3) ? unit_below(1000) : (uint32_t)unit_random();
			elapsed = (uint32_t)unit_random();
			n = encode(code, f,
			           (struct tl_snapshot){(uint8_t)p, p & 1, seq[p], time, elapsed,
			                                regs[p], select, seq[p] & 1, NULL},
			           &out[p], &out_time);
			CHECK(n && n <= tl_record_max(f));
			reused += !(code[0] & TL_RECORD_MASK);
			EQ(tl_record_probe(code, n), p);
			memset(&r, 0xee, sizeof r);
			EQ(tl_record_decode(code, n, f, &r, &in[p], &in_time), n);
			EQ(r.probe, p);
			EQ(r.seq, seq[p]);
			EQ(r.time, time);
			EQ(r.returned, p & 1);
			EQ(r.user, seq[p] & 1);
			EQ(r.elapsed, p & 1 ? elapsed : 0);
			for (unsigned i = 0; i < f->nregs; i++) {
				/* Selected registers are exact; a mask that was reused may bring
				 * others up to date too. */
				if (select >> i & 1)
					EQ(r.regs[i], regs[p][i]);
				else
					CHECK(r.regs[i] == known[p][i] || r.regs[i] == regs[p][i]);
				known[p][i] = r.regs[i];
			}
			EQ(out_time, in_time);
			CHECK(!memcmp(&out[p], &in[p], sizeof in[p]));
		}
		CHECK(reused > 10);
	}
}

/*
 * The example worked by hand: Cortex-M, the second record changes r0 by -1, sp not at all, Z in
 * xPSR. Then a return after 300 ticks, which changes r0 by 1, by the same mask.
 */
static void by_hand(void)
{
	static const uint8_t want_return[] = {0x8c, 0x08, 2, 0xac, 0x02, 2, 0};
	static const uint8_t want[] = {
	        3 << 2 | TL_RECORD_GAP | TL_RECORD_MASK, 2, 0x90, 0x03, 0x81, 0x80, 0x04, 1, 0x40,
	};
	struct tl_delta base = {.seq = 4, .mask = 2};
	uintptr_t regs[17] = {0};
	uint8_t code[256];
	uint32_t last = 1000;
	struct tl_snapshot s;

	base.regs[0] = 11;
	base.regs[13] = regs[13] = 0x20004000;
	base.regs[16] = 0x01000000;
	regs[0] = 10;
	regs[16] = 0x41000000;
	s = (struct tl_snapshot){3, false, 7, 1400, 0, regs, 0x1ffff, false, NULL};
	EQ(encode(code, &formats[0], s, &base, &last), sizeof want);
	CHECK(!memcmp(code, want, sizeof want));
	regs[0] = 11;
	s = (struct tl_snapshot){3, true, 8, 1402, 300, regs, 0x1ffff, false, NULL};
	EQ(encode(code, &formats[0], s, &base, &last), sizeof want_return);
	CHECK(!memcmp(code, want_return, sizeof want_return));
}

static void unchanged_costs_little(void)
{
	for (unsigned k = 0; k < FORMATS; k++) {
		struct tl_delta base = {0};
		uintptr_t regs[TL_RECORD_REGS];
		uint8_t code[TL_RECORD_REGS * 10 + 32];
		uint32_t last = 0;

		unit_at("format %u", k);
		for (unsigned i = 0; i < formats[k].nregs; i++)
			regs[i] = 0x1000 + i;
		for (unsigned n = 1; n <= 3; n++) {
			struct tl_snapshot s = {.probe = 1,
			                        .seq = n,
			                        .time = 10 * n,
			                        .regs = regs,
			                        .select = UINTPTR_MAX};
			unsigned size = encode(code, &formats[k], s, &base, &last);

			CHECK(n == 1 || size <= 5);
		}
	}
}

/* Every record cut short is refused; whatever bytes come, nothing outside is read or written. */
static void malformed(void)
{
	unit_seed(20);
	for (unsigned k = 0; k < FORMATS; k++)
		for (unsigned round = 0; round < 300; round++) {
			const struct tl_record_format *f = &formats[k];
			struct tl_delta base = {0}, in;
			uintptr_t regs[TL_RECORD_REGS];
			uint8_t code[TL_RECORD_REGS * 10 + 32];
			uint32_t last = 0, time;
			struct tl_record r;
			unsigned n;

			unit_at("format %u, round %u", k, round);
			for (unsigned i = 0; i < f->nregs; i++)
				regs[i] = next_value(f, 0);
			n = encode(code, f,
			           (struct tl_snapshot){(uint8_t)(1 + unit_below(255)), round & 1,
			                                1 + unit_below(9), unit_below(9999),
			                                unit_below(9999), regs, UINTPTR_MAX,
			                                round & 2, NULL},
			           &base, &last);
			for (unsigned cut = 0; cut < n; cut++) {
				uint8_t exact[sizeof code];

				memset(&in, 0, sizeof in);
				time = 0;
				memcpy(exact + sizeof exact - cut, code, cut);
				EQ(tl_record_decode(exact + sizeof exact - cut, cut, f, &r, &in,
				                    &time),
				   0);
			}
			memset(&in, 0, sizeof in);
			for (unsigned i = 0; i < n; i++)
				code[i] = unit_below(3) ? code[i] : (uint8_t)unit_random();
			time = 0;
			CHECK(tl_record_decode(code, n, f, &r, &in, &time) <= n);
		}
}

static void bad_heads(void)
{
	static const uint8_t bad[][8] = {
	        {0, 0},                                        /* probe 0 */
	        {0x80, 0x08, 0},                               /* probe 256 */
	        {1 << 2 | 2, 0, 0x80, 0x80, 0x80, 1},          /* a register that there is not */
	        {1 << 2 | 1, 0xff, 0xff, 0xff, 0xff, 0x1f, 0}, /* a gap of more than 32 bits */
	};

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tl_delta base = {0};
		struct tl_record r;
		uint32_t last = 0;

		unit_at("row %u", i);
		EQ(tl_record_decode(bad[i], sizeof bad[i], &formats[0], &r, &base, &last), 0);
	}
	EQ(tl_record_probe(bad[0], 1), 0);
	EQ(tl_record_probe(bad[1], 2), 0);
	EQ(tl_record_probe(bad[1], 1), 0);
}

static const struct unit_test tests[] = {
        {"random snapshots, with gaps and key frames, go through", round_trip},
        {"a record worked by hand", by_hand},
        {"unchanged registers cost little", unchanged_costs_little},
        {"records cut short or corrupted", malformed},
        {"heads that cannot be", bad_heads},
};
UNIT_MAIN(tests)
