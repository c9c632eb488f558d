/* SPDX-License-Identifier: MIT */
/*
 * The line: bad input at every byte, packets too long, acks; a line that is slow or refuses.
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

/* ---- bad input ---- */

static const char *const session[] = {
        "qSupported:xmlRegisters=i386",
        "QStartNoAckMode",
        "QTl.hello:1,2,7,0",
        "QTl.add:2,1,10000000,1,0,0,0,0",
        "QTl.add:3,2,10000002,0,0,2,0,0",
        "qTl.next:4,0",
        "QTl.enable:5,2,0",
        "m10000000,8",
        "qCRC:10000000,10",
        "g",
        "QTl.input:6,6869",
        "qTl.check:7,10000004",
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
			sum = sum * 31 + r->id + r->kind + r->addr + r->select + r->every +
			      r->limit + r->probe.state + r->stay;
	}
	return sum * 31 + tl_points_used() + tl_client.session;
}

/* Each packet of a session cut, flipped and doubled at every byte; then right. Only the right one
 * has an effect. */
static void corrupted(void)
{
	enum { CUT, FLIP, INSERT, WAYS };

	nops_start();
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
				if (way != INSERT ||
				    i < n - 1) /* behind both digits is no part of it */
					EQ(digest(), before);
			}
		unit_at("%s", session[p]);
		CHECK(ask("%s", session[p]) && client.answer[0] != 'E');
	}
	CHECK(nop_armed(0) && !nop_armed(1));
	EQ(probe_state(1).kind, 1);
}

/* Rubbish between the packets of a session. */
static void rubbish(void)
{
	unit_seed(40);
	nops_start();
	EQ(client_hello(7), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	for (unsigned round = 0; round < 2000; round++) {
		uint8_t bytes[1500];
		unsigned n = unit_below(round % 50 ? 40 : sizeof bytes);
		char buf[16];

		unit_at("round %u", round);
		for (unsigned i = 0; i < n; i++)
			bytes[i] = unit_below(5) ? (uint8_t)unit_random()
			                         : (uint8_t) "$%#}+-\x03:,"[unit_below(9)];
		client_send(bytes, n);
		/* The frame that rubbish may have begun is cut short by the next '$'. */
		CHECK(ask("qTl.ping:abc"));
		CHECK(!strncmp(client.answer, "abc,0,7,", 8));
		while (tl_console_read(buf, sizeof buf))
			;
		CHECK(nop_armed(0) && !nop_armed(1));
	}
	CHECK(tl_client.bad_frames > 100);
}

static void too_long(void)
{
	static char data[TL_PACKET_SIZE + 64];

	nops_start();
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

	nops_start();
	n = client_frame(frame, sizeof frame, "qAttached");
	client_send(frame, n);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 6);
	CHECK(!memcmp(mock_board.tx, "+$1#31", 6));
	client_send("-", 1);
	tl_poll();
	tl_poll();
	EQ(mock_board.tx_len, 11);
	CHECK(!memcmp(mock_board.tx + 6, "$1#31", 5));
	client_send("$qAttached#00", 13);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 12);
	EQ(mock_board.tx[11], '-');

	/* One who has acknowledged nothing yet asks the same twice, as LLDB does. */
	for (unsigned i = 0; i < 2; i++) {
		mock_board.tx_len = 0;
		client_send(frame, n);
		for (unsigned k = 0; k < 3; k++)
			tl_poll();
		EQ(mock_board.tx_len, 6);
	}
	client_send("+", 1);
	mock_board.tx_len = 0;
	client_send(frame, n);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 6);

	/* One who does: the same again at once is an ack. Later, or once the answer has been
	 * acknowledged: it was lost. */
	mock_board.tx_len = 0;
	client_send(frame, n);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 1);
	EQ(mock_board.tx[0], '+');
	client_send("+", 1);
	client_send(frame, n);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 7);
	mock_pass(3100);
	client_send(frame, n);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	EQ(mock_board.tx_len, 13);

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

