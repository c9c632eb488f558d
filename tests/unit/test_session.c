/* SPDX-License-Identifier: MIT */
/*
 * The session: packets and their errors, repeats, the lease, who goes when; bad input at every byte; a line that refuses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "probes.h"
#include "unit.h"

static const uintptr_t at = 0x10000000; /* MOCK_TEXT: nops */

static void start(void)
{
	client_start();
	mock_org(at);
	for (unsigned i = 0; i < 16; i++)
		NOP();
	HALT();
}

static bool armed(unsigned i)
{
	return *(uint8_t *)(at + 2 * i) == MOCK_BRK;
}

static void hello(void)
{
	char want[128];

	start();
	SAME(ask("QStartNoAckMode"), "OK");
	EQ(native("QTl.hello", "5"), -TL_EINVAL);
	EQ(native("QTl.hello", "0,0"), -TL_EINVAL);
	EQ(native("QTl.hello", "5,63"), -TL_EINVAL); /* 99 ms */
	EQ(native("QTl.hello", "5,927c1"), -TL_EINVAL);
	EQ(native("QTl.hello", "5,64"), 0);
	snprintf(want, sizeof want, ",0,1,mock64,mock,4d6f636b0102030405060708090a0b0c0d0e0f10,%x,%x,%x,%x,%x,%x", MOCK_TICK_HZ,
	         TL_POINTS, TL_PROBES, TL_RING_SIZE, TL_PACKET_SIZE, TL_SLOT_SIZE);
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
	        {"qTl.nonsense:1", ""},
	        {"vMustReplyEmpty", ""},
	        {"", ""},
	        {"qTl.ping", "E11"},
	        {"qTl.ping:", "E11"},
	        {"qTl.ping:x", "E11"},
	        {"qTl.pingx:1", "E11"},
	        {"QTl.add:7", "7,1"},
	        {"QTl.add:7,0,10000000,0,0,0,0,0", "7,1"},    /* id 0 */
	        {"QTl.add:7,100,10000000,0,0,0,0,0", "7,1"},  /* id 256 */
	        {"QTl.add:7,1,10000000,4,0,0,0,0", "7,1"},    /* kind */
	        {"QTl.add:7,1,10000000,1,1000,0,0,0", "7,1"}, /* a register that there is not */
	        {"QTl.add:7,1,10000000,1,0,100000000,0,0", "7,1"},
	        {"QTl.add:7,1,10000000,1,0,0,100000000,0", "7,1"},
	        {"QTl.add:7,1,10000000,1,0,0,0,2", "7,1"},
	        {"QTl.add:7,1,10000000,1,0,0,0", "7,1"},
	        {"QTl.add:7,1,10000000000000000,1,0,0,0,0", "7,1"}, /* more than a word */
	        {"QTl.add:7,1,10000040,1,0,0,0,0", "7,0,0,2,1"},    /* zeros are nops: somebody has to be accepted */
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
	        {"?", "S05"},
	        {"Hg0", "OK"},
	        {"m10000000", "E01"},
	        {"m10000000,x", "E01"},
	};

	start();
	EQ(client_hello(1), 0);
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		unit_at("%s", table[i].packet);
		SAME(ask("%s", table[i].packet), table[i].answer);
	}
	EQ(tl_points_used(), 0);
}

static void repeated(void)
{
	start();
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
	CHECK(armed(0));
	EQ(native("QTl.del", "2"), 0);
	EQ(field(0), 0);
	CHECK(!armed(0));
	EQ(native("QTl.del", "2"), -TL_ENOENT); /* the host knows that its first try got through */
	EQ(native("QTl.enable", "1,1"), 0);
	EQ(native("QTl.arm", "0"), 0);
	EQ(native("QTl.arm", "0"), 0);
	CHECK(!armed(0));
	EQ(ping(), 0);
	EQ(field(4), 0);
	EQ(native("QTl.arm", "1"), 0);
	CHECK(armed(0));
	EQ(native("QTl.del", "1"), 0);
	EQ(field(0), 1);
	CHECK(!armed(0));
}

