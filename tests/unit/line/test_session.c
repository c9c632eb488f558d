/* SPDX-License-Identifier: MIT */
/*
 * The session: packets and their errors, repeats, the lease, who goes when.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line/client.h"
#include "line/packet.h"
#include "probe/table.h"
#include "probes.h"
#include "stream/remote.h"
#include "unit.h"

static const uintptr_t at = MOCK_TEXT;

static void hello(void)
{
	char want[128];

	nops_start();
	SAME(ask("QStartNoAckMode"), "OK");
	EQ(native("QTl.hello", "2,5"), -TL_EINVAL);
	EQ(native("QTl.hello", "2,0,0"), -TL_EINVAL);
	EQ(native("QTl.hello", "2,5,63"), -TL_EINVAL); /* 99 ms */
	EQ(native("QTl.hello", "2,5,927c1"), -TL_EINVAL);
	EQ(native("QTl.hello", "2,5,64"), 0);
	snprintf(want, sizeof want,
	         ",0,2,mock64,mock,4d6f636b0102030405060708090a0b0c0d0e0f10,%x,%x,%x,%x,%x,%x,7f",
	         MOCK_TICK_HZ, TL_POINTS, TL_PROBES, TL_RING_SIZE, TL_PACKET_SIZE, TL_SLOT_SIZE);
	SAME(strchr(client.answer, ','), want);
	EQ(ping(), 0);
	EQ(field(0), 5);
	EQ(field(2), 0);
	EQ(field(3), 0);
	EQ(field(4), 1);
}

static void errors(void)
{
	static const struct {
		const char *packet, *answer;
	} table[] = {
	        {"qTl.nonsense:1", "1,12"},
	        {"vMustReplyEmpty", ""},
	        {"", ""},
	        {"qTl.ping", "E11"},
	        {"qTl.ping:", "E11"},
	        {"qTl.ping:x", "E11"},
	        {"qTl.pingx:1", "1,12"},
	        {"QTl.add:7", "7,1"},
	        {"QTl.add:7,0,10000000,0,0,0,0,0", "7,1"},    /* id 0 */
	        {"QTl.add:7,100,10000000,0,0,0,0,0", "7,1"},  /* id 256 */
	        {"QTl.add:7,1,10000000,4,0,0,0,0", "7,1"},    /* kind */
	        {"QTl.add:7,1,10000000,1,1000,0,0,0", "7,1"}, /* a register that there is not */
	        {"QTl.add:7,1,10000000,1,0,100000000,0,0", "7,1"},
	        {"QTl.add:7,1,10000000,1,0,0,100000000,0", "7,1"},
	        {"QTl.add:7,1,10000000,1,0,0,0,4", "7,1"},
	        {"QTl.add:7,1,10000000,1,0,0,0", "7,1"},
	        {"QTl.add:7,1,10000000000000000,1,0,0,0,0", "7,1"}, /* more than a word */
	        /* zeros are nops: somebody has to be accepted */
	        {"QTl.add:7,1,10000040,1,0,0,0,0", "7,0,0,2,1"},
	        {"QTl.del:7,1", "7,0,1"},
	        {"QTl.add:7,1,20000000,1,0,0,0,0", "7,5"},
	        {"QTl.add:7,1,8000000,1,0,0,0,0", "7,e"},
	        {"QTl.del:8,1", "8,2"},
	        {"QTl.del:8,0", "8,2"},
	        {"QTl.del:8", "8,1"},
	        {"QTl.enable:8,1,1", "8,2"},
	        {"QTl.arm:8,2", "8,1"},
	        {"QTl.arm:8", "8,1"},
	        {"qTl.next:8,100", "8,1"},
	        {"qTl.next:8,0", "8,0,0"},
	        {"qTl.check:8,10000001", "8,0,0,2"},
	        {"qTl.check:8,20000000", "8,5"},
	        {"qTl.check:8", "8,1"},
	        {"QTl.input:8,4", "8,13"},
	        {"QTl.bye:8", "8,1"},
	        {"fFFFFFFFFFFFFFFFF", ""},
	        {"qTl.ping:10000000000000000", "E11"},
	        {"qAttached", "1"},
	        {"Hg0", "OK"},
	        {"m10000000", "E01"},
	        {"m10000000,x", "E01"},
	};

	nops_start();
	EQ(client_hello(1), 0);
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		unit_at("%s", table[i].packet);
		SAME(ask("%s", table[i].packet), table[i].answer);
	}
	EQ(tl_points_used(), 0);
}