/* A command that comes twice acts once: its answer was lost. With another TAG it is another. */
static void acts_once(void)
{
	char typed[16];

	nops_start();
	EQ(client_hello(7), 0);
	for (unsigned i = 0; i < 3; i++)
		SAME(ask("QTl.input:abc,78"), "abc,0,1");
	EQ(tl_console_read(typed, sizeof typed), 1);
	SAME(ask("QTl.input:abd,78"), "abd,0,1");
	SAME(ask("QTl.input:abc,78"), "abc,0,1");
	EQ(tl_console_read(typed, sizeof typed), 2);
	SAME(ask("QTl.add:1,1,%lx,0,0,0,0,0", at), "1,0,0,2,1");
	SAME(ask("QTl.del:2,1"), "2,0,1");
	SAME(ask("QTl.del:2,1"), "2,0,1");
	SAME(ask("QTl.del:3,1"), "3,2");
}

/* What the line has damaged so that RSP's sum does not tell: two bytes changed against each
   other. */
static void damaged_but_for_the_sum(void)
{
	nops_start();
	EQ(client_hello(7), 0);
	EQ(native("QTl.add", "1,%lx,0,0,0,0,0", at), 0);
	for (unsigned p = 0; p < PACKETS; p++) {
		uint8_t frame[128];
		unsigned n = client_frame(frame, sizeof frame, session[p]), answers;
		unsigned long before = digest();

		if (strncmp(session[p] + 1, "Tl.", 3))
			continue;
		for (unsigned i = 6; i < n - 4; i++) { /* behind what makes it a native packet */
			unsigned bad = tl_client.bad_frames;

			if (strchr("0#;\xff", frame[i]) || strchr("9f#;", frame[i + 1]) ||
			    frame[i] == frame[i + 1] + 1)
				continue;
			unit_at("%s, byte %u", session[p], i);
			frame[i]--;
			frame[i + 1]++;
			answers = client.answers;
			client_send(frame, n);
			for (unsigned k = 0; k < 3; k++)
				tl_poll();
			client_pump();
			EQ(client.answers, answers);
			EQ(tl_client.bad_frames, bad + 1);
			EQ(digest(), before);
			frame[i]++;
			frame[i + 1]--;
		}
	}
}

/* Hosts of before there was a CRC are told who speaks, without one; nothing is done. */
static void old_hosts(void)
{
	static const struct {
		const char *packet, *answer;
	} table[] = {
	        {"$QTl.hello:1,7,0#ff", "1,0,2,mock64,"},
	        {"$QTl.hello:1,2,7,0#8d", "1,0,2,mock64,"},
	        {"$qTl.ping:2#79", "2,0,0,"},
	        {"$QTl.bye:3,0#0d", "3,11"},
	        {"$QTl.del:4,1#71", "4,11"},
	        {"$qTl.nonsense:5#9f", "5,11"},
	};

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		const char *packet = table[i].packet;
		uint8_t sum = 0;
		char frame[64];

		unit_at("%s", packet);
		nops_start();
		for (const char *c = packet + 1; *c != '#'; c++)
			sum = (uint8_t)(sum + (uint8_t)*c);
		snprintf(frame, sizeof frame, "%.*s#%02x", (int)(strchr(packet, '#') - packet),
		         packet, sum);
		client_send(frame, (unsigned)strlen(frame));
		for (unsigned k = 0; k < 3; k++)
			tl_poll();
		client_pump();
		CHECK(!strncmp(client.answer, table[i].answer, strlen(table[i].answer)) &&
		      !client.has_crc);
		EQ(tl_client.session, 0);
		EQ(tl_client.no_ack, 0);
	}
	EQ(native("QTl.hello", "3,7,0"), 0); /* a newer one */
	EQ(field(0), TL_PROTOCOL_VERSION);
	EQ(tl_client.session, 0);
}

