/* SPDX-License-Identifier: MIT */
/*
 * Fetch programs over the line: windows, conditions with `every` and `limit`, records of values at
 * entries and returns, what is unreadable, and the room that programs take.
 */
#include <stdio.h>
#include <string.h>

#include "expr/fetch.h"
#include "fetch_asm.h"
#include "mock_asm.h"
#include "probes.h"
#include "unit.h"

enum { COUNT = 0, SNAPSHOT = 1, RETURNED = 3, DISABLED = 2 };

/* main: r0 = work(r0), halts. work(n) = n + 3. */
static uintptr_t entry, work, body;

static void start(void)
{
	uintptr_t call;

	client_start();
	mock_org(MOCK_TEXT);
	entry = NOP();
	call = CALL(0);
	HALT();
	work = PUSH(LR);
	mock_target(call, work);
	body = ADDI(R0, 1);
	ADDI(R0, 2);
	POPRET();
	memcpy((void *)MOCK_RAM, "\1\2\3\4\5\6\7\x08text\0\0\0\0", 16);
	EQ(client_hello(1), 0);
	EQ(native("QTl.windows", "%lx,100,%lx,4000", (long)MOCK_RAM, (long)MOCK_TEXT), 0);
	EQ(field(0), MOCK_RAM);
	EQ(field(1), 0x100);
	EQ(field(2), MOCK_TEXT);
	EQ(field(3), 0x4000);
}