static void repeated(void)
{
	nops_start();
	EQ(client_hello(1), 0);
	for (unsigned i = 0; i < 3; i++) {
		EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
		EQ(field(0), TL_STEP_BOOSTED);
		EQ(field(1), 2);
		EQ(field(2), 1);
	}
	EQ(native("QTl.add", "1,%lx,0,0,0,0,0", at), -TL_EBUSY);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at + 2), -TL_EBUSY);
	EQ(native("QTl.add", "1,%lx,1,0,2,0,0", at), -TL_EBUSY);
	EQ(native("QTl.add", "1,%lx,1,0,0,2,0", at), -TL_EBUSY);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,1", at), -TL_EBUSY);
	EQ(native("QTl.add", "2,%lx,0,0,0,0,0", at), 0);
	EQ(field(2), 1); /* one point for both */
	CHECK(mock_run(at, 100));
	for (unsigned i = 0; i < 2; i++) {
		EQ(native("QTl.enable", "1,0"), 0);
		EQ(probe_state(1).enabled, 0);
		EQ(probe_state(1).hits, 1);
	}
	CHECK(nop_armed(0));
	EQ(native("QTl.del", "2"), 0);
	EQ(field(0), 0);
	CHECK(!nop_armed(0));
	EQ(native("QTl.del", "2"), -TL_ENOENT); /* the host knows that its first try got through */
	EQ(native("QTl.enable", "1,1"), 0);
	EQ(native("QTl.arm", "0"), 0);
	EQ(native("QTl.arm", "0"), 0);
	CHECK(!nop_armed(0));
	EQ(ping(), 0);
	EQ(field(4), 0);
	EQ(native("QTl.arm", "1"), 0);
	CHECK(nop_armed(0));
	EQ(native("QTl.del", "1"), 0);
	EQ(field(0), 1);
	CHECK(!nop_armed(0));
}

static void listed(void)
{
	struct probe_state p;

	nops_start();
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "ff,%lx,1,5,3,9,1", at + 2), 0);
	EQ(native("QTl.add", "3,%lx,0,0,0,0,0", at + 4), 0);
	EQ(native("qTl.next", "0"), 0);
	EQ(field(0), 3);
	EQ(native("qTl.next", "3"), 0);
	EQ(field(0), 0xff);
	EQ(native("qTl.next", "ff"), 0);
	EQ(field(0), 0);
	p = probe_state(0xff);
	EQ(p.addr, at + 2);
	EQ(p.kind, 1);
	EQ(p.mask, 5);
	EQ(p.every, 3);
	EQ(p.limit, 9);
	EQ(p.stay, 1);
	EQ(p.enabled, 1);
	EQ(probe_state(3).mask, 0xfff);
}

static void all_probes(void)
{
	nops_start();
	EQ(client_hello(1), 0);
	for (unsigned id = 1; id <= TL_PROBES; id++)
		EQ(native("QTl.add", "%x,%lx,0,0,0,0,0", id, at), 0);
	EQ(native("QTl.add", "%x,%lx,0,0,0,0,0", TL_PROBES + 1, at), -TL_EFULL);
	CHECK(mock_run(at, 100));
	for (unsigned id = 1; id <= TL_PROBES; id++)
		EQ(probe_state(id).recorded, 1);
}

/* ---- sessions end ---- */