/* A debugger's first ack comes behind the end of what may look like a packet in the text before. */
static void first_ack(void)
{
	uint8_t frame[64];

	nops_start();
	tl_console_write("$ ", 2);
	tl_poll();
	client_send(frame, client_frame(frame, sizeof frame, "qSupported"));
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	CHECK(mock_board.tx_len > 20 && !memcmp(mock_board.tx, "$ #00#00+$PacketSize", 20));
	mock_board.tx_len = 0;
	SAME(ask("QStartNoAckMode"), "OK");
	client_send(frame, client_frame(frame, sizeof frame, "qSupported"));
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	CHECK(!memcmp(mock_board.tx, "+$PacketSize", 12)); /* it would be the answer */
}

/* What a debugger acknowledges with is no text, whenever it comes; a '+' that is typed is. */
static void acks_and_text(void)
{
	uint8_t frame[64];
	unsigned n;
	char text[16];

	nops_start();
	n = client_frame(frame, sizeof frame, "qAttached");
	for (unsigned round = 0; round < 2; round++) { /* after a reset, and after a session */
		unit_at("round %u", round);
		client_send("+", 1);
		client_send(frame, n);
		client_send("+", 1);
		client_send(frame, n); /* once more, before the first is served */
		for (unsigned i = 0; i < 3; i++)
			tl_poll();
		EQ(tl_console_read(text, sizeof text), 0);
		tl_session_end(false);
		client_send("+", 1);
		client_send("x+y\n", 4);
		tl_poll();
		EQ(tl_console_read(text, sizeof text), 5);
		CHECK(!memcmp(text, "+x+y\n", 5));
		client_send("+", 1);
		tl_poll();
		EQ(tl_console_read(text, sizeof text), 0);
		mock_pass(290);
		tl_poll();
		tl_poll();
		EQ(tl_console_read(text, sizeof text), 1);
	}
}

/* A packet comes while another waits, and its sender goes amid it: what is typed a while later is
   text. */
static void torn_while_another_waits(void)
{
	uint8_t frame[64];
	unsigned n;
	char text[16];

	nops_start();
	n = client_frame(frame, sizeof frame, "qAttached");
	tl_rx(frame, (int)n);
	tl_rx(frame, (int)n - 4);
	for (unsigned i = 0; i < 3; i++)
		tl_poll();
	tl_rx((const uint8_t *)"a", 1);
	EQ(tl_console_read(text, sizeof text), 0); /* of the packet, for all that is known */
	for (unsigned i = 0; i < 3; i++) {
		mock_pass(1100);
		tl_poll();
	}
	tl_rx((const uint8_t *)"x\n", 2);
	EQ(tl_console_read(text, sizeof text), 2);
	CHECK(!memcmp(text, "x\n", 2));
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
		nops_start();
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
	nops_start();
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
	nops_start();
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", at), 0);
	mock_board.budget = 0;
	client_send("$qAttached#8f", 13);
	for (unsigned i = 0; i < 500; i++) {
		CHECK(mock_run(at, 100));
		tl_poll();
	}
	EQ(mock_board.tx_len, 0);
	EQ(tl_remote_hits(&tl_remotes[0]), 500);
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
        {"every packet corrupted at every byte", corrupted},
        {"rubbish between packets", rubbish},
        {"packets and answers too long", too_long},
        {"acks", acks},
        {"a command that comes twice acts once", acts_once},
        {"packets damaged but for RSP's sum", damaged_but_for_the_sum},
        {"hosts of another version", old_hosts},
        {"a debugger's first ack", first_ack},
        {"acks and text", acks_and_text},
        {"torn while another waits", torn_while_another_waits},
        {"a slow line", slow_line},
        {"a slow line and a busy target", slow_busy_line},
        {"a line that refuses", refusing_line},
};
UNIT_MAIN(tests)
