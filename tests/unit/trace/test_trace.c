/* SPDX-License-Identifier: MIT */
/*
 * Tracepoints on the mock machine: the buffer and its limits, steps, returns, bad packets,
 * definitions that go meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock_asm.h"
#include "probes.h"
#include "trace/trace.h"
#include "unit.h"

enum { HEAD = 6, R_BLOCK = 1 + 8 * MOCK_NCORE, M_BLOCK = 11 };

static void start(void)
{
	nops_start();
	SAME(ask("QStartNoAckMode"), "OK");
	SAME(ask("QTinit"), "OK");
}

static void ok(const char *packet)
{
	unit_at("%s", packet);
	SAME(ask("%s", packet), "OK");
}

/* Once through the nops. */
static void run(void)
{
	CHECK(mock_run(MOCK_TEXT, 10000));
}

static void *put(uint8_t *to, const void *from, unsigned n)
{
	memcpy(to, from, n);
	return to + n;
}

/* Walks the buffer as GDB reads it, by qTBuffer: every frame is whole. How many there are; of each
 * the tracepoint. */
static unsigned frames(uint16_t *of, unsigned most)
{
	static uint8_t bytes[TL_TRACE_SIZE];
	unsigned n = 0, count = 0;

	for (;;) {
		const char *answer = ask("qTBuffer:%x,20", n);
		unsigned digits = (unsigned)strlen(answer);

		if (!strcmp(answer, "l"))
			break;
		for (unsigned i = 0; i < digits; i += 2) {
			char two[3] = {answer[i], answer[i + 1], 0};
			uint8_t byte = (uint8_t)strtoul(two, NULL, 16);

			CHECK(n < sizeof bytes);
			put(&bytes[n++], &byte, 1);
		}
	}
	EQ(n, tl_trace_buffer.used);
	for (unsigned at = 0, end; at < n; at = end) {
		uint32_t size;

		CHECK(n - at >= HEAD && count < most);
		memcpy(&of[count++], bytes + at, 2);
		memcpy(&size, bytes + at + 2, 4);
		end = at + HEAD + size;
		CHECK(end <= n);
		for (at += HEAD; at < end;) {
			uint16_t length;

			memcpy(&length, bytes + at + 9, 2);
			CHECK(bytes[at] == 'R' || bytes[at] == 'M' || bytes[at] == 'V');
			at += bytes[at] == 'R' ? R_BLOCK : bytes[at] == 'M' ? M_BLOCK + length : 13;
		}
		EQ(at, end);
	}
	EQ(count, tl_trace_buffer.frames);
	return count;
}

/* A run that ends where there is no room for a whole frame. */
static void full(void)
{
	uint16_t of[64];

	start();
	ok("QTBuffer:size:200");
	ok("QTDP:1:10000004:E:0:0-");
	ok("QTDP:-1:10000004:R1M-1,20000000,10");
	ok("QTStart");
	for (unsigned i = 0; i < 10; i++)
		run();
	EQ(frames(of, 64), 0x200 / (HEAD + R_BLOCK + M_BLOCK + 16));
	CHECK(strstr(ask("qTStatus"), "T0;tfull:0"));
	CHECK(!nop_armed(2));
	SAME(ask("QTFrame:0"), "F0T1");
	SAME(ask("QTFrame:pc:10000004"), "F1T1");
}

/* The oldest frames go, whole; a frame longer than the buffer ends the run all the same. */
static void circular(void)
{
	uint16_t of[64];

	start();
	ok("QTBuffer:size:200");
	ok("QTBuffer:circular:1");
	ok("QTDP:1:10000004:E:0:0-");
	ok("QTDP:-1:10000004:M-1,20000000,10");
	ok("QTDP:2:10000006:E:0:0-");
	ok("QTDP:-2:10000006:M-1,20000000,2f");
	ok("QTStart");
	for (unsigned i = 0; i < 100; i++) {
		unsigned n;

		run();
		n = frames(of, 64);
		CHECK(n >= 2);
		for (unsigned k = 0; k < n; k++)
			EQ(of[n - 1 - k], k % 2 ? 1 : 2);
	}
	EQ(tl_trace_buffer.created, 200);
	ok("QTStop");
	ok("QTinit");
	ok("QTBuffer:size:200");
	ok("QTBuffer:circular:1");
	ok("QTDP:3:10000004:E:0:0-");
	ok("QTDP:-3:10000004:M-1,20000000,200");
	ok("QTStart");
	run();
	EQ(frames(of, 64), 0);
	CHECK(strstr(ask("qTStatus"), "T0;tfull:0"));
}