static void two_probes(void)
{
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	EQ(native("QTl.add", "2,%lx,1,0,0,0,1", at + 2), 0); /* stays */
}

static void lease(void)
{
	nops_start();
	EQ(client_hello(1), 0);
	two_probes();
	for (unsigned i = 0; i < 5; i++) { /* any packet renews it */
		mock_pass(TL_LEASE_MS - 100);
		CHECK(ask(i % 2 ? "qAttached" : "nonsense"));
		CHECK(nop_armed(0) && nop_armed(1));
	}
	mock_pass(TL_LEASE_MS + 100);
	CHECK(!nop_armed(0) && nop_armed(1));
	CHECK(mock_run(at, 100));
	EQ(client.acks, 1);
	SAME(ask("QStartNoAckMode"), "OK");
	EQ(client.acks, 2); /* acks were on again */
	EQ(ping(), 0);
	EQ(field(0), 0);
	EQ(probe_state(2).hits, 1);
	EQ(native("QTl.del", "1"), -TL_ENOENT);

	/* One of its own length. */
	EQ(native("QTl.hello", "2,2,c8"), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	mock_pass(190);
	CHECK(nop_armed(0));
	mock_pass(20);
	CHECK(!nop_armed(0));
}

/* A packet that waited while the firmware did not poll was in time. */
static void lease_and_stall(void)
{
	nops_start();
	EQ(client_hello(1), 0);
	two_probes();
	tl_console_write("text", 4);
	mock_board.budget = 3; /* a frame is under way, and stays so */
	tl_poll();
	tl_rx((const uint8_t *)"$qAttached#8f", 13);
	mock_board.ms += TL_LEASE_MS + 100;
	tl_poll();
	CHECK(nop_armed(0));
	mock_board.budget = -1;
	tl_poll();
	client_pump();
	SAME(client.answer, "1");
	CHECK(nop_armed(0));
}

/* Without acks nobody sends a packet again: one that stops anywhere is taken when the rest
   comes. */
static void pause_in_a_packet(void)
{
	static const char *const packets[] = {"m10000000,4", "QTl.key:abc", "X20000000,2:\n\r"};
	char typed[16];

	for (unsigned p = 0; p < sizeof packets / sizeof *packets; p++) {
		uint8_t frame[64];

		for (unsigned n = client_frame(frame, sizeof frame, packets[p]), cut = 1; cut < n;
		     cut++) {
			unit_at("%s, cut at %u", packets[p], cut);
			nops_start();
			EQ(client_hello(1), 0);
			/* a lease that is longer than the pauses */
			EQ(native("QTl.hello", "2,1,927c0"), 0);
			tl_rx(frame, (int)cut);
			mock_pass(2100);
			tl_rx(frame + cut, (int)(n - cut) / 2);
			mock_pass(2100);
			client.answer[0] = 0;
			tl_rx(frame + cut + (n - cut) / 2, (int)(n - cut - (n - cut) / 2));
			mock_pass(8);
			client_pump();
			SAME(client.answer, p == 0 ? "00000000" : p == 1 ? "abc,0" : "OK");
			EQ(tl_console_read(typed, sizeof typed), 0);
		}
	}
}

/* A frame that stops in the middle is given up: what is typed after it arrives; with nobody
 * attached its own bytes were typed, too. */
static void half_a_frame(void)
{
	char typed[16];

	nops_start();
	tl_rx((const uint8_t *)"$5 each", 7);
	mock_pass(1000);
	EQ(tl_console_read(typed, sizeof typed), 0);
	mock_pass(2500);
	tl_rx((const uint8_t *)", ok", 4);
	EQ(tl_console_read(typed, sizeof typed), 11);
	CHECK(!memcmp(typed, "$5 each, ok", 11));
	EQ(client_hello(1), 0);
	tl_rx((const uint8_t *)"$QTl.del:1,", 11);
	mock_pass(3000);
	tl_rx((const uint8_t *)"hi\n", 3);
	EQ(tl_console_read(typed, sizeof typed), 3);
	CHECK(!memcmp(typed, "hi\n", 3));
	EQ(ping(), 0);
	EQ(ping(), 0);
	/* More than fields and separators, with a good sum: nothing is done. */
	two_probes();
	EQ(native("QTl.del", "1* "), -TL_EINVAL);
	CHECK(nop_armed(0));
}

/* What comes first: the end of a packet is not what was typed. */
static void first_bytes(const char *sent, const char *early, const char *late)
{
	char typed[64] = "";

	nops_start();
	tl_rx((const uint8_t *)sent, (int)strlen(sent));
	typed[tl_console_read(typed, sizeof typed - 1)] = 0;
	SAME(typed, early);
	mock_pass(200); /* a sender that is busy may pause as long */
	EQ(tl_console_read(typed, sizeof typed - 1), 0);
	mock_pass(100);
	typed[tl_console_read(typed, sizeof typed - 1)] = 0;
	SAME(typed, late);
	tl_rx((const uint8_t *)"#12.", 4);
	typed[tl_console_read(typed, sizeof typed - 1)] = 0;
	SAME(typed, "#12.");
	EQ(client_hello(1), 0);
}

static void torn_packet(void)
{
	first_bytes("ackMode#b0set\n", "set\n", "");
}

static void torn_packets(void)
{
	first_bytes("+abc$qAttached#8f", "", "");
}

static void typed_line(void)
{
	first_bytes("set 1#2\nset", "set 1#2\nset", "");
}

static void typed_word(void)
{
	first_bytes("set #", "", "set #");
}

static void typed_much(void)
{
	char sent[TL_PACKET_SIZE + 8];
	uint8_t typed[TL_CONSOLE_IN];

	nops_start();
	memset(sent, 'x', sizeof sent);
	tl_rx((const uint8_t *)sent, TL_PACKET_SIZE);
	EQ(tl_console_read((char *)typed, sizeof typed), 0);
	tl_rx((const uint8_t *)sent, 1);
	EQ(tl_console_read((char *)typed, sizeof typed), TL_CONSOLE_IN);
}

static void one_was_lost(void)
{
	client_pump();
	SAME(client.answer, "1");
	EQ(ping(), 0);
	EQ(field(3), 1); /* packets lost */
	tl_session_end(false);
	tl_client.overruns = 0;
}

/* A packet that comes while one waits is lost as a whole, whenever that one is served: nothing of
 * it is taken for typed text. */
static void overrun(void)
{
	uint8_t first[32], second[32];
	unsigned n = client_frame(first, sizeof first, "qAttached"),
	         m = client_frame(second, sizeof second, "QTl.key:5");
	char typed[8];

	for (unsigned part = 1; part <= m; part++) {
		unit_at("%u bytes come too early", part);
		nops_start();
		EQ(client_hello(1), 0);
		tl_rx(first, (int)n);
		tl_rx(second, (int)part);
		tl_poll();
		tl_rx(second + part, (int)(m - part));
		tl_rx((const uint8_t *)"hi", 2);
		EQ(tl_console_read(typed, sizeof typed), 2);
		one_was_lost();
	}
}

/* Text is not lost to a packet that waits, wherever it stands between frames. */
static void typed_behind_a_packet(void)
{
	uint8_t first[32], second[32];
	unsigned n = client_frame(first, sizeof first, "qAttached"),
	         m = client_frame(second, sizeof second, "QTl.key:5");
	char typed[16] = "";

	nops_start();
	EQ(client_hello(1), 0);
	tl_rx(first, (int)n);
	tl_rx((const uint8_t *)"run", 3);
	tl_rx(second, (int)m);
	tl_rx((const uint8_t *)" 60\n", 4);
	typed[tl_console_read(typed, sizeof typed - 1)] = 0;
	SAME(typed, "run 60\n");
	tl_poll();
	one_was_lost();
}

/* Rubbish and bad packets do not renew it. */
static void lease_and_rubbish(void)
{
	nops_start();
	EQ(client_hello(1), 0);
	two_probes();
	for (unsigned i = 0; i < 12; i++) {
		client_send("$QTl.add:1#00text", 17);
		mock_pass(TL_LEASE_MS / 10);
	}
	CHECK(!nop_armed(0));
}

static void goodbye(void)
{
	static const struct {
		const char *packet;
		bool first, second; /* armed after it */
	} ways[] = {
	        {"QTl.bye:9,0", false, true},       {"QTl.bye:9,1", true, true}, {"D", false, true},
	        {"QTl.hello:9,2,2,0", false, true}, /* somebody else */
	        {"QTl.hello:9,2,1,0", true, true},  /* the same */
	};

	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
		unit_at("%s", ways[i].packet);
		nops_start();
		EQ(client_hello(1), 0);
		two_probes();
		CHECK(ask("%s", ways[i].packet));
		EQ(nop_armed(0), ways[i].first);
		EQ(nop_armed(1), ways[i].second);
		tl_remote_del_all(true);
		tl_session_end(false);
	}
}

