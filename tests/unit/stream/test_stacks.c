/* SPDX-License-Identifier: MIT */
/*
 * Stacks in records: what comes is what was there, from the stack pointer to the end of its memory
 * or as much as was asked for, over frames and key frames; and every hit is accounted for.
 */
#include <stdio.h>
#include <string.h>

#include "fetch_asm.h"
#include "probes.h"
#include "returns.h"
#include "stream/ring.h"
#include "stream/stream.h"
#include "unit.h"

enum { COUNT = 0, SNAPSHOT = 1, RETURNED = 3, DISABLED = 2, WORD = sizeof(uintptr_t) };

static uintptr_t site; /* addi r0, 1; halt */

static void start(void)
{
	returns_start();
	mock_org(MOCK_TEXT + MOCK_TEXT_SIZE / 2);
	site = ADDI(R0, 1);
	HALT();
	EQ(client_hello(1), 0);
	EQ(native("QTl.hello", "2,1,927c0"), 0); /* the longest lease */
	EQ(native("QTl.windows", "%lx,%x", (long)MOCK_RAM, MOCK_RAM_SIZE), 0);
}

static void add(unsigned id, uintptr_t at, unsigned kind, unsigned bytes)
{
	EQ(native("QTl.add", "%x,%lx,%x,0,0,0,%x", id, (long)at, kind, DISABLED), 0);
	EQ(native("QTl.stack", "%x,%x", id, bytes), 0);
	EQ(native("QTl.enable", "%x,1", id), 0);
}

static const struct tl_record *record(unsigned n)
{
	CHECK(n < client.nrecords);
	return &client.records[n];
}

static uintptr_t *stack_at(uintptr_t sp)
{
	return (uintptr_t *)sp;
}

/* A hit with a stack of `depth` words and all that is above it random, or nearly as
 * before. Returns its words. */
static unsigned hit(unsigned depth, uintptr_t *to, unsigned most)
{
	uintptr_t end = MOCK_RAM + MOCK_RAM_SIZE, sp = end - depth * WORD;
	unsigned n = depth < most ? depth : most;

	for (unsigned i = 0; i < depth; i++)
		if (!unit_below(10))
			stack_at(sp)[i] = unit_random() >> unit_below(64);
	mock_cpu.regs.r[SP] = sp;
	memcpy(to, stack_at(sp), n * WORD);
	CHECK(mock_run(site, 100));
	return n;
}

static void windows(void)
{
	enum { MOST = 100 };

	unit_seed(80);
	start();
	add(1, site, SNAPSHOT, MOST * WORD);
	for (unsigned i = 0; i < 400; i++) {
		uintptr_t want[MOST];
		unsigned n = hit(unit_below(3) ? 30 + unit_below(200) : unit_below(50), want, MOST);
		const struct tl_record *r;

		unit_at("hit %u", i);
		client_drain();
		r = record(i);
		EQ(r->seq, i + 1);
		EQ(r->stack.main, n);
		CHECK(!r->stack.other && !r->stack.regs && r->stack.any);
		for (unsigned w = 0; w < n; w++)
			EQ(r->words[w], want[w]);
	}
	EQ(client.nrecords, 400);
	CHECK(client.pieces > 400 && client.key_frames > 3);
	EQ(client.foul_frames + client.lost_frames, 0);
	/* A stack pointer that is astray, or not aligned, has no stack, and no fault. */
	mock_cpu.regs.r[SP] = 0x12345678;
	CHECK(mock_run(site, 100));
	client_drain();
	EQ(record(400)->stack.main, 0);
	EQ(record(400)->stack.any, true);
	check_identity(1);
}

static void call(unsigned n)
{
	mock_cpu.regs.r[SP] = MOCK_MAIN_STACK;
	returns_run(n);
}