static void listed(void)
{
	struct probe_state p;

	start();
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
	start();
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
	start();
	EQ(client_hello(1), 0);
	two_probes();
	for (unsigned i = 0; i < 5; i++) { /* any packet renews it */
		mock_pass(TL_LEASE_MS - 100);
		CHECK(ask(i % 2 ? "qAttached" : "nonsense"));
		CHECK(armed(0) && armed(1));
	}
	mock_pass(TL_LEASE_MS + 100);
	CHECK(!armed(0) && armed(1));
	CHECK(mock_run(at, 100));
	EQ(client.acks, 1);
	SAME(ask("QStartNoAckMode"), "OK");
	EQ(client.acks, 2); /* acks were on again */
	EQ(ping(), 0);
	EQ(field(0), 0);
	EQ(probe_state(2).hits, 1);
	EQ(native("QTl.del", "1"), -TL_ENOENT);

	/* One of its own length. */
	EQ(native("QTl.hello", "2,c8"), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	mock_pass(190);
	CHECK(armed(0));
	mock_pass(20);
	CHECK(!armed(0));
}

/* A packet that waited while the firmware did not poll was in time. */
static void lease_and_stall(void)
{
	start();
	EQ(client_hello(1), 0);
	two_probes();
	tl_console_write("text", 4);
	mock_board.budget = 3; /* a frame is under way, and stays so */
	tl_poll();
	tl_rx((const uint8_t *)"$qAttached#8f", 13);
	mock_board.ms += TL_LEASE_MS + 100;
	tl_poll();
	CHECK(armed(0));
	mock_board.budget = -1;
	tl_poll();
	client_pump();
	SAME(client.answer, "1");
	CHECK(armed(0));
}

/* A frame that stops in the middle is given up: what is typed after it arrives; with nobody attached its own bytes were typed,
 * too. */
static void half_a_frame(void)
{
	char typed[16];

	start();
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
	tl_rx((const uint8_t *)"hi", 2);
	EQ(tl_console_read(typed, sizeof typed), 2);
	EQ(ping(), 0);
	/* More than fields and separators, with a good sum: nothing is done. */
	two_probes();
	EQ(native("QTl.del", "1* "), -TL_EINVAL);
	CHECK(armed(0));
}

/* A packet that comes while one waits is lost as a whole, whenever that one is served: nothing of it is taken for typed text. */
static void overrun(void)
{
	uint8_t first[32], second[32];
	unsigned n = client_frame(first, sizeof first, "qAttached"), m = client_frame(second, sizeof second, "QTl.key:5");
	char typed[8];

	for (unsigned part = 1; part <= m; part++) {
		unit_at("%u bytes come too early", part);
		start();
		EQ(client_hello(1), 0);
		tl_rx(first, (int)n);
		tl_rx(second, (int)part);
		tl_poll();
		tl_rx(second + part, (int)(m - part));
		tl_rx((const uint8_t *)"hi", 2);
		EQ(tl_console_read(typed, sizeof typed), 2);
		client_pump();
		SAME(client.answer, "1");
		EQ(ping(), 0);
		EQ(field(3), 1); /* packets lost */
		tl_session_end(false);
		tl_client.overruns = 0;
	}
}

/* Rubbish and bad packets do not renew it. */
static void lease_and_rubbish(void)
{
	start();
	EQ(client_hello(1), 0);
	two_probes();
	for (unsigned i = 0; i < 12; i++) {
		client_send("$QTl.add:1#00text", 17);
		mock_pass(TL_LEASE_MS / 10);
	}
	CHECK(!armed(0));
}

static void goodbye(void)
{
	static const struct {
		const char *packet;
		bool first, second; /* armed after it */
	} ways[] = {
	        {"QTl.bye:9,0", false, true},     {"QTl.bye:9,1", true, true}, {"D", false, true},
	        {"QTl.hello:9,2,0", false, true}, /* somebody else */
	        {"QTl.hello:9,1,0", true, true},  /* the same */
	};

	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
		unit_at("%s", ways[i].packet);
		start();
		EQ(client_hello(1), 0);
		two_probes();
		CHECK(ask("%s", ways[i].packet));
		EQ(armed(0), ways[i].first);
		EQ(armed(1), ways[i].second);
		tl_remote_del_all(true);
		tl_session_end(false);
	}
}

