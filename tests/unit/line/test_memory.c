/* SPDX-License-Identifier: MIT */
/*
 * Packets that read and write memory, and the console: patches hidden or not, what must not be
 * written, text beside frames.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/bytecode.h"
#include "gdb/halt.h"
#include "line/packet.h"
#include "pack.h"
#include "probes.h"
#include "unit.h"

static const uintptr_t at = 0x10000000;

/* at: nop, li r1 (4 bytes), nop, …; the second is probed. */
static void start(void)
{
	client_start();
	mock_org(at);
	NOP();
	LI(R1, 0x1234);
	for (unsigned i = 0; i < 100; i++)
		NOP();
	HALT();
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,0,0,0,0,0", at + 2), 0);
}

static void reads(void)
{
	start();
	SAME(ask("m10000000,8"), "0000811034120000");
	EQ(native("qTl.raw", "10000000,8"), 0);
	SAME(strrchr(client.answer, ','), ",000001b134120000");
	/* Every window over the patch. */
	for (unsigned from = 0; from < 6; from++)
		for (unsigned n = 1; n < 6; n++) {
			unit_at("%u bytes from %u", n, from);
			CHECK(ask("m%lx,%x", at + from, n));
			EQ(strlen(client.answer), 2 * n);
			CHECK(!strncmp(client.answer, &"00008110341200000000000000"[2 * from],
			               2 * n));
		}
	/* Longer than the agent copies at a time, patches anywhere. */
	for (unsigned i = 0; i < 8; i++)
		EQ(native("QTl.add", "%x,%lx,0,0,0,0,0", i + 2, at + 26 + 2 * i), 0);
	ask("m%lx,50", at + 6);
	EQ(strlen(client.answer), 160);
	EQ(strspn(client.answer, "0"), 160);
	EQ(native("qTl.raw", "%lx,50", at + 6), 0);
	EQ(strspn(strrchr(client.answer, ',') + 1, "0") < 160, 1);
	/* Disabled probes leave nothing to hide. */
	EQ(native("QTl.enable", "1,0"), 0);
	SAME(ask("m10000002,4"), "81103412");
	SAME(ask("m10000000,0"), "");
}

static void unmapped(void)
{
	static const char *const packets[] = {
	        "m40000000,1",     "m0,4",           "m1000fff0,8",    "m2000fffe,4",
	        "m30000000,1",     "M30000000,1:00", "M40000000,1:00", "qCRC:40000000,1",
	        "qCRC:2000fffe,4",
	};

	start();
	for (unsigned i = 0; i < sizeof packets / sizeof *packets; i++) {
		unit_at("%s", packets[i]);
		SAME(ask("%s", packets[i]), "E0f");
	}
	unit_at("wraps");
	SAME(ask("mffffffffffffffff,1"), "E01");
	EQ(native("qTl.raw", "40000000,4"), -TL_EFAULT);
	mock_cpu.page = true;
	SAME(ask("m30000000,2"), "0000");
}

static void writes(void)
{
	static const struct {
		const char *packet, *answer;
	} table[] = {
	        {"M20000000,4:01020304", "OK"},
	        {"M20000000,4:010203", "E01"},
	        {"M20000000,4:0102030405", "E01"},
	        {"M20000000,4:0102030g", "E01"},
	        {"M20000000,4", "E01"},
	        {"M20000000,4;01020304", "E01"},
	        {"M20000000:4,01020304", "E01"},
	        {"M20000000,0:", "OK"},
	        {"M10000000,3:ffffff", "E03"}, /* into a probed instruction, at its front */
	        {"M10000005,1:ff", "E03"},     /* and at its end */
	        {"M10000002,4:81103413", "E03"},
	        {"M10000002,4:81103412", "OK"}, /* it is what stands there */
	        {"M10000006,2:0000", "OK"},
	        {"M10000000,2:0000", "OK"},
	};

	start();
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		unit_at("%s", table[i].packet);
		SAME(ask("%s", table[i].packet), table[i].answer);
		EQ(*(uint32_t *)MOCK_RAM, 0x04030201);
		EQ(*(uint8_t *)(at + 2), MOCK_BRK);
	}
	/* The agent's own variables. */
	const uint8_t *own = (const uint8_t *)&tl_gdb;
	SAME(ask("M%lx,1:%02x", (uintptr_t)own, *own ^ 1u), "E06");
	/* Longer than the agent copies at a time. */
	char packet[400];
	int n = sprintf(packet, "M20000100,64:");
	for (unsigned i = 0; i < 100; i++)
		n += sprintf(packet + n, "%02x", i);
	SAME(ask("%s", packet), "OK");
	for (unsigned i = 0; i < 100; i++)
		EQ(((uint8_t *)MOCK_RAM)[0x100 + i], i);
}