/* Several at a time wait in the ring; frames are shorter than a stack. */
static void many(void)
{
	enum { MOST = 100 };
	unsigned lost = 0, seen = 0;

	unit_seed(81);
	start();
	add(1, site, SNAPSHOT, MOST * WORD);
	add(2, body, SNAPSHOT, 64);
	for (unsigned i = 0; i < 200; i++) {
		uintptr_t want[MOST];

		hit(150, want, MOST);
		if (i % 3 == 0)
			call(i);
		if (i % 7 == 0)
			client_drain();
		if (i == 100)
			EQ(native_bare("QTl.key"), 0); /* amid whatever is on its way */
	}
	client_drain();
	for (unsigned i = 0; i < client.nrecords; i++)
		if (record(i)->probe == 1) {
			seen++;
			EQ(record(i)->stack.main, MOST);
		}
	lost = probe_state(1).dropped;
	CHECK(lost > 0 && seen > 0);
	EQ(seen, probe_state(1).recorded);
	EQ(client.foul_frames + client.lost_frames, 0);
	check_identity(1);
	check_identity(2);
	/* One goes while its stack waits: the others' are whole. */
	EQ(native("QTl.key", "0"), 0);
	for (unsigned i = 0; i < 2; i++) {
		uintptr_t want[MOST];

		hit(150, want, MOST);
		call(i);
	}
	EQ(native("QTl.del", "1"), 0);
	EQ(native_bare("QTl.key"), 0);
	seen = client.nrecords;
	client_drain();
	EQ(client.nrecords, seen + 2);
	EQ(record(seen)->probe, 2);
	EQ(record(seen)->stack.main, 8);
}

/* The same stack again costs next to nothing. */
static void differences(void)
{
	uintptr_t want[64];
	unsigned first, bytes;

	unit_seed(82);
	start();
	add(1, site, SNAPSHOT, sizeof want);
	for (unsigned i = 0; i < 20; i++) {
		hit(64, want, 64);
		client_drain();
	}
	first = client.stack_bytes;
	for (unsigned i = 0; i < 10; i++) {
		mock_cpu.regs.r[SP] = MOCK_RAM + MOCK_RAM_SIZE - 64 * WORD;
		stack_at(mock_cpu.regs.r[SP])[10]++;
		CHECK(mock_run(site, 100));
		bytes = client.stack_bytes;
		client_drain();
		bytes = client.stack_bytes - bytes;
		EQ(record(20 + i)->words[10], stack_at(mock_cpu.regs.r[SP])[10]);
		CHECK(bytes < 12 || bytes > 100); /* the latter after a key frame */
	}
	CHECK(client.stack_bytes - first < 600);
}

/* The return address as the caller's, on the stack and in its register, though it is hooked. */
static void hooked(void)
{
	start();
	add(1, body, SNAPSHOT, 256);
	add(2, leaf, SNAPSHOT, 64);
	returns_run(5);
	client_drain();
	CHECK(client.nrecords > 0);
	unsigned n = client.nrecords;
	EQ(native("QTl.add", "3,%lx,3,0,0,0,0", (long)work), 0);
	returns_run(5);
	client_drain();
	CHECK(client.nrecords > n);
	for (unsigned i = 0, k = n; i < n; i++, k++) {
		while (record(k)->probe == 3)
			k++;
		EQ(record(k)->probe, record(i)->probe);
		EQ(record(k)->regs[LR], record(i)->regs[LR]);
		EQ(record(k)->stack.main, record(i)->stack.main);
		for (unsigned w = 0; w < record(i)->stack.main; w++)
			EQ(record(k)->words[w], record(i)->words[w]);
	}
}

static void returns(void)
{
	start();
	add(1, work, RETURNED, 128);
	for (unsigned i = 0; i < 5; i++)
		returns_run(i);
	client_drain();
	EQ(client.nrecords, 5);
	for (unsigned i = 0; i < 5; i++) {
		CHECK(record(i)->returned && record(i)->stack.any && record(i)->elapsed);
		EQ(record(i)->regs[R0], i + 3);
		for (unsigned w = 0; w < record(i)->stack.main; w++)
			EQ(record(i)->words[w], stack_at(record(i)->regs[SP])[w]);
	}
	CHECK(record(0)->stack.main > 0);
	check_identity(1);
}

