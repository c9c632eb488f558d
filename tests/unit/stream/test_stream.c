/* SPDX-License-Identifier: MIT */
/* config: small */
/*
 * The stream and the counters: what is decoded is what was there, and every hit is accounted for.
 * The ring holds two records, two probes are delta-coded at a time, every fifth frame is a key
 * frame.
 */
#include <string.h>

#include "line/client.h"
#include "line/packet.h"
#include "probe/table.h"
#include "probes.h"
#include "unit.h"

enum { SITES = 4, EXPECTED = 1 << 14 };

/* What each hit of a snapshot probe must bring, in order of hits: written by the test, compared
 * with what was decoded. */
static struct expected {
	unsigned id, seq;
	uint32_t time;
	uintptr_t regs[MOCK_NCORE];
} expected[EXPECTED];
static unsigned nexpected;

static const uintptr_t sites = 0x10000000; /* addi r0, 1; halt, SITES times */
static unsigned next_seq[TL_PROBE_MAX + 1];

static void start(void)
{
	client_start();
	mock_org(sites);
	for (unsigned i = 0; i < SITES; i++) {
		ADDI(R0, 1);
		HALT();
		NOP();
	}
	memset(next_seq, 0, sizeof next_seq);
	nexpected = 0;
	EQ(client_hello(1), 0);
	EQ(native("QTl.hello", "2,1,927c0"), 0); /* the longest lease */
}

static void add(unsigned id, unsigned site, unsigned mask)
{
	EQ(native("QTl.add", "%x,%lx,1,%x,0,0,0", id, sites + 8 * site, mask), 0);
	next_seq[id] = 0;
}

/* Runs into a site with the registers as they are; the probe on it is expected to take them. */
static void hit(unsigned id, unsigned site)
{
	mock_cpu.regs.r[PC] = sites + 8 * site;
	CHECK(nexpected < EXPECTED);
	expected[nexpected].id = id;
	expected[nexpected].seq = ++next_seq[id];
	/* the breakpoint itself takes one */
	expected[nexpected].time = mock_port.ticks(mock_port.ctx) + 1;
	memcpy(expected[nexpected].regs, mock_cpu.regs.r, sizeof mock_cpu.regs.r);
	nexpected++;
	CHECK(mock_run(sites + 8 * site, 100));
}

static void shake(void)
{
	for (unsigned i = 0; i < 8; i++)
		if (!unit_below(3))
			mock_cpu.regs.r[i] =
			        unit_below(2) ? unit_below(100) : unit_random() >> unit_below(64);
	mock_cpu.regs.r[LR] += unit_below(2);
	mock_cpu.regs.r[FLAGS] = unit_below(2);
}

/*
 * Everything received is among what was expected, in order for each probe, exact in the registers
 * of its mask; returns how many were left out.
 */
static unsigned compare(unsigned id, uintptr_t mask)
{
	unsigned e = 0, lost = 0;

	for (unsigned i = 0; i < client.nrecords; i++) {
		const struct tl_record *r = &client.records[i];

		if (r->probe != id)
			continue;
		unit_at("record %u of probe %u", r->seq, id);
		for (; e < nexpected && (expected[e].id != id || expected[e].seq != r->seq); e++)
			lost += expected[e].id == id;
		CHECK(e < nexpected);
		EQ(r->time, expected[e].time);
		for (unsigned k = 0; k < MOCK_NCORE; k++)
			if (mask >> k & 1)
				EQ(r->regs[k], expected[e].regs[k]);
		e++;
	}
	for (; e < nexpected; e++)
		lost += expected[e].id == id;
	return lost;
}

static void one_probe(void)
{
	unit_seed(50);
	start();
	add(1, 0, 0);
	for (unsigned i = 0; i < 1000; i++) {
		shake();
		hit(1, 0);
		if (i % 2)
			client_drain();
	}
	client_drain();
	EQ(client.nrecords, 1000);
	EQ(compare(1, UINTPTR_MAX), 0);
	EQ(client.lost_frames + client.foul_frames + client.bad, 0);
	CHECK(client.key_frames > 50 && client.key_frames < client.frames);
	EQ(probe_state(1).recorded, 1000);
	check_identity(1);
}

/* Times are those of the hits. */
static void times(void)
{
	uint32_t at[40];

	start();
	add(1, 0, 1);
	for (unsigned i = 0; i < 40; i++) {
		at[i] = mock_port.ticks(mock_port.ctx) + 1;
		hit(1, 0);
		mock_board.ms += i % 7;
		if (i % 5 == 4 || i % 2)
			client_drain();
	}
	client_drain();
	EQ(client.nrecords, 40);
	for (unsigned i = 0; i < 40; i++)
		EQ(client.records[i].time, at[i]);
}