/* Deleted with records in the ring, and another probe added under the same id: neither's records pass for the other's. */
static void deleted_with_records(void)
{
	start();
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
	start();
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

/* ---- bad input ---- */

static const char *const session[] = {
        "qSupported:xmlRegisters=i386",
        "QStartNoAckMode",
        "QTl.hello:1,7,0",
        "QTl.add:2,1,10000000,1,0,0,0,0",
        "QTl.add:3,2,10000002,0,0,2,0,0",
        "qTl.next:4,0",
        "QTl.enable:5,2,0",
        "m10000000,8",
        "qCRC:10000000,10",
        "g",
        "QTl.input:6,6869",
        "qTl.ping:7",
        "QTl.del:8,2",
};
enum { PACKETS = sizeof session / sizeof *session };

/* What must not change: text, probes. */
static unsigned long digest(void)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < 64; i++)
		sum = sum * 31 + ((uint8_t *)at)[i];
	for (unsigned i = 0; i < TL_PROBES; i++) {
		const struct tl_remote *r = &tl_remotes[i];

		if (r->id)
			sum = sum * 31 + r->id + r->kind + r->kp.addr + r->select + r->every + r->limit + r->kp.state + r->stay;
	}
	return sum * 31 + tl_points_used() + tl_client.session;
}

/* Each packet of a session cut, flipped and doubled at every byte; then right. Only the right one has an effect. */
static void corrupted(void)
{
	enum { CUT, FLIP, INSERT, WAYS };

	start();
	for (unsigned p = 0; p < PACKETS; p++) {
		uint8_t frame[128], bad[256];
		unsigned n = client_frame(frame, sizeof frame, session[p]);
		unsigned long before = digest();

		for (unsigned way = 0; way < WAYS; way++)
			for (unsigned i = 0; i < n; i++) {
				unsigned len = n;

				unit_at("%s, way %u, byte %u", session[p], way, i);
				memcpy(bad, frame, n);
				if (way == CUT) {
					len = i;
				} else if (way == FLIP) {
					bad[i] ^= (uint8_t)(1 + (i * 37 + p) % 255);
					/* The sum's digits in capitals are the same sum. */
					if (i >= n - 2 && (bad[i] | 0x20) == frame[i])
						continue;
				} else {
					memmove(bad + i + 1, bad + i, n - i);
					bad[i] = 'x';
					len = n + 1;
					if (i == 0) /* text, then a good packet: not bad at all */
						continue;
				}
				client_send(bad, len);
				for (unsigned k = 0; k < 3; k++)
					tl_poll();
				client_pump();
				if (way != INSERT || i < n - 1) /* behind both digits is no part of it */
					EQ(digest(), before);
			}
		unit_at("%s", session[p]);
		CHECK(ask("%s", session[p]) && client.answer[0] != 'E');
	}
	CHECK(armed(0) && !armed(1));
	EQ(probe_state(1).kind, 1);
}

/* Rubbish between the packets of a session. */
static void rubbish(void)
{
	unit_seed(40);
	start();
	EQ(client_hello(7), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	for (unsigned round = 0; round < 2000; round++) {
		uint8_t bytes[1500];
		unsigned n = unit_below(round % 50 ? 40 : sizeof bytes);
		char buf[16];

		unit_at("round %u", round);
		for (unsigned i = 0; i < n; i++)
			bytes[i] = unit_below(5) ? (uint8_t)unit_random() : (uint8_t) "$%#}+-\x03:,"[unit_below(9)];
		client_send(bytes, n);
		/* The frame that rubbish may have begun is cut short by the next '$'. */
		CHECK(ask("qTl.ping:abc"));
		CHECK(!strncmp(client.answer, "abc,0,7,", 8));
		while (tl_console_read(buf, sizeof buf))
			;
		CHECK(armed(0) && !armed(1));
	}
	CHECK(tl_client.bad_frames > 100);
}

static void too_long(void)
{
	static char data[TL_PACKET_SIZE + 64];

	start();
	EQ(client_hello(7), 0);
	for (int n = TL_PACKET_SIZE - 8; n < TL_PACKET_SIZE + 8; n++) {
		unsigned bad = tl_client.bad_frames;

		unit_at("%d bytes", n);
		memset(data, 'x', sizeof data);
		data[n] = 0;
		if (n + 4 <= TL_PACKET_SIZE) {
			SAME(ask("%s", data), "");
			EQ(tl_client.bad_frames, bad);
		} else {
			CHECK(!ask("%s", data));
			EQ(tl_client.bad_frames, bad + 1);
		}
		EQ(ping(), 0);
	}
	/* An answer that does not fit is an error. */
	SAME(ask("m10000000,%x", TL_PACKET_SIZE), "E13");
	EQ(native("qTl.raw", "10000000,%x", TL_PACKET_SIZE), -TL_ETOOBIG);
}

/* Acks: each good packet `+`, each bad one `-`; a nak brings the answer again. */
static void acks(void)
{
	uint8_t frame[64];
	unsigned n;

	start();
	n = client_frame(frame, sizeof frame, "qAttached");
	client_send(frame, n);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 6);
	CHECK(!memcmp(mock_board.tx, "+$1#31", 6));
	client_send("-", 1);
	tl_poll();
	tl_poll();
	EQ(mock_board.tx_len, 12);
	CHECK(!memcmp(mock_board.tx + 6, "+$1#31", 6));
	client_send("$qAttached#00", 13);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 13);
	EQ(mock_board.tx[12], '-');

	/* GDB acknowledges the answer to QStartNoAckMode still: that is no text for the console. */
	client_pump();
	SAME(ask("QStartNoAckMode"), "OK");
	client_send("+", 1);
	SAME(ask("qAttached"), "1");
	client_send("-", 1);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 0);
	EQ(tl_console_read((char *)frame, sizeof frame), 0);
}

