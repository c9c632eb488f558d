/* SPDX-License-Identifier: MIT */
/* config: thin */
/*
 * A thin agent (TL_DECODE=0): a probe comes with its slot, decoded here by the mock's instruction
 * set as a host would; what does not fit the text is refused, and C has no kprobes.
 */
#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "probe/table.h"
#include "probe/text.h"
#include "probes.h"
#include "unit.h"

static uintptr_t first, second;

static int read_mock(uintptr_t addr, void *to, unsigned n)
{
	return tl_arch_read(addr, to, n);
}

static void start(void)
{
	client_start();
	mock_org(MOCK_TEXT);
	first = LI(R0, 42);
	second = PUSH(R0);
	POP(R1);
	HALT();
	EQ(client_hello(1), 0);
}

static void run(void)
{
	mock_cpu.regs = (struct mock_regs){.r = {[SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(first, 100));
	EQ(mock_cpu.regs.r[R1], 42);
}

/* As a host adds a probe. `boost`: the slot jumps back; `flip`: bits of the text that it takes for
 * wrong. */
static int add(unsigned id, uintptr_t addr, unsigned kind, bool boost, unsigned flip)
{
	const struct tl_isa *isa = tl_arch_isa;
	uint8_t bytes[32], code[TL_SLOT_SIZE] = {0}, brk[4] = {0};
	struct tl_text text = {.bytes = bytes, .addr = addr, .after = isa->text_after};
	struct tl_insn insn;
	char hex[2 * sizeof code + 1];
	uintptr_t slot;
	uint32_t was = 0, now = 0;
	int at;

	EQ(native("qTl.slot", "%lx", (long)addr), 0);
	slot = field(0);
	CHECK(!tl_read_memory(addr, bytes, isa->text_after));
	EQ(isa->decode(isa, &text, &insn), 0);
	EQ(insn.verdict, TL_SLOT);
	at = isa->slot_build(isa, &insn, addr, slot, boost, read_mock, code);
	EQ(!at, boost);
	memcpy(&was, bytes, insn.len);
	isa->breakpoint(&insn, brk);
	memcpy(&now, brk, insn.len);
	for (unsigned i = 0; i < sizeof code; i++)
		sprintf(hex + 2 * i, "%02x", code[i]);
	return native("QTl.add", "%x,%lx,%x,0,0,0,0,0,%lx,%x,%x,%x,%x,%x,%s", id, (long)addr, kind,
	              (long)slot, insn.flags | (boost ? 0x80 : 0), insn.len, was ^ flip, insn.len,
	              now, hex);
}

static void counts(void)
{
	start();
	EQ(field(10), 0); /* of the hello */
	EQ(add(1, first, 0, true, 0), 0);
	EQ(field(0), TL_STEP_BOOSTED);
	EQ(add(2, second, 1, false, 0), 0);
	EQ(field(0), TL_STEP_SLOT);
	for (unsigned i = 0; i < 5; i++)
		run();
	client_drain();
	EQ(probe_state(1).hits, 5);
	EQ(probe_state(2).recorded, 5);
	EQ(client.nrecords, 5);
	EQ(client.records[4].regs[R0], 42);
	EQ(native("QTl.del", "1"), 0);
	run();
	EQ(native("QTl.enable", "2,0"), 0);
	EQ(native("QTl.enable", "2,1"), 0);
	run();
	EQ(probe_state(2).hits, 7);
}

/* Two at an address: one point, and its slot is brought again. */
static void shares(void)
{
	start();
	EQ(add(1, first, 0, true, 0), 0);
	EQ(add(2, first, 0, true, 0), 0);
	EQ(tl_points_used(), 1);
	run();
	EQ(probe_state(1).hits, 1);
	EQ(probe_state(2).hits, 1);
	EQ(native("QTl.del", "1"), 0);
	run();
	EQ(probe_state(2).hits, 2);
}

static void refuses(void)
{
	uint8_t before[16];
	struct tl_kprobe kp = {.addr = first};

	start();
	memcpy(before, (void *)MOCK_TEXT, sizeof before);
	EQ(add(1, first, 0, true, 0x100), -TL_ECHANGED);
	EQ(native("QTl.add", "1,%lx,2,0,0,0,0,0", (long)first), -TL_ENOSUP);
	EQ(native("QTl.add", "1,%lx,0,0,0,0,0,0", (long)first), -TL_EINVAL);
	EQ(tl_register_kprobe(&kp), -TL_ENOSUP);
	EQ(tl_points_used(), 0);
	CHECK(!memcmp(before, (void *)MOCK_TEXT, sizeof before));
	EQ(add(1, second, 0, true, 0), 0);
	EQ(add(1, first, 0, true, 0), -TL_EBUSY);
	EQ(probe_state(1).hits, 0);
	run();
	EQ(probe_state(1).hits, 1);
}

/* As many as there are points; and each slot serves another address afterwards. */
static void hands_on(void)
{
	uintptr_t slot;

	start();
	EQ(add(1, first, 0, true, 0), 0);
	EQ(native("qTl.slot", "%lx", (long)first), 0);
	slot = field(0);
	EQ(native("qTl.slot", "%lx", (long)second), 0);
	CHECK(field(0) != slot);
	EQ(native("QTl.del", "1"), 0);
	EQ(add(1, first, 0, true, 0), 0); /* bound to its address still */
	EQ(native("qTl.slot", "%lx", (long)first), 0);
	EQ(field(0), slot);
}

static const struct unit_test tests[] = {
        {"counts and records in slots that it is given", counts},
        {"shares a point", shares},
        {"refuses what does not fit", refuses},
        {"names slots", hands_on},
};
UNIT_MAIN(tests)