/* More probes than bases for deltas, each with its own mask. */
static void many_probes(void)
{
	static const unsigned masks[] = {0, 1, 0x803, 0x5a5};

	unit_seed(51);
	start();
	for (unsigned i = 0; i < SITES; i++)
		add(i + 1, i, masks[i]);
	EQ(TL_DELTAS, 2);
	for (unsigned i = 0; i < 2000; i++) {
		unsigned site = unit_below(SITES);

		shake();
		hit(site + 1, site);
		if (!unit_below(3))
			client_drain();
	}
	client_drain();
	EQ(client.lost_frames + client.foul_frames + client.bad, 0);
	for (unsigned i = 0; i < SITES; i++) {
		struct probe_state p = probe_state(i + 1);

		EQ(compare(i + 1, masks[i] ? masks[i] : UINTPTR_MAX), p.dropped);
		EQ(p.recorded + p.dropped, p.hits);
		CHECK(p.dropped > 0 && p.recorded > 100);
	}
}

/* The longest records there can be, two at a time, in frames that just hold one. */
static void longest_records(void)
{
	start();
	add(0xff, 0, 0);
	for (unsigned i = 0; i < 200; i++) {
		if (i % 3 == 0)
			client_reconnect();
		EQ(i % 3 ? ping() : native("QTl.key", "1"), 0);
		for (unsigned n = 0; n < 2; n++) {
			/* Differences that take ten bytes, or nine and an escape. */
			for (unsigned k = 0; k < SP; k++)
				mock_cpu.regs.r[k] += i % 2 ? (uintptr_t)1 << 63
				                            : (uintptr_t)0x2424242424242424
				                                      << (i / 2 % 3);
			mock_cpu.regs.r[LR] = (uintptr_t)(i % 2) << 63;
			mock_cpu.regs.r[SP] = MOCK_MAIN_STACK - 8 * i;
			hit(0xff, 0);
			mock_board.ms += 280000; /* in ticks: five bytes */
		}
		client_drain();
	}
	EQ(client.nrecords, 400);
	EQ(compare(0xff, UINTPTR_MAX), 0);
	EQ(client.bad + client.foul_frames, 0);
}

/* Frames lost on the line: nothing wrong is decoded, and the next key frame ends it. */
static void lost_frames(void)
{
	unit_seed(52);
	start();
	add(1, 0, 0);
	add(2, 1, 0);
	for (unsigned i = 0; i < 1000; i++) {
		unsigned site = unit_below(2);

		shake();
		hit(site + 1, site);
		mock_board.ms += 20;
		tl_poll();
		if (!unit_below(10) && mock_board.tx_len > 20) {
			if (unit_below(2))
				mock_board.tx_len = unit_below(mock_board.tx_len);
			else
				mock_board.tx[unit_below(mock_board.tx_len)] ^=
				        (uint8_t)(1 << unit_below(8));
		}
		client_pump();
	}
	client_drain();
	CHECK(client.lost_frames > 10);
	CHECK(compare(1, UINTPTR_MAX) + compare(2, UINTPTR_MAX) < 500);
	EQ(probe_state(1).dropped + probe_state(2).dropped, 0);
}

/* QTl.key: a listener that joins late has a key frame at once. */
static void asked_for_key(void)
{
	unsigned keys;

	start();
	add(1, 0, 0);
	hit(1, 0);
	client_drain();
	keys = client.key_frames;
	EQ(keys, 1);
	hit(1, 0);
	client_drain();
	EQ(client.key_frames, 1);
	client_reconnect();
	EQ(native("QTl.key", "1"), 0);
	hit(1, 0);
	client_drain();
	EQ(client.key_frames, 2);
	EQ(client.records[client.nrecords - 1].seq, 3);
	client_reconnect();
	EQ(native("QTl.hello", "2,1,0"), 0); /* so does a host that says hello again */
	hit(1, 0);
	client_drain();
	EQ(client.key_frames, 3);
	EQ(client.nrecords, 4);
	EQ(compare(1, UINTPTR_MAX), 0);
}

/* ---- counters ---- */