/* Values in place of the registers: those come with the stack; `if` and `every` as ever. */
static void with_program(void)
{
	uint8_t program[64];
	char hex[2 * sizeof program + 1] = "";
	int n = fetch_asm("REG 0 GTSC 1; FIELD 3 1 REG 0 PUT1", program, sizeof program);

	start();
	for (int i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", program[i]);
	EQ(native("QTl.add", "1,%lx,1,0,2,0,2", (long)body), 0);
	EQ(native("QTl.stack", "1,40"), 0);
	EQ(native("QTl.fetch", "1,%x,%s", n, hex), 0);
	EQ(native("QTl.enable", "1,1"), 0);
	for (unsigned i = 0; i < 8; i++)
		returns_run(i);
	client_drain();
	EQ(client.nrecords, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct tl_record *r = record(i);

		EQ(r->regs[1], 3 + 2 * i);
		CHECK(r->stack.regs);
		EQ(r->words[R0], 3 + 2 * i);
		EQ(r->words[PC], body);
		EQ(r->stack.main, 8);
		for (unsigned w = 0; w < 8; w++)
			EQ(r->words[MOCK_NCORE + w], stack_at(r->words[SP])[w]);
	}
	EQ(probe_state(1).filtered, 5);
	check_identity(1);
}

/* In a handler the stack of what it has interrupted, too. */
static void two_stacks(void)
{
	uintptr_t other = MOCK_RAM + MOCK_RAM_SIZE - 20 * WORD;

	start();
	mock_cpu.other_sp = other;
	for (unsigned i = 0; i < 20; i++)
		stack_at(other)[i] = 1000 + i;
	add(1, bump, SNAPSHOT, 256);
	mock_cpu.vectors[TIMER] = isr;
	mock_irq_at(mock_cpu.count + 4, TIMER);
	returns_run(1);
	client_drain();
	EQ(client.nrecords, 1);
	EQ(record(0)->stack.main, 32);
	EQ(record(0)->stack.other, 20);
	EQ(record(0)->words[32], other);
	for (unsigned i = 0; i < 20; i++)
		EQ(record(0)->words[33 + i], 1000 + i);
}

static void refused(void)
{
	start();
	EQ(native("QTl.add", "1,%lx,1,0,0,0,2", (long)body), 0);
	EQ(native("QTl.add", "2,%lx,0,0,0,0,2", (long)leaf), 0);
	EQ(native("QTl.add", "3,%lx,1,0,0,0,0", (long)work), 0);
	EQ(native("QTl.stack", "9,40"), -TL_ENOENT);
	EQ(native("QTl.stack", "1"), -TL_EINVAL);
	EQ(native("QTl.stack", "1,0"), -TL_EINVAL);
	EQ(native("QTl.stack", "2,40"), -TL_EINVAL); /* it only counts */
	EQ(native("QTl.stack", "3,40"), -TL_EBUSY);  /* enabled */
	EQ(native("QTl.stack", "1,%x", TL_RING_SIZE / 2), -TL_ERING);
	EQ(native("QTl.stack", "1,ffffffff"), -TL_ERING);
	EQ(native("qTl.stack", "1"), 0);
	EQ(field(0), 0);
	EQ(native("QTl.stack", "1,40"), 0);
	EQ(native("QTl.stack", "1,40"), 0);
	EQ(native("QTl.stack", "1,48"), -TL_EBUSY);
	EQ(native("qTl.stack", "1"), 0);
	EQ(field(0), 0x40);
	EQ(native("QTl.live", "4,64"), 0);
	EQ(native("QTl.stack", "4,40"), -TL_EINVAL);
}

static const struct unit_test tests[] = {
        {"as much as there is, and was asked for", windows},
        {"more than the ring holds", many},
        {"as differences", differences},
        {"hooked returns", hooked},
        {"at returns", returns},
        {"with a fetch program", with_program},
        {"two stacks", two_stacks},
        {"what is refused", refused},
};
UNIT_MAIN(tests)