/* While-stepping: a frame a step, with its PC; a pass count waits for the last. */
static void steps(void)
{
	uint16_t of[16];
	char packet[40];

	start();
	ok("QTDP:1:10000004:E:3:2-");
	ok("QTDP:-1:10000004:SR1");
	ok("QTStart");
	for (unsigned i = 0; i < 3; i++)
		run();
	EQ(frames(of, 16), 8);
	CHECK(strstr(ask("qTStatus"), "T0;tpasscount:1"));
	for (unsigned i = 0; i < 8; i++) {
		snprintf(packet, sizeof packet, "F%xT1", i);
		SAME(ask("QTFrame:%x", i), packet);
		snprintf(packet, sizeof packet, "%02x000010", 4 + 2 * (i % 4));
		CHECK(!strncmp(ask("p%x", PC), packet, 8));
	}
}

/* The end of the run, in the middle of the steps, ends them, and leaves nothing in the text. */
static void stopped_in_steps(void)
{
	uint16_t of[16];

	start();
	ok("QTBuffer:size:200");
	ok("QTDP:1:10000004:E:100:0-");
	ok("QTDP:-1:10000004:SR1");
	ok("QTStart");
	run();
	EQ(frames(of, 16), 0x200 / (HEAD + R_BLOCK));
	CHECK(strstr(ask("qTStatus"), "T0;tfull:0"));
	CHECK(!tl_trace_steps((struct tl_regs *)(void *)&mock_cpu.regs));
	run();
	for (unsigned i = 0; i < 16; i++)
		CHECK(!nop_armed(i));
}

/* Whatever is refused leaves no definition, no note of the draft, and no probe. */
static void refused(void)
{
	static const char *const bad[] = {
	        "QTDP:",
	        "QTDP:1",
	        "QTDP:0:10000004:E:0:0",
	        "QTDP:10000:10000004:E:0:0",
	        "QTDP:1:10000004",
	        "QTDP:1:10000004:Q:0:0",
	        "QTDP:1:10000004:E:0",
	        "QTDP:1:10000004:E:0:0:",
	        "QTDP:1:10000004:E:0:0:S",
	        "QTDP:1:10000004:E:0:0:F",
	        "QTDP:1:10000004:E:0:0:X1",
	        "QTDP:1:10000004:E:0:0:X2,27",
	        "QTDP:1:10000004:E:0:0:X1,ff",
	        "QTDP:1:10000004:E:0:0-x",
	        "QTDP:1:20000000:E:0:0",
	        "QTDP:1:10000005:E:0:0",
	        "QTDP:-1:10000004:R1",
	        "QTEnable:1:10000004",
	        "QTDPsrc:1:10000004:at:0:1:61",
	};

	start();
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tl_note note = tl_notes_of(TL_OWNER_DRAFT);

		unit_at("%s", bad[i]);
		CHECK(*ask("%s", bad[i]) == 'E');
		SAME(ask("qTfP"), "l");
		CHECK(!tl_note_next(&note));
	}
	EQ(tl_points_used(), 0);
}

/* As many as there is room for, no more; another debugger's QTinit makes room. */
static void limits(void)
{
	static char packet[64];

	start();
	for (unsigned i = 0; i < TL_TRACEPOINTS; i++) {
		snprintf(packet, sizeof packet, "QTDP:%x:10000004:E:0:0", i + 1);
		ok(packet);
	}
	CHECK(*ask("QTDP:7f:10000004:E:0:0") == 'E');
	ok("QTDP:1:10000004:D:0:0"); /* made anew */
	ok("QTinit");
	ok("QTDP:7f:10000004:E:0:0");
	ok("QTBuffer:size:-1");
	EQ(tl_trace_buffer_size(), TL_TRACE_SIZE);
}

/* Any size is taken: what is more than there is, is all that there is. */
static void sizes(void)
{
	uint16_t of[4];

	start();
	ok("QTBuffer:size:4");
	CHECK(strstr(ask("qTStatus"), ";tfree:4;tsize:4;"));
	ok("QTDP:1:10000004:E:0:0");
	ok("QTStart");
	run();
	CHECK(strstr(ask("qTStatus"), "T0;tfull:0"));
	EQ(frames(of, 4), 0);
	ok("QTBuffer:size:ffffffffffff");
	EQ(tl_trace_buffer_size(), TL_TRACE_SIZE);
	CHECK(*ask("QTBuffer:size:x") == 'E');
}

/* How many notes of a kind a tracepoint has. */
static unsigned notes(unsigned tracepoint, unsigned kind)
{
	struct tl_note note = tl_notes_of(TL_OWNER_TRACE + tracepoint);
	unsigned n = 0;

	while (tl_note_next(&note))
		n += note.kind == kind;
	return n;
}

/* Sources give way to what a run needs, those of a tracepoint all at once: a part of one would be
 * another source. */