static void every_and_limit(void)
{
	static const struct {
		unsigned kind, every, limit, hits, want_hits, recorded, filtered, enabled;
	} table[] = {
	        {0, 0, 0, 10, 10, 10, 0, 1}, {0, 1, 0, 10, 10, 10, 0, 1},
	        {0, 3, 0, 10, 10, 3, 7, 1},  {0, 0, 4, 10, 4, 4, 0, 0},
	        {0, 2, 4, 10, 8, 4, 4, 0},   {0, 100, 1, 10, 10, 0, 10, 1},
	        {1, 3, 0, 10, 10, 3, 7, 1},  {1, 0, 4, 10, 4, 4, 0, 0},
	        {1, 2, 4, 10, 8, 4, 4, 0},   {1, 1, 1, 10, 1, 1, 0, 0},
	};

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		struct probe_state p;

		unit_at("row %u", i);
		start();
		EQ(native("QTl.add", "1,%lx,%x,0,%x,%x,0", sites, table[i].kind, table[i].every,
		          table[i].limit),
		   0);
		for (unsigned n = 0; n < table[i].hits; n++) {
			CHECK(mock_run(sites, 10));
			client_drain();
		}
		p = probe_state(1);
		EQ(p.hits, table[i].want_hits);
		EQ(p.recorded, table[i].recorded);
		EQ(p.filtered, table[i].filtered);
		EQ(p.missed + p.dropped, 0);
		EQ(p.enabled, table[i].enabled);
		EQ(*(uint8_t *)sites == MOCK_BRK, table[i].enabled);
		EQ(client.nrecords, table[i].kind ? table[i].recorded : 0);
		EQ(native("QTl.del", "1"), 0);
		tl_session_end(false);
	}
}

/* The limit is met by a hit storm that is not polled in between: not one more is counted. */
static void limit_in_a_storm(void)
{
	struct probe_state p;

	start();
	EQ(native("QTl.add", "1,%lx,1,0,0,5,0", sites), 0);
	for (unsigned i = 0; i < 100; i++)
		CHECK(mock_run(sites, 10));
	client_drain();
	p = probe_state(1);
	EQ(p.hits, 5);
	EQ(p.recorded + p.dropped, 5);
	CHECK(p.dropped);
	EQ(p.enabled, 0);
}

/* Below a handler hits are missed, on the wire too; other interrupts' are not. */
static uintptr_t probed;
static int calls(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	for (unsigned i = 0; i < 3; i++)
		mock_call(probed, 0);
	return 0;
}

static void missed(void)
{
	struct watched w;

	start();
	mock_org(sites + 0x100);
	probed = ADDI(R0, 1);
	RET();
	probes_clear();
	watch_prepare(&w, sites, 'a', PRE);
	w.pre = calls;
	EQ(tl_register_kprobe(&w.kp), 0);
	EQ(native("QTl.add", "1,%lx,1,0,2,0,0", probed), 0);
	for (unsigned i = 0; i < 4; i++)
		CHECK(mock_run(sites, 100));
	EQ(probe_state(1).missed, 12);
	EQ(probe_state(1).hits, 12);
	mock_call(probed, 0);
	mock_call(probed, 0);
	EQ(probe_state(1).filtered, 1);
	EQ(probe_state(1).recorded, 1);
	check_identity(1);
}

/* Everything at once, with interrupts, a slow line and a ring that is always full. */
static void storm(void)
{
	unsigned hits[SITES] = {0};

	unit_seed(53);
	start();
	for (unsigned i = 0; i < SITES; i++)
		EQ(native("QTl.add", "%x,%lx,%x,%x,%x,0,0", i + 1, sites + 8 * i, i != 3,
		          i == 2 ? 0x801 : 0, i),
		   0);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned site = unit_below(SITES);

		shake();
		CHECK(mock_run(sites + 8 * site, 10));
		hits[site]++;
		if (!unit_below(8)) {
			mock_board.budget = (int)unit_below(40);
			tl_poll();
			client_pump();
		}
		if (!unit_below(500)) {
			mock_board.budget = -1;
			check_identity(unit_below(SITES) + 1);
		}
	}
	mock_board.budget = -1;
	client_drain();
	EQ(client.bad + client.lost_frames + client.foul_frames, 0);
	for (unsigned i = 0; i < SITES; i++) {
		struct probe_state p = probe_state(i + 1);
		unsigned seen = 0, last = 0;

		unit_at("probe %u", i + 1);
		EQ(p.hits, hits[i]);
		EQ(p.filtered > 0, i > 1);
		check_identity(i + 1);
		for (unsigned k = 0; k < client.nrecords; k++)
			if (client.records[k].probe == i + 1) {
				CHECK(client.records[k].seq > last);
				last = client.records[k].seq;
				seen++;
			}
		EQ(seen, i == 3 ? 0 : p.recorded);
		EQ(p.dropped > 0, i != 3);
		CHECK(last <= p.recorded + p.dropped);
	}
}

static const struct unit_test tests[] = {
        {"a thousand snapshots", one_probe},
        {"times", times},
        {"more probes than bases", many_probes},
        {"the longest records", longest_records},
        {"frames lost and altered on the line", lost_frames},
        {"a key frame when asked for", asked_for_key},
        {"every and limit", every_and_limit},
        {"a limit met in a storm", limit_in_a_storm},
        {"hits missed below a handler", missed},
        {"a storm", storm},
};
UNIT_MAIN(tests)