/* ---- a line that refuses ---- */

/* One byte at a time, or none for a while: the same bytes go out in the same order. */
static void slow_line(void)
{
	static uint8_t whole[4096];
	unsigned len = 0;

	for (unsigned most = 0; most < 4; most++) {
		unsigned done = 0;

		unit_at("%u bytes at a time", most);
		start();
		for (unsigned p = 0; p < PACKETS; p++) {
			uint8_t frame[128];
			unsigned n = client_frame(frame, sizeof frame, session[p]);

			client_send(frame, n);
			mock_board.most = most ? (int)most : -1;
			for (unsigned i = 0; i < 400; i++) {
				if (most)
					mock_board.budget = i % 3 ? 0 : (int)(i % 5);
				tl_poll();
				tl_tx_ready();
			}
			mock_board.budget = -1;
			tl_poll();
		}
		done = mock_board.tx_len;
		if (!most) {
			len = done;
			memcpy(whole, mock_board.tx, len);
		}
		EQ(done, len);
		CHECK(!memcmp(mock_board.tx, whole, len));
		tl_remote_del_all(true);
		tl_session_end(false);
	}
}

/* The same with records and console text in between: nothing runs into anything else. */
static void slow_busy_line(void)
{
	start();
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	for (unsigned i = 0; i < 300; i++) {
		uint8_t frame[32];
		unsigned n = client_frame(frame, sizeof frame, "qAttached");

		client_send(frame, n);
		for (unsigned k = 0; k < 30; k++) {
			mock_board.budget = (int)((i + k) % 4);
			mock_board.ms += 3;
			if (k % 8 == 0)
				CHECK(mock_run(at, 100));
			if (k % 5 == 0)
				tl_console_write("text\n", 5);
			tl_poll();
			client_pump();
			CHECK(!client.bad);
		}
		client.console_len = 0;
	}
	mock_board.budget = -1;
	client_drain();
	EQ(client.answers, 303);
	EQ(client.text_len + client.foul_frames + client.lost_frames + client.bad, 0);
	CHECK(client.nrecords > 20);
}

/* While the line refuses nothing is sent; answers are not lost, and probes go on counting. */
static void refusing_line(void)
{
	start();
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	mock_board.budget = 0;
	client_send("$qAttached#8f", 13);
	for (unsigned i = 0; i < 500; i++) {
		CHECK(mock_run(at, 100));
		tl_poll();
	}
	EQ(mock_board.tx_len, 0);
	EQ(tl_remotes[0].kp.hits, 500);
	mock_board.budget = -1;
	tl_poll();
	client_pump();
	SAME(client.answer, "1");
	client_drain();
	check_identity(1);
	EQ(client.nrecords, probe_state(1).recorded);
	CHECK(probe_state(1).dropped > 0);
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
        {"half a frame", half_a_frame},
        {"rubbish does not renew the lease", lease_and_rubbish},
        {"ways to go", goodbye},
        {"a probe deleted with records under way", deleted_with_records},
        {"a probe deleted and its id used again", deleted_and_again},
        {"every packet corrupted at every byte", corrupted},
        {"rubbish between packets", rubbish},
        {"packets and answers too long", too_long},
        {"acks", acks},
        {"a slow line", slow_line},
        {"a slow line and a busy target", slow_busy_line},
        {"a line that refuses", refusing_line},
};
UNIT_MAIN(tests)