static void crc(void)
{
	uint32_t want = 0xffffffff;
	char text[16];

	start();
	for (unsigned i = 0; i < 64; i++)
		want = tl_crc32(want, i == 2 ? MOCK_LI : i == 3 ? 0x10 : ((uint8_t *)at)[i]);
	snprintf(text, sizeof text, "C%x", want);
	SAME(ask("qCRC:%lx,40", at), text);
	EQ(native("QTl.del", "1"), 0);
	SAME(ask("qCRC:%lx,40", at), text);
	strcpy((char *)MOCK_RAM, "123456789");
	SAME(ask("qCRC:20000000,9"), "C376e6e7");
}

static void registers(void)
{
	start();
	for (unsigned i = 0; i < 8; i++)
		mock_cpu.regs.r[i] = 0x0102030405060708u * (i + 1);
	ask("g");
	EQ(strlen(client.answer), 16 * MOCK_NCORE);
	SAME(strndup(client.answer, 32), "0807060504030201100e0c0a08060402");
}

/* ---- the console ---- */

static void write_all(const char *s)
{
	int n = (int)strlen(s);

	while (n) {
		int done = tl_console_write(s, n);

		s += done;
		n -= done;
		tl_poll();
		client_pump();
	}
	for (unsigned i = 0; i < 4; i++)
		tl_poll();
	client_pump();
}

static void output(void)
{
	client_start();
	write_all("plain, 50% and $5\n");
	client_abandon();
	client.bad = 0; /* looked like frames for a while */
	SAME(client.text, "plain, 50% and $5\n");
	SAME(client.console, "");

	EQ(client_hello(1), 0);
	client_pump();
	client.text_len = 0;
	client.text[0] = 0;
	write_all("framed: $OK#9a %Tl:x#72 }*# 100%\n\x01\xff");
	SAME(client.text, "");
	SAME(client.console, "framed: $OK#9a %Tl:x#72 }*# 100%\n\x01\xff");
	EQ(client.bad, 0);

	EQ(native("QTl.bye", "0"), 0);
	client.text[client.text_len = 0] = 0;
	write_all("plain again\n");
	SAME(client.text, "plain again\n");
}

static void output_longer_than_its_buffer(void)
{
	static char line[3 * TL_CONSOLE_OUT + 1];

	client_start();
	for (unsigned i = 0; i < sizeof line - 1; i++)
		line[i] = "$%ab*#}c"[i * 7 % 8];
	EQ(tl_console_write(line, sizeof line), TL_CONSOLE_OUT); /* what fits */
	EQ(tl_console_write(line, 1), 0);
	tl_poll();
	client_pump();
	EQ(client_hello(1), 0);
	write_all(line);
	SAME(client.console, line);
}

/* A console that never rests does not keep answers out. */
static void output_and_answers(void)
{
	client_start();
	EQ(client_hello(1), 0);
	for (unsigned i = 0; i < 50; i++) {
		while (tl_console_write("chatter ", 8) == 8)
			;
		client.console_len = 0;
		SAME(ask("qAttached"), "1");
	}
}

static void input(void)
{
	char buf[256];
	int n;

	client_start();
	client_send("typed 100% +-\x03\n", 15);
	for (unsigned i = 0; i < 5; i++)
		tl_poll();
	n = tl_console_read(buf, sizeof buf);
	EQ(n, 15);
	CHECK(!memcmp(buf, "typed 100% +-\x03\n", 15));
	EQ(tl_console_read(buf, sizeof buf), 0);

	EQ(client_hello(1), 0);
	while (tl_console_read(buf, sizeof buf))
		;
	EQ(native("QTl.input", "244f4b2339610a"), 0); /* $OK#9a\n */
	EQ(field(0), 7);
	EQ(tl_console_read(buf, 3), 3);
	EQ(tl_console_read(buf + 3, sizeof buf), 4);
	CHECK(!memcmp(buf, "$OK#9a\n", 7));
	EQ(native("QTl.input", "0"), -TL_ETOOBIG);
	EQ(native("QTl.input", "%s", ""), 0);
	EQ(field(0), 0);
	/* No more than there is room for. */
	for (unsigned i = 0; i < TL_CONSOLE_IN + 5; i++) {
		EQ(native("QTl.input", "%02x", i), 0);
		EQ(field(0), i < TL_CONSOLE_IN);
	}
	EQ(tl_console_read(buf, sizeof buf), TL_CONSOLE_IN);
	for (int i = 0; i < TL_CONSOLE_IN; i++)
		EQ(buf[i], i);
}

static const struct unit_test tests[] = {
        {"reads hide the patches", reads},
        {"memory that is not there", unmapped},
        {"writes, but not under probes", writes},
        {"CRC", crc},
        {"registers", registers},
        {"console output, plain and framed", output},
        {"console output longer than its buffer", output_longer_than_its_buffer},
        {"console output does not keep answers out", output_and_answers},
        {"console input", input},
};
UNIT_MAIN(tests)
