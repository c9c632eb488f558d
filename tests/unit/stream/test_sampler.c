/* SPDX-License-Identifier: MIT */
/*
 * Samplers: values in a period, without a probe; what they miss, what is refused, what stands
 * beside probes, and that they go with their session.
 */
#include <stdio.h>
#include <string.h>

#include "fetch_asm.h"
#include "mock_asm.h"
#include "probes.h"
#include "unit.h"

enum { LIVE = 4, PERIOD_MAX = 600000, PER_MS = MOCK_TICK_HZ / 1000 };

static uint32_t value; /* what is sampled, in a window */

static void start(void)
{
	client_start();
	EQ(client_hello(1), 0);
	EQ(native("QTl.windows", "%lx,%x", (long)MOCK_RAM, MOCK_RAM_SIZE), 0);
	memset((void *)MOCK_RAM, 0, 64);
	value = 0;
}

static void set(uint32_t to)
{
	value = to;
	memcpy((void *)MOCK_RAM, &value, sizeof value);
}

static int give(unsigned id, const char *text)
{
	uint8_t program[256];
	char hex[2 * sizeof program + 1] = "";
	int n = fetch_asm(text, program, sizeof program);

	CHECK(n > 0);
	for (int i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", program[i]);
	return native("QTl.fetch", "%x,%x,%s", id, n, hex);
}

/* Samples `size` bytes of memory at `addr` as a block. */
static int add(unsigned id, unsigned period, uintptr_t addr, unsigned size)
{
	char text[64];
	int err = native("QTl.live", "%x,%x", id, period);

	snprintf(text, sizeof text, "FIELD 7 %u CONST4 %u BLOCK %u", size, (unsigned)addr, size);
	return err ? err : give(id, text);
}

static int enable(unsigned id, bool on)
{
	return native("QTl.enable", "%x,%x", id, on);
}

static const struct tl_record *record(unsigned n)
{
	CHECK(n < client.nrecords);
	return &client.records[n];
}

/* A poll each millisecond. */
static void pass(unsigned ms)
{
	while (ms--) {
		mock_board.ms++;
		tl_poll();
		client_pump();
	}
}

static void values(void)
{
	start();
	EQ(add(1, 10, MOCK_RAM, 4), 0);
	EQ(field(0), 2);
	pass(50);
	EQ(client.nrecords, 0); /* not before it is enabled */
	EQ(enable(1, true), 0);
	for (unsigned i = 0; i < 100; i++) {
		set(i);
		pass(1);
	}
	EQ(enable(1, false), 0);
	pass(50);
	EQ(client.nrecords, 11); /* the first at once */
	for (unsigned i = 0; i < 11; i++) {
		EQ(record(i)->seq, i + 1);
		EQ(record(i)->probe, 1);
		EQ(record(i)->regs[0], 0);
		EQ(record(i)->time - record(0)->time, i * 10 * PER_MS);
		EQ(record(i)->regs[1], i ? i * 10 - 1 : 0);
	}
	EQ(probe_state(1).recorded, 11);
	EQ(probe_state(1).missed, 0);
	check_identity(1);
}

/* A period that ends between two milliseconds of the agent's, and polls that come late: never less
 * than the period lies between two records. */
static void late(void)
{
	uint32_t at, last = 0;

	start();
	EQ(add(1, 10, MOCK_RAM, 4), 0);
	EQ(add(2, 10, MOCK_RAM, 4), 0);
	EQ(native("QTl.enable", "1,1,2"), 0);
	for (unsigned i = 0; i < 2000; i++) {
		mock_cpu.count += i * 7919 % (i % 20 ? 3 * PER_MS : 37 * PER_MS);
		tl_poll();
		client_pump();
	}
	EQ(native("QTl.enable", "1,0,2"), 0);
	client_drain();
	EQ(probe_state(1).recorded, probe_state(2).recorded);
	EQ(probe_state(1).missed, probe_state(2).missed);
	CHECK(probe_state(1).missed > 10);
	check_identity(1);
	CHECK(client.nrecords > 200);
	for (unsigned i = 0; i < client.nrecords; i++) {
		EQ(record(i)->probe, 1 + i % 2);
		if (i % 2)
			continue;
		at = record(i)->time;
		CHECK(!i || at - last >= 10 * PER_MS);
		last = at;
	}
}

static void missed(void)
{
	start();
	EQ(add(1, 10, MOCK_RAM, 4), 0);
	EQ(enable(1, true), 0);
	pass(5);
	mock_board.ms += 99; /* nine whole periods more than one have gone by, but one */
	pass(1);
	EQ(probe_state(1).recorded, 2);
	EQ(probe_state(1).missed, 9);
	check_identity(1);
	/* Time that it was not enabled is no loss. */
	EQ(enable(1, false), 0);
	pass(500);
	EQ(enable(1, true), 0);
	pass(1);
	EQ(probe_state(1).missed, 9);
	EQ(probe_state(1).recorded, 3);
	/* Enabled twice is enabled once. */
	EQ(enable(1, true), 0);
	pass(8);
	EQ(probe_state(1).recorded, 3);
	pass(2);
	EQ(probe_state(1).recorded, 4);
}

static void dropped(void)
{
	start();
	EQ(add(1, 1, MOCK_RAM, 88), 0);
	EQ(enable(1, true), 0);
	EQ(native("QTl.key", "0"), 0); /* nobody listens */
	pass(1000);
	EQ(enable(1, false), 0);
	CHECK(probe_state(1).dropped > 900);
	CHECK(probe_state(1).recorded > 10);
	EQ(probe_state(1).missed, 0);
	check_identity(1);
}

/* Text is in no window here; what is in one is read all the same. */
static void unreadable(void)
{
	char text[96];

	start();
	set(0x01020304);
	EQ(native("QTl.live", "1,64"), 0);
	snprintf(text, sizeof text,
	         "FIELD 8 4 CONST4 %u LOAD4 0 PUT4 FIELD 8 1 CONST4 %u LOAD1 0 PUT1",
	         (unsigned)MOCK_TEXT, (unsigned)MOCK_RAM);
	EQ(give(1, text), 0);
	EQ(enable(1, true), 0);
	client_drain();
	EQ(record(0)->regs[0], 1);
	EQ(record(0)->regs[1], (uintptr_t)4 << 32);
}

/* A sampler with a condition; its periods are the hits. */
static void condition(void)
{
	char text[96];

	start();
	EQ(native("QTl.live", "1,1"), 0);
	snprintf(text, sizeof text, "CONST4 %u LOAD4 0 GTSC 50; FIELD 8 4 CONST4 %u LOAD4 0 PUT4",
	         (unsigned)MOCK_RAM, (unsigned)MOCK_RAM);
	EQ(give(1, text), 0);
	EQ(enable(1, true), 0);
	for (unsigned i = 1; i <= 100; i++) {
		set(i);
		pass(1);
	}
	EQ(enable(1, false), 0);
	CHECK(probe_state(1).filtered >= 49);
	check_identity(1);
	client_drain();
	EQ(record(0)->regs[1], 51);
}

/* Two begin at one moment and stay in step; a probe beside them, with a limit, is as ever. */
static void beside(void)
{
	start();
	mock_org(MOCK_TEXT);
	uintptr_t entry = NOP();
	uintptr_t at = NOP();
	HALT();
	EQ(add(1, 10, MOCK_RAM, 4), 0);
	EQ(add(2, 10, MOCK_RAM + 4, 8), 0);
	EQ(native("QTl.add", "3,%lx,0,0,0,2,0", (long)at), 0);
	EQ(native("QTl.enable", "1,1,2"), 0);
	for (unsigned i = 0; i < 5; i++) {
		mock_cpu.regs = (struct mock_regs){.r = {[SP] = MOCK_MAIN_STACK}};
		CHECK(mock_run(entry, 100));
		pass(10);
	}
	EQ(probe_state(3).enabled, 0);
	EQ(probe_state(3).recorded, 2);
	EQ(probe_state(1).enabled, 1);
	EQ(probe_state(1).recorded, probe_state(2).recorded);
	EQ(probe_state(1).addr, 0);
	EQ(probe_state(1).kind, LIVE);
	EQ(probe_state(1).every, 10);
	EQ(probe_state(1).mask, 0);
	EQ(probe_state(1).step, 0);
	EQ(native("QTl.del", "3"), 0);
	EQ(field(0), 1);
	EQ(native("QTl.del", "1"), 0);
	EQ(field(0), 1);
	pass(20);
	CHECK(probe_state(2).recorded > 5);
	EQ(native("qTl.next", "0"), 0);
	EQ(field(0), 2);
	EQ(native("QTl.arm", "0"), 0); /* has nothing to do with it */
	pass(20);
	EQ(probe_state(2).enabled, 1);
}

static void refused(void)
{
	start();
	EQ(native("QTl.live", "0,1"), -TL_EINVAL);
	EQ(native("QTl.live", "1,0"), -TL_EINVAL);
	EQ(native("QTl.live", "1,%x", PERIOD_MAX + 1), -TL_EINVAL);
	EQ(native("QTl.live", "1"), -TL_EINVAL);
	EQ(native("QTl.live", "100,1"), -TL_EINVAL);
	EQ(native("QTl.live", "1,%x", PERIOD_MAX), 0);
	EQ(native("QTl.live", "1,%x", PERIOD_MAX), 0); /* the answer was lost */
	EQ(native("QTl.live", "1,1"), -TL_EBUSY);
	EQ(native("QTl.add", "1,%lx,0,0,0,0,0", (long)MOCK_TEXT), -TL_EBUSY);
	EQ(enable(1, true), -TL_EINVAL); /* it has no program */
	EQ(give(1, "FIELD 3 1 REG 0 PUT1"), -TL_EINVAL);
	EQ(give(1, "FIELD 6 1 CONST1 8 INDEX 0 4 PUT1"), -TL_EINVAL);
	EQ(give(1, "REG 0; FIELD 3 1 CONST1 8 PUT1"), -TL_EINVAL);
	EQ(give(1, "FIELD 3 1 CONST1 1 PUT1"), 0); /* there a 1 is no REG */
	EQ(enable(1, true), 0);
	EQ(give(1, "FIELD 3 1 CONST1 8 PUT1"), -TL_EBUSY);
	EQ(native("QTl.del", "1"), 0);
	mock_org(MOCK_TEXT);
	NOP();
	EQ(native("QTl.add", "1,%lx,0,0,0,0,2", (long)MOCK_TEXT), 0);
	EQ(native("QTl.live", "1,1"), -TL_EBUSY);
	for (unsigned i = 2; i <= TL_PROBES; i++)
		EQ(native("QTl.live", "%x,1", i), 0);
	EQ(native("QTl.live", "%x,1", TL_PROBES + 1), -TL_EFULL);
}

/* With the session, and with another's hello. */
static void ends(void)
{
	start();
	EQ(add(1, 10, MOCK_RAM, 4), 0);
	EQ(enable(1, true), 0);
	EQ(native("QTl.bye", "0"), 0);
	EQ(client_hello(1), 0);
	EQ(native("qTl.next", "0"), 0);
	EQ(field(0), 0);
	EQ(add(1, 10, MOCK_RAM, 4), 0);
	EQ(enable(1, true), 0);
	EQ(client_hello(2), 0);
	EQ(native("qTl.next", "0"), 0);
	EQ(field(0), 0);
	EQ(add(1, 10, MOCK_RAM, 4), 0);
	EQ(enable(1, true), 0);
	mock_pass(60000); /* longer than the lease */
	EQ(client_hello(2), 0);
	EQ(native("qTl.next", "0"), 0);
	EQ(field(0), 0);
}

static const struct unit_test tests[] = {
        {"values, in a period", values},          {"never closer than the period", late},
        {"periods without a poll", missed},       {"what finds no room in the ring", dropped},
        {"what is unreadable", unreadable},       {"a condition", condition},
        {"beside each other and probes", beside}, {"what is refused", refused},
        {"they go with their session", ends},
};
UNIT_MAIN(tests)
