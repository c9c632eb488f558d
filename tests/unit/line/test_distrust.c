/* SPDX-License-Identifier: MIT */
/* config: distrust */
/*
 * An agent that does not trust its line (TL_TRUST_LINE=0): it is looked at, and probed; nothing is
 * written.
 */
#include <string.h>

#include "probes.h"
#include "unit.h"

static void writes_nothing(void)
{
	client_start();
	mock_org(MOCK_TEXT);
	LI(R0, 42);
	HALT();
	EQ(client_hello(1), 0);
	memcpy((void *)MOCK_RAM, "abcd", 4);
	EQ(native("QTl.write", "%lx,31323334", (long)MOCK_RAM), -TL_ENOSUP);
	CHECK(ask("M%lx,1:31", (long)MOCK_RAM));
	SAME(client.answer, "E12");
	CHECK(ask("X%lx,1:1", (long)MOCK_RAM));
	SAME(client.answer, "E12");
	CHECK(!memcmp((void *)MOCK_RAM, "abcd", 4));
	EQ(native("qTl.read", "%lx,4", (long)MOCK_RAM), 0);
}

static void probes(void)
{
	client_start();
	mock_org(MOCK_TEXT);
	LI(R0, 42);
	HALT();
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,0,0,0,0,0", (long)MOCK_TEXT), 0);
	mock_cpu.regs = (struct mock_regs){.r = {[SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(MOCK_TEXT, 100));
	EQ(probe_state(1).hits, 1);
}

static const struct unit_test tests[] = {
        {"writes nothing", writes_nothing},
        {"takes probes", probes},
};
UNIT_MAIN(tests)