static void sources(void)
{
	static char text[2 * 100 + 1], ranges[30 * 18 + 1];

	start();
	memset(text, '6', sizeof text - 1);
	for (unsigned i = 0; i < sizeof ranges - 1; i += 18)
		memcpy(ranges + i, ":10000000,10000100", 18);
	ok("QTDP:1:10000004:E:0:0-");
	ok("QTDP:-1:10000004:M-1,20000000,10");
	ok("QTDPsrc:1:10000004:cmd:0:1:61");
	ok("QTDP:2:10000006:E:0:0-");
	ok("QTDP:-2:10000006:M-1,20000000,10");
	for (unsigned i = 0; i < 1 + TL_NOTES / 100; i++)
		SAME(ask("QTDPsrc:2:10000006:cmd:0:64:%s", text), "OK");
	EQ(notes(0, TL_NOTE_SOURCE), 1);
	EQ(notes(1, TL_NOTE_SOURCE), 0);
	EQ(notes(1, TL_NOTE_MEMORY), 1);
	ok("QTDP:3:10000008:E:0:0-");
	ok("QTDP:-3:10000008:M-1,20000000,10");
	for (unsigned i = 0; i < 5; i++)
		SAME(ask("QTDPsrc:3:10000008:cmd:0:64:%s", text), "OK");
	EQ(notes(2, TL_NOTE_SOURCE), 5);
	SAME(ask("QTro%s", ranges), "OK");
	EQ(notes(0, TL_NOTE_SOURCE), 1);
	EQ(notes(2, TL_NOTE_SOURCE), 0);
	ok("QTStart");
	run();
	ok("QTStop");
	SAME(ask("QTFrame:tdp:3"), "F2T3");
	CHECK(*ask("m10000020,4") != 'E'); /* not collected: read-only */
}

/* A variable collected twice has its last value. The agent's own, of time, is told of, and goes
   on. */
static void variables(void)
{
	start();
	SAME(ask("qTfV"), "1:0:1:74726163655f74696d657374616d70");
	SAME(ask("qTsV"), "l");
	ok("QTDV:1:0:1:74726163655f74696d657374616d70");
	CHECK(*ask("QTDV:1:0:0:6e") == 'E');
	ok("QTDV:2:5:0:6e");
	ok("QTDP:1:10000004:E:0:0-");
	ok("QTDP:-1:10000004:X4,2e000227-");               /* tracev 2, end */
	ok("QTDP:-1:10000004:Xb,2c00022202022d00022927-"); /* getv 2, const8 2, add, setv 2, pop,
	                                                      end */
	ok("QTDP:-1:10000004:X4,2e000227");
	ok("QTStart");
	run();
	ok("QTStop");
	SAME(ask("QTFrame:0"), "F0T1");
	SAME(ask("qTV:2"), "V7");
	SAME(ask("qTV:1"), "U");
	ok("QTFrame:ffffffff");
	CHECK(*ask("qTV:1") == 'V');
}

/* Added while a run is on, it takes part. */
static void added(void)
{
	uint16_t of[8];

	start();
	CHECK(strstr(ask("qSupported"), ";InstallInTrace+;"));
	ok("QTDP:1:10000004:E:0:0");
	ok("QTStart");
	run();
	ok("QTDP:2:10000006:E:0:1-");
	CHECK(!nop_armed(3));
	ok("QTDP:-2:10000006:R1");
	CHECK(nop_armed(3));
	run();
	EQ(frames(of, 8), 3);
	EQ(of[2], 2);
	CHECK(strstr(ask("qTStatus"), "T0;tpasscount:2"));
}

/* What collects no registers has them all the same. */
static void memory_only(void)
{
	start();
	ok("QTDP:1:10000004:E:0:0-");
	ok("QTDP:-1:10000004:M-1,20000000,10");
	ok("QTStart");
	run();
	ok("QTStop");
	SAME(ask("QTFrame:0"), "F0T1");
	CHECK(!strchr(ask("g"), 'x'));
}

/* All goes while its definitions are being given back, and while it runs. */
static void forgotten(void)
{
	uint16_t of[16];

	start();
	ok("QTDP:1:10000004:E:2:0-");
	ok("QTDP:-1:10000004:R1-");
	ok("QTDP:-1:10000004:SR3");
	SAME(ask("qTfP"), "T1:10000004:E:2:0");
	SAME(ask("qTsP"), "A1:10000004:R1");
	ok("QTinit");
	SAME(ask("qTsP"), "l");
	ok("QTDP:1:10000004:E:0:0-");
	ok("QTDP:-1:10000004:R1");
	ok("QTStart");
	CHECK(nop_armed(2));
	run();
	EQ(frames(of, 16), 1);
	ok("QTinit");
	CHECK(!nop_armed(2));
	EQ(frames(of, 16), 0);
	run();
	EQ(frames(of, 16), 0);
}

static const struct unit_test tests[] = {
        {"a full buffer", full},
        {"a circular buffer", circular},
        {"steps", steps},
        {"a run that ends in steps", stopped_in_steps},
        {"bad definitions", refused},
        {"as many as there is room for", limits},
        {"definitions that go meanwhile", forgotten},
        {"sizes of the buffer", sizes},
        {"sources that give way", sources},
        {"variables", variables},
        {"a tracepoint added in a run", added},
        {"registers in any case", memory_only},
};
UNIT_MAIN(tests)