/* Deleted with records in the ring, and another probe added under the same id: neither's records
 * pass for the other's. */
static void deleted_with_records(void)
{
	nops_start();
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at + 2), 0);
	EQ(native("QTl.add", "2,%lx,1,0,0,0,0", at), 0);
	CHECK(mock_run(at, 100));
	CHECK(mock_run(at, 100));
	EQ(client.nrecords, 0);
	EQ(native("QTl.del", "1"), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at + 4), 0);
	CHECK(mock_run(at, 100));
	client_drain();
	for (unsigned i = 0, n1 = 0; i < client.nrecords; i++) {
		const struct tl_record *r = &client.records[i];

		EQ(r->regs[PC], r->probe == 1 ? at + 4 : at);
		if (r->probe == 1)
			EQ(r->seq, ++n1);
	}
	EQ(client.nrecords, 4);
}

/* The id's base goes with the probe: the next one's first record starts from nothing. */
static void deleted_and_again(void)
{
	nops_start();
	EQ(client_hello(1), 0);
	for (unsigned i = 0; i < 5; i++) {
		EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at + 2 * i), 0);
		for (unsigned k = 0; k < 3; k++) {
			mock_cpu.regs.r[R2] = 100 * i + k;
			CHECK(mock_run(at, 100));
			client_drain();
			EQ(client.nrecords, 3 * i + k + 1);
			EQ(client.records[client.nrecords - 1].regs[PC], at + 2 * i);
			EQ(client.records[client.nrecords - 1].regs[R2], 100 * i + k);
			EQ(client.records[client.nrecords - 1].seq, k + 1);
		}
		EQ(native("QTl.del", "1"), 0);
	}
}

static const struct unit_test tests[] = {
        {"hello", hello},
        {"answers to bad packets", errors},
        {"commands repeated", repeated},
        {"probes listed", listed},
        {"as many probes as there may be", all_probes},
        {"the lease", lease},
        {"a packet that waited renews the lease", lease_and_stall},
        {"a packet that comes while one waits", overrun},
        {"typed behind a packet that waits", typed_behind_a_packet},
        {"half a frame", half_a_frame},
        {"a pause in a packet", pause_in_a_packet},
        {"the end of a packet comes first", torn_packet},
        {"the end of a packet comes first, and another", torn_packets},
        {"a typed line comes first", typed_line},
        {"a typed word comes first", typed_word},
        {"more typed text than a packet may have comes first", typed_much},
        {"rubbish does not renew the lease", lease_and_rubbish},
        {"ways to go", goodbye},
        {"a probe deleted with records under way", deleted_with_records},
        {"a probe deleted and its id used again", deleted_and_again},
};
UNIT_MAIN(tests)