static void run(uintptr_t n, uintptr_t pointer)
{
	mock_cpu.regs = (struct mock_regs){.r = {[R0] = n, [R1] = pointer, [SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(entry, 1000));
	EQ(mock_cpu.regs.r[R0], n + 3);
}

static int give(unsigned id, const char *text)
{
	uint8_t program[1024];
	char hex[2 * sizeof program + 1] = "";
	int n = fetch_asm(text, program, sizeof program);

	unit_at("%.200s", text);
	CHECK(n > 0);
	for (int i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", program[i]);
	return native("QTl.fetch", "%x,%x,%s", id, n, hex);
}

static int add(unsigned id, uintptr_t at, unsigned kind, unsigned every, unsigned limit,
               const char *text)
{
	int err = native("QTl.add", "%x,%lx,%x,0,%x,%x,%x", id, (long)at, kind, every, limit,
	                 DISABLED);

	if (!err)
		err = give(id, text);
	return err ? err : native("QTl.enable", "%x,1", id);
}

static const struct tl_record *record(unsigned n)
{
	CHECK(n < client.nrecords);
	return &client.records[n];
}

static void values(void)
{
	start();
	EQ(add(1, work, SNAPSHOT, 0, 0,
	       "FIELD 5 4 REG 1 LOAD4 4 PUT4 FIELD 4 8 REG 1 BLOCK 8 FIELD 6 6 REG 1 ADD1 8 STRING "
	       "6"),
	   0);
	for (unsigned i = 0; i < 10; i++) {
		run(i, MOCK_RAM);
		run(i, MOCK_PAGE);
		run(i, 0xdeadbeef);
		client_drain();
	}
	EQ(client.nrecords, 30);
	for (unsigned i = 0; i < 30; i += 3) {
		EQ(record(i)->seq, i + 1);
		EQ(record(i)->regs[0], 0);
		CHECK(!memcmp(record(i)->regs + 1,
		              "\5\6\7\x08\1\2\3\4\5\6\7\x08text\0\0\0\0\0\0\0\0", 24));
		for (unsigned bad = i + 1; bad < i + 3; bad++) {
			EQ(record(bad)->regs[0], 7);
			EQ(record(bad)->regs[1] | record(bad)->regs[2] | record(bad)->regs[3], 0);
		}
	}
	EQ(probe_state(1).recorded, 30);
	check_identity(1);
}

static void chain(void)
{
	start();
	/* if n > 10, every third of those, twice. */
	EQ(add(1, work, SNAPSHOT, 3, 2, "REG 0 GTSC 10; FIELD 3 1 REG 0 PUT1"), 0);
	for (unsigned i = 0; i < 30; i++) {
		run(i, 0);
		client_drain();
		check_identity(1);
	}
	EQ(client.nrecords, 2);
	EQ(record(0)->regs[1], 13);
	EQ(record(1)->regs[1], 16);
	EQ(probe_state(1).filtered, 11 + 4);
	EQ(probe_state(1).enabled, 0);
	EQ(native("QTl.del", "1"), 0);
	/* An undecided condition counts, and says so. */
	EQ(add(1, work, SNAPSHOT, 0, 0, "REG 1 LOAD1 0 GTSC 10; FIELD 3 1 REG 0 PUT1"), 0);
	run(7, MOCK_RAM);
	run(8, 0xdeadbeef);
	client_drain();
	EQ(client.nrecords, 3);
	EQ(record(2)->regs[0], TL_FETCH_UNDECIDED);
	EQ(record(2)->regs[1], 8);
	EQ(probe_state(1).filtered, 1);
	/* A count has a condition only. */
	EQ(add(2, body, COUNT, 0, 0, "REG 0 GTSC 10;"), 0);
	for (unsigned i = 0; i < 30; i++)
		run(i, 0);
	EQ(probe_state(2).recorded, 19);
	EQ(probe_state(2).filtered, 11);
	check_identity(2);
}

static void returns(void)
{
	start();
	EQ(add(1, work, RETURNED, 0, 0,
	       "REG 0 GTSC 10; FIELD 5 2 REG 4 LOAD2 0 PUT2"
	       " FIELD 3 1 REG 0 PUT1"),
	   0);
	for (unsigned i = 0; i < 30; i++) {
		mock_cpu.regs.r[R4] = 0;
		mock_cpu.regs = (struct mock_regs){
		        .r = {[R0] = i, [R4] = i % 2 ? MOCK_RAM + 1 : 8, [SP] = MOCK_MAIN_STACK}};
		CHECK(mock_run(entry, 1000));
		EQ(mock_cpu.regs.r[R0], i + 3);
		client_drain();
		check_identity(1);
	}
	EQ(probe_state(1).recorded, 22);
	EQ(probe_state(1).filtered, 8);
	EQ(client.nrecords, 22);
	for (unsigned i = 8; i < 30; i++) {
		const struct tl_record *r = record(i - 8);

		CHECK(r->returned);
		CHECK(r->elapsed > 0 && r->elapsed < 100);
		EQ(r->regs[0], !(i % 2));
		EQ(r->regs[1], (i % 2 ? 0x0302 : 0) | (i + 3) << 16);
	}
}

/* Text is the firmware's, patched or not; beside a patch, over its edges, and far from it. */
static void patched_text(void)
{
	uint8_t text[64], *from = (uint8_t *)MOCK_TEXT;

	start();
	memcpy(text, from, sizeof text);
	EQ(add(1, work, SNAPSHOT, 0, 0,
	       "FIELD 4 48 REG 1 BLOCK 48 FIELD 5 4 REG 1 LOAD4 0 PUT4 FIELD 6 4 REG 1 ADD1 9 "
	       "BLOCK 4"),
	   0);
	EQ(add(2, body, COUNT, 0, 0, ""), 0);
	CHECK(memcmp(text, from, sizeof text));
	for (unsigned i = 0; i < 16; i++) {
		uint8_t got[56];

		client.nrecords = 0;
		run(i, MOCK_TEXT + i);
		client_drain();
		memcpy(got, record(0)->regs + 1, sizeof got);
		EQ(record(0)->regs[0], 0);
		CHECK(!memcmp(got, text + i, 48));
		CHECK(!memcmp(got + 48, text + i, 4));
		CHECK(!memcmp(got + 52, text + i + 9, 4));
	}
}

/* Two at one address, and a C handler beside: the usual way through the trap. */
static void not_alone(void)
{
	start();
	EQ(add(1, work, SNAPSHOT, 0, 0, "FIELD 5 1 REG 1 LOAD1 3 PUT1"), 0);
	EQ(add(2, work, SNAPSHOT, 0, 0, "REG 0 GTSC 2; FIELD 3 8 REG 0 PUT8"), 0);
	EQ(native("QTl.add", "3,%lx,1,0,0,0,0", (long)work), 0);
	for (unsigned i = 0; i < 5; i++)
		run(i, MOCK_RAM);
	client_drain();
	EQ(client.nrecords, 5 + 2 + 5);
	for (unsigned id = 1; id <= 3; id++)
		check_identity(id);
	EQ(probe_state(2).filtered, 3);
}

static void dropped(void)
{
	start();
	EQ(add(1, work, SNAPSHOT, 0, 0, "FIELD 4 88 REG 1 BLOCK 88"), 0);
	for (unsigned i = 0; i < 200; i++)
		run(i, MOCK_RAM);
	CHECK(probe_state(1).dropped > 100);
	check_identity(1);
	client_drain();
	CHECK(!memcmp(client.records[0].regs + 1, (void *)MOCK_RAM, 88));
}

static void refused(void)
{
	start();
	EQ(give(1, ""), -TL_ENOENT);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", (long)work), 0);
	EQ(give(1, ""), -TL_EBUSY); /* it is enabled */
	EQ(native("QTl.enable", "1,0"), 0);
	EQ(give(1, "PUT1"), -TL_EINVAL);
	EQ(native("QTl.fetch", "1,3,0000"), -TL_EINVAL);
	EQ(native("QTl.fetch", "1,2,000"), -TL_EINVAL);
	EQ(native("QTl.fetch", "1,0,"), -TL_EINVAL);
	EQ(native("qTl.fetch", "1"), 0);
	SAME(client.answer + strlen(client.answer) - 1, ",");
	EQ(give(1, "FIELD 3 1 REG 0 PUT1"), 0);
	EQ(field(0), 2);
	EQ(give(1, "FIELD 3 1 REG 0 PUT1"), 0);
	EQ(give(1, "FIELD 3 1 REG 1 PUT1"), -TL_EBUSY);
	EQ(give(1, ""), -TL_EBUSY);
	EQ(native("qTl.fetch", "1"), 0);
	CHECK(strstr(client.answer, "0,00"));
	EQ(native("qTl.fetch", "2"), -TL_ENOENT);
}

/* Programs take room, and give it back when their probes go, whichever goes first. */
static void room(void)
{
	char text[1024] = "FIELD 160 0";
	unsigned n = 0;

	start();
	for (unsigned i = 0; i < 80; i++)
		strcat(text, " ADD1 1");
	for (unsigned round = 0; round < 4; round++) {
		for (n = 1; n < 20; n++) {
			int err = native("QTl.add", "%x,%lx,1,0,0,0,2", n, (long)work);

			EQ(err, 0);
			text[strlen(text) - 1] = (char)('0' + n % 10);
			err = give(n, text);
			if (err) {
				EQ(err, -TL_EFULL);
				break;
			}
		}
		EQ(n, 1 + TL_FETCH / (164 + 4)); /* 4 bytes around the field */
		EQ(native("QTl.del", "%x", n), 0);
		EQ(native("QTl.del", "%x", 1 + round % (n - 1)), 0);
		for (unsigned i = 1; i < n; i++)
			if (i != 1 + round % (n - 1)) {
				text[strlen(text) - 1] = (char)('0' + i % 10);
				EQ(give(i, text), 0); /* the same still */
				EQ(native("QTl.del", "%x", i), 0);
			}
	}
}

static void windows(void)
{
	start();
	EQ(native_bare("QTl.windows"), 0);
	EQ(field(1), 0x100);
	/* One that cannot be read: none has changed. */
	EQ(native("QTl.windows", "%lx,100,%lx,1000", (long)MOCK_TEXT, (long)MOCK_PAGE), -TL_EFAULT);
	EQ(native("QTl.windows", "%lx,%x", (long)MOCK_RAM, MOCK_RAM_SIZE + 1), -TL_EFAULT);
	EQ(native("QTl.windows", "%lx,4", (long)MOCK_RAM), -TL_EINVAL);
	EQ(native("QTl.windows", "%lx", (long)MOCK_RAM), -TL_EINVAL);
	EQ(native("QTl.windows", "%lx,%lx", (long)MOCK_RAM, -(long)MOCK_RAM + 1), -TL_EINVAL);
	EQ(native("QTl.windows", "1,8,2,8,3,8,4,8,5,8,6,8,7,8,8,8,9,8"), -TL_EFULL);
	EQ(native_bare("QTl.windows"), 0);
	EQ(field(0), MOCK_RAM);
	EQ(field(1), 0x100);
	EQ(field(2), MOCK_TEXT);
	/* What lies in none is unreadable, by a byte. */
	EQ(add(1, work, SNAPSHOT, 0, 0, "FIELD 5 8 REG 1 LOAD8 0 PUT8"), 0);
	run(1, MOCK_RAM + 0xf8);
	run(2, MOCK_RAM + 0xf9);
	run(3, MOCK_RAM - 1);
	run(4, MOCK_RAM);
	EQ(native("QTl.windows", "%lx,100", (long)MOCK_TEXT), 0);
	run(5, MOCK_RAM);
	client_drain();
	EQ(client.nrecords, 5);
	for (unsigned i = 0; i < 5; i++)
		EQ(record(i)->regs[0], i == 1 || i == 2 || i == 4);
}

/* Where the clock may not be asked for in a trap, values are read outside of it. */
static void outside(void)
{
	start();
	mock_org(MOCK_TEXT + 0x200);
	mock_cpu.ticks = CALLR(R5);
	RET();
	client_start();
	start();
	EQ(add(1, work, SNAPSHOT, 0, 0, "FIELD 5 4 REG 1 LOAD4 0 PUT4"), 0);
	run(1, MOCK_RAM);
	run(2, MOCK_PAGE);
	client_drain();
	EQ(client.nrecords, 2);
	EQ(record(0)->regs[1], 0x04030201);
	EQ(record(1)->regs[0], 1);
	check_identity(1);
}

/* And where a load there may fault. */
static void guarded(void)
{
	start();
	mock_cpu.guarded = true;
	EQ(add(1, work, SNAPSHOT, 0, 0, "REG 0 GTSC 1; FIELD 5 4 REG 1 LOAD4 0 PUT4"), 0);
	EQ(add(2, body, COUNT, 0, 0, "REG 1 LOAD1 0 EQC 1;"), 0);
	run(1, MOCK_RAM);
	run(2, MOCK_RAM);
	EQ(native("QTl.windows", "%lx,10", (long)MOCK_PAGE), -TL_EFAULT);
	mock_cpu.page = true;
	EQ(native("QTl.windows", "%lx,10", (long)MOCK_PAGE), 0);
	mock_cpu.page = false;
	run(3, MOCK_PAGE);
	client_drain();
	EQ(client.nrecords, 2);
	EQ(record(0)->regs[1], 0x04030201);
	EQ(record(1)->regs[0], 1);
	EQ(probe_state(2).recorded, 3);
	check_identity(1);
	check_identity(2);
}

static const struct unit_test tests[] = {
        {"values", values},
        {"condition, every, limit", chain},
        {"values of returns", returns},
        {"text has no patches", patched_text},
        {"several at an address", not_alone},
        {"what finds no room in the ring", dropped},
        {"what is refused", refused},
        {"room for programs", room},
        {"windows", windows},
        {"outside of traps", outside},
        {"guarded memory", guarded},
};
UNIT_MAIN(tests)
